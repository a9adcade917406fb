//! Hospital values turned into FHIR primitives, or into nothing where they break FHIR's rules.

pub(crate) mod moment;
pub(crate) mod number;
pub(crate) mod text;
pub(crate) mod uid;
