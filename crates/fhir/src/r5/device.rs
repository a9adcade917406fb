//! R5 Device.

use serde::Serialize;

use crate::code::Coded;
use crate::common::device::{Version, identifier, version};
use crate::common::element::{AtMostOne, Identifier};
use crate::facts::device as facts;
use crate::resource::{FhirError, Resource};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Device<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: AtMostOne<Identifier<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: AtMostOne<Name<'a>>,
    resource_type: &'static str,
    status: &'static str,
    #[serde(rename = "type")]
    of_type: [Coded<'static>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    version: AtMostOne<Version<'a>>,
}

#[derive(Serialize)]
struct Name<'a> {
    #[serde(rename = "type")]
    of_type: &'static str,
    value: &'a str,
}

pub(crate) fn device(facts: &facts::Device) -> Result<Resource, FhirError> {
    let device = Device {
        id: &facts.id,
        identifier: identifier(facts),
        manufacturer: facts.manufacturer.as_deref(),
        name: facts.name.as_deref().map(model_name),
        resource_type: "Device",
        status: "active",
        of_type: [facts.of_type()],
        version: version(facts),
    };
    Resource::of("Device", &facts.id, &device)
}

/// R5 has no name type for a model, so the name is what the maker registered it under.
fn model_name(value: &str) -> [Name<'_>; 1] {
    let of_type = "registered-name";
    [Name { of_type, value }]
}
