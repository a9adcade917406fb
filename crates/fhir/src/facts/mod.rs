//! What is to be said about a study, before any FHIR version: values checked, ids made, privacy applied.
//!
//! The modules of `r4` and `r5` only give these facts their form, so both versions say the same.

pub(crate) mod device;
pub(crate) mod study;
pub(crate) mod text;
