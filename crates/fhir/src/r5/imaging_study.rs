//! R5 ImagingStudy.

use serde::Serialize;

use super::element::{CodeableConcept, CodeableReference, Coding, Identifier, Meta, Reference};
use super::resource;
use crate::Options;
use crate::code::{Code, system};
use crate::facts::study::{self as facts, Study};
use crate::resource::{FhirError, Resource};

#[derive(Serialize)]
#[serde(tag = "resourceType", rename_all = "camelCase")]
struct ImagingStudy<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    identifier: Vec<Identifier>,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    modality: Vec<CodeableConcept>,
    subject: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    based_on: Vec<Reference>,
    number_of_series: usize,
    number_of_instances: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    series: Vec<Series<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Series<'a> {
    uid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
    modality: CodeableConcept,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    number_of_instances: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_site: Option<CodeableReference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    laterality: Option<CodeableConcept>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    performer: Vec<Performer>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    instance: Vec<Instance<'a>>,
}

#[derive(Serialize)]
struct Performer {
    actor: Reference,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Instance<'a> {
    uid: &'a str,
    sop_class: Coding,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
}

pub(crate) fn imaging_study(facts: &Study, options: &Options) -> Result<Resource, FhirError> {
    let request = facts
        .accession
        .iter()
        .map(|number| Reference::by_identifier("ServiceRequest", accession(number, options)));
    let study = ImagingStudy {
        id: &facts.id,
        meta: facts.ai_asserted.then(Meta::labelled),
        identifier: identifiers(facts, options),
        status: "available",
        modality: facts.modalities.iter().map(CodeableConcept::code).collect(),
        subject: Reference::masked_patient(),
        started: facts.started.as_deref(),
        based_on: request.collect(),
        number_of_series: facts.series.len(),
        number_of_instances: facts.instances(),
        description: facts.description.as_deref(),
        series: facts.series.iter().map(series).collect(),
    };
    resource("ImagingStudy", &facts.id, &study)
}

fn identifiers(facts: &Study, options: &Options) -> Vec<Identifier> {
    let uid = facts.urn.iter().map(|urn| Identifier {
        usage: Some("official"),
        ..Identifier::of(Some(system::DICOM_UID), urn)
    });
    let number = facts.accession.iter();
    uid.chain(number.map(|n| accession(n, options))).collect()
}

fn accession(number: &str, options: &Options) -> Identifier {
    let code = Code::new(system::V2_0203, "ACSN", "Accession ID");
    Identifier {
        of_type: Some(CodeableConcept::code(&code)),
        ..Identifier::of(options.accession_system.as_deref(), number)
    }
}

fn series(facts: &facts::Series) -> Series<'_> {
    let modality = facts.modality.as_ref();
    let body_site = facts.body_site.as_ref().map(CodeableConcept::of);
    let performer = facts.performer.iter().map(|device| Performer {
        actor: Reference::to("Device", &device.id),
    });
    Series {
        uid: &facts.uid,
        number: facts.number,
        modality: modality.map_or_else(CodeableConcept::unknown, CodeableConcept::code),
        description: facts.description.as_deref(),
        number_of_instances: facts.instances.len(),
        body_site: body_site.map(CodeableReference::of),
        laterality: facts.laterality.as_ref().map(CodeableConcept::code),
        performer: performer.collect(),
        instance: facts.instances.iter().map(instance).collect(),
    }
}

fn instance(facts: &facts::Instance) -> Instance<'_> {
    let sop_class = facts.sop_class.as_deref();
    Instance {
        uid: &facts.uid,
        sop_class: sop_class.map_or_else(Coding::unknown, |urn| Coding::bare(system::URI, urn)),
        number: facts.number,
    }
}
