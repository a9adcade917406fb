//! R4 Device.

use serde::Serialize;

use crate::code::Coded;
use crate::common::device::{Version, identifier, version};
use crate::common::element::{AtMostOne, Identifier};
use crate::facts::device as facts;
use crate::resource::{FhirError, Resource};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Device<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    device_name: AtMostOne<Name<'a>>,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: AtMostOne<Identifier<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<&'a str>,
    resource_type: &'static str,
    status: &'static str,
    #[serde(rename = "type")]
    of_type: Coded<'static>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: AtMostOne<Version<'a>>,
}

#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    of_type: &'static str,
}

pub(crate) fn device(facts: &facts::Device) -> Result<Resource, FhirError> {
    let device = Device {
        device_name: facts.name.as_deref().map(model_name),
        id: &facts.id,
        identifier: identifier(facts),
        manufacturer: facts.manufacturer.as_deref(),
        resource_type: "Device",
        status: "active",
        of_type: facts.of_type(),
        version: version(facts),
    };
    Resource::of("Device", &facts.id, &device)
}

fn model_name(name: &str) -> [Name<'_>; 1] {
    let of_type = "model-name";
    [Name { name, of_type }]
}
