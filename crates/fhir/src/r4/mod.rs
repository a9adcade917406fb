//! FHIR R4 (4.0.1), where it differs from R5.
//!
//! What a run writes once is on the R4B types of fhir-sdk, which agree with 4.0.1 in every element written here. What it
//! writes for each study is in types of our own: through the library's a study costs several times as much.
//!
//! Everything of the library is written through [`resource`] and so through one serialiser: each further one would
//! compile the whole of FHIR once more, because any resource can contain any other.

pub(crate) mod concept_map;
pub(crate) mod device;
pub(crate) mod imaging_study;
pub(crate) mod provenance;

use fhir_sdk::BuilderError;
use serde::Serialize;

use crate::resource::{FhirError, Resource};

type Built<T> = Result<T, BuilderError>;

fn resource<T: Serialize>(resource_type: &'static str, id: &str, built: Built<T>) -> Result<Resource, FhirError> {
    let resource = built.map_err(|e| FhirError::Build {
        resource_type,
        reason: e.to_string(),
    })?;
    // By way of a value, which puts the elements in order.
    let json = serde_json::to_value(&resource).map_err(|source| FhirError::Serialise { resource_type, source })?;
    Resource::of(resource_type, id, &json)
}
