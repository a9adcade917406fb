//! SOP Instance UIDs of corrected copies, where they shall be instances of their own.

use uuid::Uuid;

/// A UID under the root for UUIDs (PS3.5 B.2), made from the source's and from what decided the correction: the same
/// each time, and another one where the mappings are others.
///
/// ```
/// let uid = bodysite_dicom::copy::instance_uid("1.2.840.1", "core 1.0.0");
/// assert_eq!(uid, bodysite_dicom::copy::instance_uid("1.2.840.1", "core 1.0.0"));
/// assert!(uid.starts_with("2.25.") && uid.len() <= 64);
/// ```
pub fn instance_uid(source: &str, mappings: &str) -> String {
    let name = format!("{source}\0{mappings}");
    format!("2.25.{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).as_u128())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_and_mappings_make_the_uid() {
        let uids = [("1.2", "3"), ("1.23", ""), ("1.2", "4"), ("1.3", "3")].map(|(source, mappings)| {
            let uid = instance_uid(source, mappings);
            assert!(crate::value_rules::is_uid(uid.as_bytes()), "{uid}");
            uid
        });
        let distinct: std::collections::BTreeSet<_> = uids.iter().collect();
        assert_eq!(distinct.len(), uids.len());
    }
}
