//! A target body part, and the finer concept that was said where it was finer.

use serde::{Deserialize, Serialize};

use crate::{Coding, SCT, Sctid};

/// A SNOMED CT concept with the display that DICOM PS3.16 gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Concept {
    /// The concept's identifier.
    pub code: Sctid,
    /// The code meaning of PS3.16.
    pub display: String,
}

impl Concept {
    /// The concept as a coding in the scheme `SCT`.
    pub fn coding(&self) -> Coding {
        Coding::new(SCT, &self.code.to_string(), &self.display)
    }
}

/// One of the 36 target concepts; `exact` is the finer concept, where the source said one.
///
/// "PATELLA" is target Knee, exact Patella. A value that says the target itself has `exact` equal to `target`;
/// a value finer than any concept we know (a scaphoid) has none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BodySite {
    /// One of the 36.
    pub target: Concept,
    /// What exactly was said, if a concept for it is known.
    pub exact: Option<Concept>,
}

impl BodySite {
    /// A site that is exactly a target.
    pub fn of(target: Concept) -> Self {
        BodySite {
            exact: Some(target.clone()),
            target,
        }
    }
}
