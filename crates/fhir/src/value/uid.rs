//! Unique identifiers, <https://dicom.nema.org/medical/dicom/current/output/chtml/part05/chapter_9.html>.

use std::borrow::Cow;

use crate::ids::Ids;

/// The UID as `urn:oid:…`, if it is one (PS3.5 section 9.1, and a root that an OID can have).
pub(crate) fn urn(uid: &str) -> Option<String> {
    is_uid(uid).then(|| ["urn:oid:", uid].concat())
}

fn is_uid(uid: &str) -> bool {
    let mut components = uid.split('.');
    uid.len() <= 64
        && matches!(components.next(), Some("0" | "1" | "2"))
        && uid.contains('.')
        && components.all(is_component)
}

fn is_component(text: &str) -> bool {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits && (text == "0" || !text.starts_with('0'))
}

/// The UID for an element of type `id`, which FHIR requires of every series and instance.
///
/// What the type can carry goes out as it is, even where it breaks the rules of DICOM: the archive knows the series
/// by that value. What it cannot carry (blanks, underscores, more than 64 characters) is replaced by a UID derived
/// from it (PS3.5 section B.2), so that no series is lost.
pub(crate) fn element_id<'a>(uid: &'a str, ids: &Ids<'_>) -> Cow<'a, str> {
    let carried = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    if (1..=64).contains(&uid.len()) && uid.bytes().all(carried) {
        return Cow::Borrowed(uid);
    }
    Cow::Owned(format!("2.25.{}", ids.uuid("UID", &[uid]).as_u128()))
}

/// The text by which an Observation names a series or an instance of its ImagingStudy: `urn:oid:…` wherever the `uid`
/// there is one.
pub(crate) fn named(uid: &str, ids: &Ids<'_>) -> String {
    let id = element_id(uid, ids);
    urn(&id).unwrap_or_else(|| id.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(uid: &str, expect: bool) {
        assert_eq!(urn(uid).is_some(), expect, "{uid:?}");
    }

    #[test]
    fn only_uids_become_urns() {
        check("1.2.840.10008.5.1.4.1.1.1", true);
        check("2.25.0", true);
        check("1.2.03", false);
        check("3.1.2", false);
        check("1..2", false);
        check("1.2.", false);
        check("1.2 3", false);
        check("1", false);
        check(&format!("1.{}", "2".repeat(63)), false);
    }

    #[test]
    fn a_uid_that_fhir_cannot_carry_is_replaced_stably() {
        let ids = Ids::new(None);
        assert_eq!(element_id("1.2.abc", &ids), "1.2.abc");
        let long = "1.".repeat(40);
        let replaced = element_id(&long, &ids);
        assert!(urn(&replaced).is_some());
        assert_eq!(replaced, element_id(&long, &ids));
        assert_ne!(replaced, element_id("1_2", &ids));
        assert_eq!(named(&long, &ids), format!("urn:oid:{replaced}"));
        assert_eq!(named("1.2.abc", &ids), "1.2.abc");
    }
}
