//! R5 Observation.

use serde::Serialize;

use super::element::{CodeableConcept, Extension, Identifier, Meta, Reference};
use super::resource;
use crate::Options;
use crate::code::system;
use crate::facts::observation::{self as facts, ComponentValue, Status};
use crate::resource::{FhirError, Resource};

#[derive(Serialize)]
#[serde(tag = "resourceType", rename_all = "camelCase")]
struct Observation<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
    identifier: Vec<Identifier>,
    status: &'static str,
    category: Vec<CodeableConcept>,
    code: CodeableConcept,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_date_time: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    performer: Vec<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_codeable_concept: Option<CodeableConcept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_absent_reason: Option<CodeableConcept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<CodeableConcept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<Reference>,
    derived_from: Vec<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    component: Vec<Component<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Component<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extension: Vec<Extension>,
    code: CodeableConcept,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_codeable_concept: Option<CodeableConcept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_string: Option<&'a str>,
}

pub(crate) fn observation(facts: &facts::Observation, options: &Options) -> Result<Resource, FhirError> {
    let concept = |coded: &Option<_>| coded.as_ref().map(CodeableConcept::of);
    let own = Identifier::of(Some(system::URI), &format!("urn:uuid:{}", facts.id));
    let observation = Observation {
        id: &facts.id,
        meta: facts.ai_asserted.then(Meta::labelled),
        identifier: vec![own],
        status: match facts.status {
            Status::Final => "final",
            Status::Preliminary => "preliminary",
        },
        category: vec![CodeableConcept::code(&facts::Observation::category())],
        code: CodeableConcept::code(&facts.code),
        effective_date_time: facts.effective.as_deref(),
        issued: facts.issued.as_deref(),
        performer: facts.reviewer.iter().map(|r| Reference::reviewer(r)).collect(),
        value_codeable_concept: concept(&facts.value),
        data_absent_reason: concept(&facts.absent),
        method: concept(&facts.method),
        device: facts.device.as_deref().map(|id| Reference::to("Device", id)),
        derived_from: vec![Reference::to("ImagingStudy", &facts.study)],
        component: facts.components.iter().map(|c| component(c, options)).collect(),
    };
    resource("Observation", &facts.id, &observation)
}

fn component<'a>(facts: &'a facts::Component, options: &Options) -> Component<'a> {
    let (coded, text) = match &facts.value {
        ComponentValue::Coded(coded) => (Some(CodeableConcept::of(coded)), None),
        ComponentValue::Text(text) => (None, Some(text.as_str())),
    };
    let confidence = facts.confidence.iter();
    Component {
        extension: confidence
            .map(|p| Extension::decimal(&options.confidence_extension, *p))
            .collect(),
        code: CodeableConcept::of(&facts.code),
        value_codeable_concept: coded,
        value_string: text,
    }
}
