//! R5 Device.

use serde::Serialize;

use super::element::{CodeableConcept, Identifier};
use super::resource;
use crate::facts::device as facts;
use crate::resource::{FhirError, Resource};

#[derive(Serialize)]
#[serde(tag = "resourceType", rename_all = "camelCase")]
struct Device<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    identifier: Vec<Identifier>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    name: Vec<Name<'a>>,
    #[serde(rename = "type")]
    of_type: Vec<CodeableConcept>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    version: Vec<Version<'a>>,
}

#[derive(Serialize)]
struct Name<'a> {
    value: &'a str,
    #[serde(rename = "type")]
    of_type: &'static str,
}

#[derive(Serialize)]
struct Version<'a> {
    #[serde(rename = "type")]
    of_type: CodeableConcept,
    value: &'a str,
}

pub(crate) fn device(facts: &facts::Device) -> Result<Resource, FhirError> {
    let identifier = facts.identifier.iter();
    let device = Device {
        id: &facts.id,
        identifier: identifier
            .map(|value| Identifier::of(Some(facts.identifier_system()), value))
            .collect(),
        status: "active",
        manufacturer: facts.manufacturer.as_deref(),
        name: facts.name.iter().map(|name| model_name(name)).collect(),
        of_type: vec![CodeableConcept::of(&facts.of_type())],
        version: facts.version.iter().map(|v| version(facts, v)).collect(),
    };
    resource("Device", &facts.id, &device)
}

/// R5 has no name type for a model, so the name is what the maker registered it under.
fn model_name(name: &str) -> Name<'_> {
    Name {
        value: name,
        of_type: "registered-name",
    }
}

fn version<'a>(facts: &facts::Device, value: &'a str) -> Version<'a> {
    Version {
        of_type: CodeableConcept::of(&facts.version_type()),
        value,
    }
}
