//! Values refused by their shape alone, before any word is read.
//!
//! What: empty values, numbers, dates, UIDs.
//! Why: operators and devices put anything into a text field.
//! Example: `1.2.840.10008.5` is a UID, `20260131` a date, `---` a filler.
//! Source: PS3.5 section 6.2 (value representations UI, DA, TM, DT).

/// The reason to refuse, if the shape alone is one.
pub(crate) fn refuse(text: &str) -> Option<&'static str> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    if text.is_empty() {
        return Some("empty");
    }
    if !text.chars().any(char::is_alphanumeric) {
        return Some("filler");
    }
    if text.chars().any(char::is_alphabetic) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if is_uid(text) {
        Some("uid")
    } else if is_date(text, &digits) {
        Some("date")
    } else {
        Some("number")
    }
}

fn is_uid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let number = |p: &&str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit());
    parts.len() >= 4 && parts.iter().all(number)
}

fn is_date(text: &str, digits: &str) -> bool {
    let year = |from: usize| matches!(digits.get(from..from + 2), Some("19" | "20"));
    let separated = text.chars().filter(|c| "-./:年月日 ".contains(*c)).count() >= 2;
    match digits.len() {
        8 | 12 | 14 => year(0) || (separated && year(4)),
        6 => separated,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::refuse;

    #[test]
    fn a_value_can_be_refused_by_its_shape() {
        for (text, reason) in [
            ("", "empty"),
            ("   \0", "empty"),
            ("---", "filler"),
            ("0", "number"),
            ("123456", "number"),
            ("1.2.840.10008.5", "uid"),
            ("20260131", "date"),
            ("31.01.2026", "date"),
            ("12:30:15", "date"),
        ] {
            assert_eq!(refuse(text), Some(reason), "{text:?}");
        }
        assert_eq!(refuse("L5"), None);
    }
}
