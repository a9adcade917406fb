//! FHIR R5 (5.0.0), where it differs from R4.

pub(crate) mod concept_map;
pub(crate) mod device;
pub(crate) mod imaging_study;
pub(crate) mod provenance;
