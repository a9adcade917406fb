//! The whole ImagingStudy, written once for both versions, but for the form of its codes, which is the versions' own.

use serde::Serialize;

use super::element::{AtMostOne, Identifier, Meta, Reference, Required};
use crate::Options;
use crate::code::{Code, Coded, system};
use crate::facts::study::{self as facts, Study};
use crate::resource::{FhirError, Resource};

/// How a version writes codes.
pub(crate) trait Form {
    /// A modality or a side.
    type Term<'a>: Serialize;
    /// A body site.
    type Site<'a>: Serialize;

    fn term<'a>(code: &'a Code<'a>) -> Self::Term<'a>;

    fn site<'a>(site: &'a Coded<'a>) -> Option<Self::Site<'a>>;
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase", bound = "")]
struct ImagingStudy<'a, F: Form> {
    #[serde(skip_serializing_if = "Option::is_none")]
    based_on: AtMostOne<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    id: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    identifier: Vec<Identifier<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    modality: Vec<F::Term<'a>>,
    number_of_instances: usize,
    number_of_series: usize,
    resource_type: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    series: Vec<Series<'a, F>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<&'a str>,
    status: &'static str,
    subject: Reference<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase", bound = "")]
struct Series<'a, F: Form> {
    #[serde(skip_serializing_if = "Option::is_none")]
    body_site: Option<F::Site<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    instance: Vec<Instance<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    laterality: Option<F::Term<'a>>,
    modality: Required<F::Term<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
    number_of_instances: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    performer: AtMostOne<Performer<'a>>,
    uid: &'a str,
}

#[derive(Serialize)]
struct Performer<'a> {
    actor: Reference<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Instance<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
    sop_class: Required<SopClass<'a>>,
    uid: &'a str,
}

/// A Coding; SOP classes have no display.
#[derive(Serialize)]
struct SopClass<'a> {
    code: &'a str,
    system: &'static str,
}

pub(crate) fn imaging_study<F: Form>(facts: &Study<'_>, options: &Options) -> Result<Resource, FhirError> {
    let number = facts.accession.as_deref();
    let request = number.map(|n| [Reference::by_identifier("ServiceRequest", accession(n, options))]);
    let study: ImagingStudy<'_, F> = ImagingStudy {
        based_on: request,
        description: facts.description.as_deref(),
        id: facts.id,
        identifier: identifiers(facts, options),
        meta: facts.ai_asserted.then(Meta::labelled),
        modality: facts.modalities.iter().map(F::term).collect(),
        number_of_instances: facts.instances(),
        number_of_series: facts.series.len(),
        resource_type: "ImagingStudy",
        series: facts.series.iter().map(series).collect(),
        started: facts.started,
        status: "available",
        subject: Reference::masked_patient(),
    };
    Resource::of("ImagingStudy", facts.id, &study)
}

fn identifiers<'a>(facts: &'a Study<'_>, options: &'a Options) -> Vec<Identifier<'a>> {
    let uid = facts.urn.as_deref().map(|urn| Identifier {
        usage: Some("official"),
        ..Identifier::of(Some(system::DICOM_UID), urn)
    });
    let number = facts.accession.as_deref();
    uid.into_iter().chain(number.map(|n| accession(n, options))).collect()
}

fn accession<'a>(number: &'a str, options: &'a Options) -> Identifier<'a> {
    let code = Code::new(system::V2_0203, "ACSN", "Accession ID");
    Identifier {
        of_type: Some(Coded::one(code)),
        ..Identifier::of(options.accession_system.as_deref(), number)
    }
}

fn series<'a, F: Form>(facts: &'a facts::Series<'_>) -> Series<'a, F> {
    let performer = facts.performer.map(|device| Performer {
        actor: Reference::to("Device", device),
    });
    Series {
        body_site: facts.body_site.as_ref().and_then(F::site),
        description: facts.description.as_deref(),
        instance: facts.instances.iter().map(instance).collect(),
        laterality: facts.laterality.as_ref().map(F::term),
        modality: Required::of(facts.modality.as_ref().map(F::term)),
        number: facts.number,
        number_of_instances: facts.instances.len(),
        performer: performer.map(|p| [p]),
        uid: &facts.uid,
    }
}

fn instance<'a>(facts: &'a facts::Instance<'_>) -> Instance<'a> {
    let sop_class = facts.sop_class.as_deref().map(|code| SopClass {
        code,
        system: system::URI,
    });
    Instance {
        number: facts.number,
        sop_class: Required::of(sop_class),
        uid: &facts.uid,
    }
}
