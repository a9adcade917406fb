//! A code with the system that gives it meaning.

use serde::{Deserialize, Serialize};

/// The DICOM coding scheme designator of SNOMED CT (PS3.16 section 8).
pub const SCT: &str = "SCT";

/// A code, its system and its display. `system` is a DICOM coding scheme designator (`SCT`, `DCM`, `SRT`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Coding {
    /// Coding scheme designator, PS3.16 Table 8-1.
    pub system: String,
    /// Code value.
    pub code: String,
    /// Code meaning.
    pub display: String,
}

impl Coding {
    /// A coding from its three parts.
    pub fn new(system: &str, code: &str, display: &str) -> Self {
        Coding {
            system: system.to_owned(),
            code: code.to_owned(),
            display: display.to_owned(),
        }
    }
}

/// The FHIR system URI of a DICOM coding scheme designator, if the designator has one.
pub fn coding_system_uri(designator: &str) -> Option<&'static str> {
    match designator {
        "SCT" => Some("http://snomed.info/sct"),
        "DCM" => Some("http://dicom.nema.org/resources/ontology/DCM"),
        _ => None,
    }
}
