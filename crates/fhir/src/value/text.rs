//! Texts as FHIR's `string` and `code` take them.

/// The text without control characters and with every run of white space as one blank; nothing if nothing is left.
///
/// FHIR's `string` is `[ \r\n\t\S]+`: it has no NUL, no other control characters and no white space but these four.
pub(crate) fn clean(text: &str) -> Option<String> {
    if is_clean(text) {
        return Some(text.to_owned());
    }
    let mut clean = String::with_capacity(text.len());
    let words = text.split(|c: char| c.is_control() || c.is_whitespace());
    for word in words.filter(|w| !w.is_empty()) {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.push_str(word);
    }
    (!clean.is_empty()).then_some(clean)
}

/// Whether there is nothing to clean, as in almost every text.
fn is_clean(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    plain && !text.is_empty() && !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ")
}

/// Whether a text that should name a body part carries something that could name a person: the separator of DICOM
/// person names, an address sign, or digits enough for a date, a record number or a telephone.
pub(crate) fn may_identify(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    text.contains(['^', '@']) || digits >= 5
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(clean(text).as_deref(), expect, "{text:?}");
    }

    #[test]
    fn control_characters_and_odd_blanks_become_one_blank() {
        check("THORAX PA", Some("THORAX PA"));
        check(" THORAX", Some("THORAX"));
        check("THORAX ", Some("THORAX"));
        check("THORAX  PA", Some("THORAX PA"));
        check("  THORAX\u{0}\u{1b}[1m\tPA\u{a0}\u{2003}x ", Some("THORAX [1m PA x"));
        check("\u{0}\u{7f}\u{85} ", None);
        check("", None);
    }

    #[test]
    fn names_and_numbers_are_noticed() {
        assert!(may_identify("MEIER^ANNA KNIE"));
        assert!(may_identify("KNEE 19790412"));
        assert!(!may_identify("C1-C7 LATERAL 2 VIEWS"));
    }
}
