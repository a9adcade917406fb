//! What R4 and R5 write alike: data types, whole resources, and parts of resources that differ elsewhere.
//!
//! Every type declares its elements in alphabetical order, which is the order of the output. Empty elements are left
//! out, since FHIR has none.

pub(crate) mod device;
pub(crate) mod element;
pub(crate) mod imaging_study;
pub(crate) mod observation;
pub(crate) mod operation_outcome;
pub(crate) mod provenance;
