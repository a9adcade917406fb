//! FHIR R4 (4.0.1), on the R4B types of fhir-sdk, which agree with 4.0.1 in every element written here.
//!
//! Everything is written through [`resource`] and so through one serialiser: each further one would compile the
//! whole of FHIR once more, because any resource can contain any other.

pub(crate) mod concept_map;
pub(crate) mod device;
mod element;
pub(crate) mod imaging_study;
pub(crate) mod observation;
pub(crate) mod operation_outcome;
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
    let json = serde_json::to_value(&resource).map_err(|source| FhirError::Serialise { resource_type, source })?;
    Ok(Resource {
        resource_type,
        id: id.to_owned(),
        json,
    })
}
