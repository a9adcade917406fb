//! Paths as text and back, without loss: bytes that are no UTF-8 are written `\xNN`.

use std::path::{Path, PathBuf};

/// The path as text. A backslash that would read as an escape is itself written `\x5c`.
///
/// ```
/// use std::path::Path;
/// assert_eq!(bodysite_dicom::display_of_path(Path::new("a/b.dcm")), "a/b.dcm");
/// ```
pub fn display_of_path(path: &Path) -> String {
    let bytes = path_bytes(path);
    match std::str::from_utf8(&bytes) {
        Ok(text) if !text.contains("\\x") => text.to_owned(),
        _ => escape(&bytes),
    }
}

/// The path that [`display_of_path`] wrote.
pub fn path_of_display(text: &str) -> PathBuf {
    if !text.contains("\\x") {
        return PathBuf::from(text);
    }
    path_from_bytes(unescape(text.as_bytes()))
}

fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(&escape_backslashes(chunk.valid()));
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// Every backslash before an `x`, so that what follows is never taken for an escape.
fn escape_backslashes(text: &str) -> String {
    text.replace("\\x", "\\x5cx")
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        match (first, escaped_byte(tail)) {
            (b'\\', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(3..).unwrap_or_default();
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    bytes
}

/// The byte of `xNN` at the start of a text.
fn escaped_byte(text: &[u8]) -> Option<u8> {
    let [b'x', high, low, ..] = text else {
        return None;
    };
    let digit = |d: &u8| char::from(*d).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(unix)]
pub(crate) fn path_bytes(path: &Path) -> std::borrow::Cow<'_, [u8]> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().into()
}

#[cfg(not(unix))]
pub(crate) fn path_bytes(path: &Path) -> std::borrow::Cow<'_, [u8]> {
    path.as_os_str().to_string_lossy().into_owned().into_bytes().into()
}

#[cfg(unix)]
pub(crate) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

#[cfg(not(unix))]
pub(crate) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn check(bytes: &[u8], text: &str) {
        let path = path_from_bytes(bytes.to_vec());
        assert_eq!(display_of_path(&path), text);
        assert_eq!(path_of_display(text), path, "{text}");
    }

    #[test]
    fn a_path_survives_being_shown() {
        check("röntgen/thorax.dcm".as_bytes(), "röntgen/thorax.dcm");
        check(b"back\\slash.dcm", "back\\slash.dcm");
        check(b"\xff\xfe_not_utf8", "\\xff\\xfe_not_utf8");
        check(b"literal\\xff", "literal\\x5cxff");
        check(b"\\\\xff\xff", "\\\\x5cxff\\xff");
        check(b"new\nline", "new\nline");
        check(b"\\\xff", "\\\\xff");
    }
}
