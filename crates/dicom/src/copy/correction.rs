//! What a corrected copy should say, and whether that can be written.

use std::collections::BTreeMap;
use std::sync::Arc;

use bodysite_core::{Coding, Side};

use super::CopyError;
use crate::value_rules as rules;

/// What a copy should say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Body Part Examined: a defined term, or empty where none exists. `None` leaves it alone.
    pub body_part_examined: Option<String>,
    /// The single item of Anatomic Region Sequence. `None` leaves it alone.
    pub anatomic_region: Option<Region>,
    /// The side, where the evidence allows one. Written where the IOD has a place for it, never over another side.
    pub laterality: Option<Side>,
    /// Date and time of the correction, a DICOM DT of 14 digits or more; given, so that equal input makes equal bytes.
    pub at: String,
    /// Modifying System: who corrects.
    pub system: String,
    /// Version of the software that corrects.
    pub software_version: String,
    /// A SOP Instance UID for the copy, where it shall be a new instance: see [`instance_uid`](super::instance_uid).
    pub new_uid: Option<String>,
    /// UIDs of other instances that get new ones in the same run, and the new ones: references to them follow.
    pub renamed: Arc<BTreeMap<String, String>>,
    /// Leave out the digital signatures that any change breaks, in place of refusing.
    pub drop_signatures: bool,
}

/// A coded body part, with the side as modifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The concept; its meaning is ASCII.
    pub concept: Coding,
    /// A modifier of CID 244.
    pub side: Option<Side>,
}

impl Correction {
    /// What we are asked to write must itself be right.
    pub(super) fn check(&self) -> Result<(), CopyError> {
        let digits = self.at.bytes().take_while(u8::is_ascii_digit).count();
        if digits != 14 || !is_text(&self.at, 26) {
            return Err(CopyError::Invalid("the date and time is not a DT of 14 digits or more"));
        }
        if !is_text(&self.system, 64) || !is_text(&self.software_version, 64) {
            return Err(CopyError::Invalid(
                "the system or its version is not 1 to 64 ASCII characters",
            ));
        }
        let term = self.body_part_examined.as_deref().unwrap_or_default();
        if !term.is_empty() && !rules::is_code_string(term.as_bytes()) {
            return Err(CopyError::Invalid("the body part is not a code string"));
        }
        if let Some(Region { concept, .. }) = &self.anatomic_region
            && !(is_text(&concept.code, 64) && is_text(&concept.system, 16) && is_text(&concept.display, 64))
        {
            return Err(CopyError::Invalid(
                "the concept is not a code, scheme and meaning in ASCII",
            ));
        }
        match self.new_uid.as_deref() {
            Some(uid) if !rules::is_uid(uid.as_bytes()) => Err(CopyError::Invalid("the new UID is not a UID")),
            _ => Ok(()),
        }
    }
}

/// One value of 1 to so many characters that every character set has.
fn is_text(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'\\')
}
