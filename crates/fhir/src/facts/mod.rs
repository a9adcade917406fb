//! What is to be said about a study, before any FHIR version: values checked, ids made, privacy applied.
//!
//! The modules of `r4` and `r5` only give these facts their form, so both versions say the same.

pub(crate) mod concept_map;
pub(crate) mod context;
pub(crate) mod device;
pub(crate) mod examined;
pub(crate) mod issue;
pub(crate) mod observation;
pub(crate) mod provenance;
pub(crate) mod study;
pub(crate) mod text;
pub(crate) mod visible;
