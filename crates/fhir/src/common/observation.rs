//! The whole Observation, examined and visible, which both versions write alike.

use serde::Serialize;

use super::element::{AtMostOne, Concept, Extension, Identifier, Meta, Reference};
use crate::Options;
use crate::code::{Code, Coded, Meaning, system};
use crate::facts::observation::{self as facts, ComponentValue, Status};
use crate::resource::{FhirError, Resource};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Observation<'a> {
    category: [Concept<'a>; 1],
    code: Concept<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    component: Vec<Component<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_absent_reason: Option<&'a Coded<'a>>,
    derived_from: [Reference<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_date_time: Option<&'a str>,
    id: &'a str,
    identifier: [Identifier<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    issued: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a Coded<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    performer: AtMostOne<Reference<'a>>,
    resource_type: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_codeable_concept: Option<&'a Coded<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Component<'a> {
    code: &'a Meaning,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: AtMostOne<Extension<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_codeable_concept: Option<&'a Coded<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_string: Option<&'a str>,
}

pub(crate) fn observation(facts: &facts::Observation<'_>, options: &Options) -> Result<Resource, FhirError> {
    let category = Code::new(system::CATEGORY, "imaging", "Imaging");
    let own = ["urn:uuid:", &facts.id].concat();
    let observation = Observation {
        category: [Concept::of(&category)],
        code: Concept::of(&facts.code),
        component: facts.components.iter().map(|c| component(c, options)).collect(),
        data_absent_reason: facts.absent.as_ref(),
        derived_from: [Reference::to("ImagingStudy", facts.study)],
        device: facts.device.map(|id| Reference::to("Device", id)),
        effective_date_time: facts.effective,
        id: &facts.id,
        identifier: [Identifier::of(Some(system::URI), &own)],
        issued: facts.issued.as_deref(),
        meta: facts.ai_asserted.then(Meta::labelled),
        method: facts.method.as_ref(),
        performer: facts.reviewer.as_deref().map(|name| [Reference::reviewer(name)]),
        resource_type: "Observation",
        status: match facts.status {
            Status::Final => "final",
            Status::Preliminary => "preliminary",
        },
        value_codeable_concept: facts.value.as_ref(),
    };
    Resource::of("Observation", &facts.id, &observation)
}

fn component<'a>(facts: &'a facts::Component<'a>, options: &'a Options) -> Component<'a> {
    let (coded, text) = match &facts.value {
        ComponentValue::Coded(coded) => (Some(coded), None),
        ComponentValue::Text(text) => (None, Some(text.as_str())),
    };
    let url = &options.confidence_extension;
    Component {
        code: &facts.code,
        extension: facts.confidence.map(|p| [Extension::decimal(url, p)]),
        value_codeable_concept: coded,
        value_string: text,
    }
}
