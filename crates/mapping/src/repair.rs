//! Mojibake: text that was decoded in a character set other than its own.
//!
//! What: writes the characters back as bytes of the wrong set and reads them in the likely right ones.
//! Why: UTF-8 read as Latin-1, Shift-JIS, GB18030 or EUC-KR read as Latin-1, and Latin-2 or Cyrillic
//! read as Latin-1 all occur, since Specific Character Set is often absent or wrong.
//! Example: `HÃœFTE` is `HÜFTE`; `BØICHO` is `BŘICHO`. A repair counts only if every word of it is known.
//! Source: WHATWG Encoding Standard; PS3.5 section 6.1 for ISO 2022 escapes.

use crate::fold::is_unspaced;

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, ISO_2022_JP, ISO_8859_5, KOI8_R, SHIFT_JIS, UTF_8, WINDOWS_1250,
    WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254,
};

/// (set it was wrongly read in, set it was written in)
const PAIRS: &[(&Encoding, &Encoding)] = &[
    (WINDOWS_1252, UTF_8),
    (WINDOWS_1250, UTF_8),
    (WINDOWS_1251, UTF_8),
    (SHIFT_JIS, UTF_8),
    (GB18030, UTF_8),
    (WINDOWS_1252, SHIFT_JIS),
    (WINDOWS_1252, GB18030),
    (WINDOWS_1252, EUC_JP),
    (WINDOWS_1252, EUC_KR),
    (WINDOWS_1252, BIG5),
    (WINDOWS_1252, WINDOWS_1250),
    (WINDOWS_1252, WINDOWS_1251),
    (WINDOWS_1252, ISO_8859_5),
    (WINDOWS_1252, KOI8_R),
    (WINDOWS_1252, WINDOWS_1253),
    (WINDOWS_1252, WINDOWS_1254),
    (WINDOWS_1251, WINDOWS_1250),
    (WINDOWS_1251, WINDOWS_1252),
    (WINDOWS_1250, WINDOWS_1252),
    (SHIFT_JIS, WINDOWS_1252),
];

/// Whether a text has signs that no word of a header has: it must not be read as it stands before it was repaired.
pub(crate) fn is_garbled(text: &str) -> bool {
    if text.is_ascii() {
        return text.contains('\u{1b}');
    }
    let strong =
        |c: char| matches!(c, '\u{80}'..='\u{9f}' | '\u{1b}') || "¤¦¬¶¸¨¯´¿¡¼½¾±×÷‰†‡‹›ƒˆ˜…•„‚¹²³¢£¥§ÞþÐðÝ".contains(c);
    let weak = |c: char| "°·«»“”–—®©™".contains(c);
    let letters = text.chars().filter(char::is_ascii_alphabetic).count();
    text.chars().any(strong) || text.chars().filter(|c| weak(*c)).count() * 2 > letters.max(2)
}

/// Whether what a text was repaired to looks like a header, and the text like a damaged one.
pub(crate) fn is_plausible(text: &str, repaired: &str, utf_8: bool) -> bool {
    let private = |c: char| matches!(c, '\u{e000}'..='\u{f8ff}');
    if repaired.chars().any(|c| c.is_control() || private(c)) {
        return false;
    }
    let ascii = |t: &str| t.chars().filter(char::is_ascii_alphabetic).count();
    let other = |t: &str| t.chars().filter(|c| c.is_alphabetic() && !c.is_ascii()).count();
    let (from, to) = (text.chars().any(is_unspaced), repaired.chars().any(is_unspaced));
    match (from, to) {
        // Ordinary Latin words with two accents are words of some language, and no ideographs.
        (_, true) if ascii(text) == 0 => true,
        (false, true) if !utf_8 && !is_garbled(text) => false,
        (_, true) => repaired.chars().filter(|c| is_unspaced(*c)).count() >= 2,
        // Latin letters read as Shift-JIS stay Latin but for those with accents.
        (true, false) => ascii(text) > other(text) && ascii(repaired) > other(repaired),
        (false, false) => !mixes_scripts(repaired),
    }
}

/// Whether a word has Latin letters beside Greek or Cyrillic ones.
fn mixes_scripts(text: &str) -> bool {
    let other = |c: char| matches!(c, '\u{370}'..='\u{52f}');
    let mut words = text.split(|c: char| !c.is_alphabetic());
    words.any(|w| w.chars().any(|c| c.is_ascii()) && w.chars().any(other))
}

/// What the text may have been, likeliest first; each with whether it was UTF-8, which seldom is so by chance.
pub(crate) fn candidates(text: &str) -> Vec<(String, bool)> {
    if text.contains('\u{1b}') {
        return iso_2022(text).map(|t| (t, true)).into_iter().collect();
    }
    let mut out: Vec<(String, bool)> = Vec::new();
    for (wrong, right) in PAIRS {
        let Some(repaired) = bytes_in(text, wrong).and_then(|b| read_in(&b, right)) else {
            continue;
        };
        // UTF-8 that was damaged twice.
        let again = bytes_in(&repaired, WINDOWS_1252).and_then(|b| read_in(&b, UTF_8));
        for candidate in [Some(repaired), again].into_iter().flatten() {
            if candidate != text && !out.iter().any(|(c, _)| *c == candidate) {
                out.push((candidate, *right == UTF_8));
            }
        }
    }
    out
}

fn iso_2022(text: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    let bytes = bytes?;
    let as_japanese = read_in(&bytes, ISO_2022_JP);
    as_japanese.or_else(|| korean_in_iso_2022(&bytes))
}

// PS3.5 writes Korean as `ESC $ ) C` and then plain KS X 1001 bytes.
fn korean_in_iso_2022(bytes: &[u8]) -> Option<String> {
    let mut out: Vec<u8> = Vec::new();
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        match rest.strip_prefix(b"\x1b$)C") {
            Some(after) => rest = after,
            None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    read_in(&out, EUC_KR)
}

fn bytes_in(text: &str, encoding: &'static Encoding) -> Option<Vec<u8>> {
    if encoding == WINDOWS_1252 {
        return text.chars().map(latin_byte).collect();
    }
    let (bytes, _, lost) = encoding.encode(text);
    (!lost).then(|| bytes.into_owned())
}

/// Latin-1 and Windows-1252 are mixed up themselves: both readings of 0x80 to 0x9F are taken.
fn latin_byte(c: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(u32::from(c)) {
        return Some(byte);
    }
    let mut buffer = [0u8; 4];
    let text = c.encode_utf8(&mut buffer);
    let (bytes, _, lost) = WINDOWS_1252.encode(text);
    (!lost && bytes.len() == 1).then(|| bytes[0])
}

fn read_in(bytes: &[u8], encoding: &'static Encoding) -> Option<String> {
    if bytes.is_ascii() && encoding != ISO_2022_JP {
        return None;
    }
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::candidates;

    fn check(damaged: &str, whole: &str) {
        let found = candidates(damaged);
        assert!(found.iter().any(|(c, _)| c == whole), "{damaged:?}: {found:?}");
    }

    #[test]
    fn damage_is_undone() {
        check("HÃœFTE", "HÜFTE");
        check("GenÃ³", "Genó");
        check("BØICHO", "BŘICHO");
        check("KRÈNÍ OBRATLE", "KRČNÍ OBRATLE");
        check("hrudnнk", "hrudník");
        check("\u{8b}¹\u{95}\u{94}", "胸部");
        check("\u{1b}$B6;It\u{1b}(B", "胸部");
    }
}
