//! Transaction Bundles, the same in R4 and R5.

use serde::Serialize;
use serde_json::Value;

use crate::resource::{FhirError, Resource};

#[derive(Serialize)]
#[serde(tag = "resourceType", rename_all = "camelCase")]
struct Bundle<'a> {
    #[serde(rename = "type")]
    of_type: &'static str,
    entry: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    full_url: String,
    resource: &'a Value,
    request: Request,
}

#[derive(Serialize)]
struct Request {
    method: &'static str,
    url: String,
}

/// One transaction that puts every resource under its own id, so that sending it twice leaves the same resources.
/// OperationOutcomes are left out, which servers answer with and do not keep. Nothing if nothing is left.
///
/// `base` is the address of the server, under which the resources refer to each other.
pub fn transaction(resources: &[Resource], base: &str) -> Result<Option<Value>, FhirError> {
    let base = base.trim_end_matches('/');
    let kept = resources.iter().filter(|r| r.resource_type != "OperationOutcome");
    let entry: Vec<Entry<'_>> = kept.map(|r| entry(r, base)).collect();
    if entry.is_empty() {
        return Ok(None);
    }
    let bundle = Bundle {
        of_type: "transaction",
        entry,
    };
    let json = serde_json::to_value(&bundle).map_err(|source| FhirError::Serialise {
        resource_type: "Bundle",
        source,
    })?;
    Ok(Some(json))
}

fn entry<'a>(resource: &'a Resource, base: &str) -> Entry<'a> {
    let url = format!("{}/{}", resource.resource_type, resource.id);
    Entry {
        full_url: format!("{base}/{url}"),
        resource: &resource.json,
        request: Request { method: "PUT", url },
    }
}
