//! The rules of value representations (PS3.5 Table 6.2-1), and what free text should not hold.

/// Whether a value keeps to Code String: one value of 1 to 16 capitals, digits, underscores and inner spaces.
pub(crate) fn is_code_string(value: &[u8]) -> bool {
    let trimmed = trim_end(value, b" ");
    !trimmed.is_empty()
        && trimmed.len() <= 16
        && trimmed.first() != Some(&b' ')
        && trimmed
            .iter()
            .all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'_' | b' '))
}

/// Whether a value is one UID (PS3.5 chapter 9); a single trailing NUL is padding.
pub(crate) fn is_uid(value: &[u8]) -> bool {
    let value = value.strip_suffix(b"\0").unwrap_or(value);
    value.len() <= 64
        && value.split(|b| *b == b'.').all(|part| {
            part.iter().all(u8::is_ascii_digit)
                && matches!((part.len(), part.first()), (1, Some(_)) | (2.., Some(b'1'..=b'9')))
        })
}

/// Whether a value is a date `YYYYMMDD`, or nothing.
pub(crate) fn is_date(value: &[u8]) -> bool {
    let value = trim_end(value, b" ");
    if value.is_empty() {
        return true;
    }
    let digits = value.len() == 8 && value.iter().all(u8::is_ascii_digit);
    let part = |from, to| number(value.get(from..to).unwrap_or_default());
    digits && (1..=12).contains(&part(4, 6)) && (1..=31).contains(&part(6, 8))
}

/// Whether a value is a time `HH[MM[SS[.F]]]`, or nothing.
pub(crate) fn is_time(value: &[u8]) -> bool {
    let value = trim_end(value, b" ");
    let (whole, fraction) = match value.iter().position(|b| *b == b'.') {
        Some(dot) => value.split_at(dot),
        None => (value, &[][..]),
    };
    let digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    let part = |from, to| number(whole.get(from..to).unwrap_or_default());
    matches!(whole.len(), 0 | 2 | 4 | 6)
        && digits(whole)
        && part(0, 2) < 24
        && part(2, 4) < 60
        && part(4, 6) <= 60
        && fraction.len() <= 7
        && digits(fraction.get(1..).unwrap_or_default())
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |n, d| n * 10 + u32::from(d.wrapping_sub(b'0')))
}

/// Whether a value is an Integer String, or nothing.
pub(crate) fn is_integer(value: &[u8]) -> bool {
    let text = value.trim_ascii();
    text.is_empty() || std::str::from_utf8(text).is_ok_and(|text| text.parse::<i32>().is_ok())
}

/// Whether free text holds markup, or characters that hide or reorder what is read.
pub(crate) fn is_suspicious(text: &str) -> bool {
    text.contains(|c| {
        matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
            || (c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{0C}' | '\u{1B}'))
    }) || has_markup(text.as_bytes())
}

/// An angle bracket that opens an HTML or XML tag.
pub(crate) fn has_markup(text: &[u8]) -> bool {
    text.windows(2)
        .any(|pair| matches!(pair, [b'<', next] if next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?')))
}

/// The value without DICOM's padding: trailing spaces and NULs.
pub(crate) fn unpadded(value: &[u8]) -> &[u8] {
    trim_end(value, b" \0")
}

fn trim_end<'a>(value: &'a [u8], padding: &[u8]) -> &'a [u8] {
    let keep = value
        .iter()
        .rposition(|b| !padding.contains(b))
        .map_or(0, |last| last + 1);
    value.get(..keep).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_strings_keep_to_their_characters() {
        for good in ["CHEST", "HAND ", "C_SPINE 2"] {
            assert!(is_code_string(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "    ",
            "Chest",
            " CHEST",
            "CHEST\\HAND",
            "CHEST\0",
            "CERVICOTHORACICSP",
        ] {
            assert!(!is_code_string(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn uids_keep_to_chapter_9() {
        for good in ["1.2.840.10008.1.2", "2.25.0", "1.2.3\0"] {
            assert!(is_uid(good.as_bytes()), "{good}");
        }
        for bad in ["", ".", "1..2", "1.02", "1.2 ", "1.2.a", "../../x", "1.2\\1.3", "CON"] {
            assert!(!is_uid(bad.as_bytes()), "{bad}");
        }
        assert!(!is_uid(format!("1.{}", "2".repeat(63)).as_bytes()));
    }

    #[test]
    fn dates_times_and_numbers_are_checked() {
        assert!(is_date(b"20200102") && is_date(b"") && !is_date(b"20201301") && !is_date(b"2020-01-02"));
        assert!(is_time(b"101112.123456") && is_time(b"1011") && !is_time(b"1") && !is_time(b"256000"));
        assert!(is_integer(b"+1 ") && is_integer(b"") && !is_integer(b"99999999999999999999"));
    }

    #[test]
    fn markup_and_hidden_characters_are_noticed() {
        assert!(is_suspicious("<img src=x>") && is_suspicious("a\u{202E}b") && is_suspicious("CH\u{200B}EST"));
        assert!(!is_suspicious("L < R") && !is_suspicious("Thorax p.a. > 2 Jahre"));
    }
}
