//! How far each header attribute is trusted to say what was examined.

/// Trust in an attribute, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// A code for the region that lies on the detector.
    RegionCode,
    /// Text about this series, written when it was exposed.
    SeriesText,
    /// Body Part Examined: often a vendor default or left over from another patient.
    BodyPart,
    /// Text about the whole study, which carries many parts: refines or flags, never replaces.
    StudyText,
}

/// The trust in the attribute with this keyword; attributes that say nothing of the body part have none.
pub fn trust_of(selector: &str) -> Option<Trust> {
    match selector {
        "AnatomicRegionSequence" => Some(Trust::RegionCode),
        "SeriesDescription"
        | "ProtocolName"
        | "AcquisitionDeviceProcessingDescription"
        | "PerformedProcedureStepDescription" => Some(Trust::SeriesText),
        "BodyPartExamined" => Some(Trust::BodyPart),
        "StudyDescription" | "ProcedureCodeSequence" | "RequestedProcedureDescription" => Some(Trust::StudyText),
        _ => None,
    }
}
