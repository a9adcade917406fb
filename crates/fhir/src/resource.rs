//! One resource, ready to be written.

use serde::Serialize;

/// One resource as JSON, its elements in alphabetical order. Devices recur from study to study with the same id and
/// the same content: write each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The resource type, which also names the NDJSON file.
    pub resource_type: &'static str,
    /// The logical id.
    pub id: String,
    /// The resource, on one line.
    pub json: String,
}

impl Resource {
    pub(crate) fn of(resource_type: &'static str, id: &str, elements: &impl Serialize) -> Result<Self, FhirError> {
        let json = serde_json::to_string(elements).map_err(|source| FhirError::Serialise { resource_type, source })?;
        Ok(Resource {
            resource_type,
            id: id.to_owned(),
            json,
        })
    }
}

/// Why a resource could not be made. No hospital value is ever the reason: it means a fault of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FhirError {
    /// The FHIR library refused an element.
    #[error("cannot build {resource_type}: {reason}")]
    Build {
        /// The resource type.
        resource_type: &'static str,
        /// What the library says.
        reason: String,
    },
    /// The resource has no JSON form.
    #[error("cannot write {resource_type} as JSON: {source}")]
    Serialise {
        /// The resource type.
        resource_type: &'static str,
        /// What the writer says.
        #[source]
        source: serde_json::Error,
    },
}
