//! What goes through the pipes between a run and its decoders. Numbers are little-endian; texts and lists have their
//! length before them.
//!
//! A request is a path. A reply is `1`, width, height, values, and issues; or `0` and a failure's word.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use bodysite_core::{Frame, Issue, IssueCode};

use crate::frame::FrameFailure;
use crate::path_text::{path_bytes, path_from_bytes};

pub(crate) type Reply = Result<(Frame, Vec<Issue>), FrameFailure>;

/// A path is never longer; nor is anything else that comes with a length, values aside.
const MOST_TEXT: u32 = 64 * 1024;
const MOST_SIDE: u32 = 64 * 1024;
const MOST_PIXELS: u64 = 64 << 20;
const MOST_ISSUES: u32 = 64;

/// Asks for the frame of a file.
pub(crate) fn write_request(out: &mut impl Write, path: &Path, longest_side: usize) -> io::Result<()> {
    let mut message = number(longest_side)?.to_vec();
    put_text(&mut message, &path_bytes(path))?;
    out.write_all(&message)?;
    out.flush()
}

/// The next request: a path and the longest side of the frame wanted; `None` at the end of the input.
pub(crate) fn read_request(input: &mut impl Read) -> io::Result<Option<(PathBuf, usize)>> {
    let mut side = [0; 4];
    match input.read_exact(&mut side) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let path = path_from_bytes(take_text(input)?);
    Ok(Some((path, u32::from_le_bytes(side) as usize)))
}

pub(crate) fn write_reply(out: &mut impl Write, reply: &Reply) -> io::Result<()> {
    let mut message = Vec::new();
    match reply {
        Ok((frame, issues)) => {
            message.push(1);
            message.extend(number(frame.width())?);
            message.extend(number(frame.height())?);
            message.extend(frame.values().iter().flat_map(|value| value.to_le_bytes()));
            message.extend(number(issues.len())?);
            for issue in issues {
                put_text(&mut message, issue.code.code().as_bytes())?;
                put_text(&mut message, issue.selector.as_deref().unwrap_or_default().as_bytes())?;
                put_text(&mut message, issue.detail.as_deref().unwrap_or_default().as_bytes())?;
            }
        }
        Err(failure) => {
            message.push(0);
            put_text(&mut message, failure.word().as_bytes())?;
        }
    }
    out.write_all(&message)?;
    out.flush()
}

/// Reads a reply. What does not keep to the protocol is an error: the process at the other end is not to be trusted
/// after it has met a hostile file.
pub(crate) fn read_reply(input: &mut impl Read) -> io::Result<Reply> {
    let mut kind = [0; 1];
    input.read_exact(&mut kind)?;
    match kind {
        [0] => {
            let word = String::from_utf8(take_text(input)?).map_err(|_| broken())?;
            FrameFailure::from_word(&word).map(Err).ok_or_else(broken)
        }
        [1] => read_frame(input).map(Ok),
        _ => Err(broken()),
    }
}

fn read_frame(input: &mut impl Read) -> io::Result<(Frame, Vec<Issue>)> {
    let (width, height) = (take_number(input, MOST_SIDE)?, take_number(input, MOST_SIDE)?);
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MOST_PIXELS {
        return Err(broken());
    }
    let mut bytes = Vec::new();
    input.take(pixels * 2).read_to_end(&mut bytes)?;
    let words = bytes.chunks_exact(2).filter_map(|w| w.first_chunk::<2>());
    let values = words.map(|w| u16::from_le_bytes(*w)).collect();
    let frame = Frame::new(width as usize, height as usize, values).map_err(|_| broken())?;
    let count = take_number(input, MOST_ISSUES)?;
    let issues = (0..count).map(|_| read_issue(input)).collect::<io::Result<_>>()?;
    Ok((frame, issues))
}

fn read_issue(input: &mut impl Read) -> io::Result<Issue> {
    let mut text = || String::from_utf8(take_text(input)?).map_err(|_| broken());
    let (code, selector, detail) = (text()?, text()?, text()?);
    let code = IssueCode::ALL
        .iter()
        .find(|known| known.code() == code)
        .ok_or_else(broken)?;
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok(Issue {
        code: *code,
        selector: given(selector),
        detail: given(detail),
    })
}

fn broken() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

fn number(value: usize) -> io::Result<[u8; 4]> {
    u32::try_from(value).map(u32::to_le_bytes).map_err(|_| broken())
}

fn put_text(message: &mut Vec<u8>, text: &[u8]) -> io::Result<()> {
    message.extend(number(text.len())?);
    message.extend_from_slice(text);
    Ok(())
}

fn take_number(input: &mut impl Read, most: u32) -> io::Result<u32> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes)?;
    Some(u32::from_le_bytes(bytes))
        .filter(|n| *n <= most)
        .ok_or_else(broken)
}

fn take_text(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let length = take_number(input, MOST_TEXT)?;
    let mut text = vec![0; length as usize];
    input.read_exact(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(reply: &Reply) -> Reply {
        let mut bytes = Vec::new();
        write_reply(&mut bytes, reply).unwrap();
        read_reply(&mut bytes.as_slice()).unwrap()
    }

    #[test]
    fn replies_arrive_as_they_were_sent() {
        let frame = Frame::new(2, 1, vec![7, 65_535]).unwrap();
        let issues = vec![Issue::at(IssueCode::FileOdd, "WindowWidth").detail("voi_unusable")];
        for reply in [Ok((frame, issues)), Err(FrameFailure::Codec)] {
            assert_eq!(there_and_back(&reply), reply);
        }
    }

    #[test]
    fn a_reply_that_breaks_off_or_lies_is_an_error() {
        let mut bytes = Vec::new();
        write_reply(&mut bytes, &Ok((Frame::new(2, 1, vec![1, 2]).unwrap(), Vec::new()))).unwrap();
        for end in 0..bytes.len() {
            assert!(read_reply(&mut bytes.get(..end).unwrap()).is_err(), "{end}");
        }
        for lie in [&[9u8][..], b"\x01\xff\xff\xff\xff\xff\xff\xff\xff", b"\0\x03\0\0\0abc"] {
            assert!(read_reply(&mut &*lie).is_err());
        }
    }

    #[test]
    fn requests_carry_any_path() {
        let mut bytes = Vec::new();
        write_request(&mut bytes, Path::new("a\nb/ü.dcm"), 512).unwrap();
        let mut input = bytes.as_slice();
        assert_eq!(
            read_request(&mut input).unwrap(),
            Some((PathBuf::from("a\nb/ü.dcm"), 512))
        );
        assert_eq!(read_request(&mut input).unwrap(), None);
    }
}
