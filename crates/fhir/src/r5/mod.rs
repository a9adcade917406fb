//! FHIR R5 (5.0.0), on serde types of the few resources that are written.
//!
//! The R5 types of fhir-sdk would double the time of a build for these resources.

pub(crate) mod concept_map;
pub(crate) mod device;
mod element;
pub(crate) mod imaging_study;
pub(crate) mod observation;
pub(crate) mod operation_outcome;
pub(crate) mod provenance;

use serde::Serialize;

use crate::resource::{FhirError, Resource};

fn resource<T: Serialize>(resource_type: &'static str, id: &str, resource: &T) -> Result<Resource, FhirError> {
    let json = serde_json::to_value(resource).map_err(|source| FhirError::Serialise { resource_type, source })?;
    Ok(Resource {
        resource_type,
        id: id.to_owned(),
        json,
    })
}
