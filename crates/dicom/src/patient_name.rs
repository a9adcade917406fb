//! Texts in which somebody typed the patient's name, such as Body Part Examined `MUELLER ANNA`.
//!
//! What: the name's words are replaced where two of them stand in one text, as soon as the header was read.
//! Why: what headers say goes into databases, FHIR and pages; the name must not.
//! Example: `KNEE AP, ANNA MUELLER` of the patient `Mueller^Anna` becomes `KNEE AP, [patient name]`.
//! Limits: a name that is spelt otherwise (`MÜLLER`) is not known again.
//! Absent on purpose: single words. `HAND` of the patient `Hand^Anna` is a hand.
//! Source: PS3.5 section 6.2.1 (groups of a name divided by `=`, components by `^`).

use std::collections::BTreeSet;

use bodysite_core::{Attribute, Header, Raw};

use crate::collect::expected_vr;
use crate::element::Vr;

/// Stands for the name.
const HIDDEN: &str = "[patient name]";

/// Words of the name that a text must hold.
const LEAST: usize = 2;

/// Shorter words of a name are initials and titles.
const SHORTEST: usize = 2;

/// The words of a Patient's Name, in lower case.
#[derive(Debug, Default)]
pub(crate) struct PatientName(BTreeSet<String>);

fn is_typed(attribute: Attribute) -> bool {
    attribute == Attribute::BodyPartExamined || expected_vr(attribute) == Vr(*b"LO")
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric()
}

impl PatientName {
    pub fn of(text: &str) -> PatientName {
        let words = text.split(|c| !is_word(c)).filter(|w| w.chars().count() >= SHORTEST);
        PatientName(words.map(str::to_lowercase).collect())
    }

    /// Hides the name in what people typed into a header.
    pub fn hide_in(&self, header: &mut Header) {
        if self.0.len() < LEAST {
            return;
        }
        let typed = header.texts().filter(|(attribute, _)| is_typed(*attribute));
        let hidden = |(attribute, text)| Some((attribute, self.hidden(text)?));
        let hidden: Vec<(Attribute, String)> = typed.filter_map(hidden).collect();
        for (attribute, text) in hidden {
            header.set(attribute, Raw::Present(text));
        }
    }

    /// The text without the name; none where it does not hold it.
    fn hidden(&self, text: &str) -> Option<String> {
        let lower = text.to_lowercase();
        let held: BTreeSet<&str> = lower.split(|c| !is_word(c)).filter(|w| self.0.contains(*w)).collect();
        if held.len() < LEAST {
            return None;
        }
        let mut kept = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(is_word).unwrap_or(rest.len());
            let (between, after) = rest.split_at(end);
            let (word, after) = after.split_at(after.find(|c| !is_word(c)).unwrap_or(after.len()));
            let is_name = self.0.contains(&word.to_lowercase());
            if !(is_name && kept.ends_with(HIDDEN)) {
                kept.push_str(between);
                kept.push_str(if is_name { HIDDEN } else { word });
            }
            rest = after;
        }
        Some(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_hidden_and_a_body_part_that_is_also_a_surname_is_not() {
        let hidden = |name: &str, text: &str| PatientName::of(name).hidden(text);
        assert_eq!(
            hidden("Mueller^Anna", "MUELLER ANNA").as_deref(),
            Some("[patient name]")
        );
        assert_eq!(
            hidden("Mueller^Anna^^Dr", "KNEE AP, anna MUELLER (L)").as_deref(),
            Some("KNEE AP, [patient name] (L)")
        );
        assert_eq!(
            hidden("Łęcka^Zofia=レンツカ^ゾフィア", "ZOFIA_ŁĘCKA knee ゾフィア").as_deref(),
            Some("[patient name] knee [patient name]")
        );
        for (name, text) in [
            ("Hand^Anna", "HAND LEFT"),
            ("Mueller^A", "MUELLER A"),
            ("Mueller^Anna", "ANNA ANNA"),
            ("", "KNEE AP"),
        ] {
            assert_eq!(hidden(name, text), None, "{name}");
        }
    }
}
