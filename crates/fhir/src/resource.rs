//! One resource, ready to be written.

use serde_json::Value;

/// One resource as JSON. Devices recur from study to study with the same id and the same content: write each once.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// The resource type, which also names the NDJSON file.
    pub resource_type: &'static str,
    /// The logical id.
    pub id: String,
    /// The resource.
    pub json: Value,
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
