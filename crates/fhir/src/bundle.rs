//! Transaction Bundles, the same in R4 and R5.

use serde_json::Value;

use crate::resource::Resource;

/// One transaction that puts every resource under its own id, so that sending it twice leaves the same resources.
/// OperationOutcomes are left out, which servers answer with and do not keep. Nothing if nothing is left.
///
/// `base` is the address of the server, under which the resources refer to each other. The Bundle is on one line.
pub fn transaction<'a>(resources: impl IntoIterator<Item = &'a Resource>, base: &str) -> Option<String> {
    let base = base.trim_end_matches('/');
    let resources = resources.into_iter();
    let kept = resources.filter(|r| r.resource_type != "OperationOutcome");
    let entries: Vec<String> = kept.map(|r| entry(r, base)).collect();
    let bundle = |entries: String| format!(r#"{{"entry":[{entries}],"resourceType":"Bundle","type":"transaction"}}"#);
    (!entries.is_empty()).then(|| bundle(entries.join(",")))
}

/// Resources are JSON already and go in as they are.
fn entry(resource: &Resource, base: &str) -> String {
    let url = format!("{}/{}", resource.resource_type, resource.id);
    let full_url = Value::from(format!("{base}/{url}"));
    let json = &resource.json;
    format!(r#"{{"fullUrl":{full_url},"request":{{"method":"PUT","url":"{url}"}},"resource":{json}}}"#)
}
