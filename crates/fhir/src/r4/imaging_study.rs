//! R4 ImagingStudy.

use fhir_sdk::r4b::codes::{IdentifierUse, ImagingStudyStatus};
use fhir_sdk::r4b::resources::{
    ImagingStudy, ImagingStudySeries, ImagingStudySeriesInstance, ImagingStudySeriesPerformer,
};
use fhir_sdk::r4b::types::{Coding, ExtensionValue, Identifier, Reference};

use super::{Built, element, resource};
use crate::Options;
use crate::code::{Code, Coded, system};
use crate::facts::study::{Instance, Series, Study};
use crate::resource::{FhirError, Resource};

pub(crate) fn imaging_study(study: &Study, options: &Options) -> Result<Resource, FhirError> {
    resource("ImagingStudy", &study.id, build(study, options))
}

fn build(facts: &Study, options: &Options) -> Built<ImagingStudy> {
    let modalities = facts.modalities.iter().map(element::coding);
    let series = facts.series.iter().map(series);
    let mut study = ImagingStudy::builder()
        .id(facts.id.clone())
        .status(ImagingStudyStatus::Available)
        .subject(element::masked_patient()?)
        .number_of_series(count(facts.series.len()))
        .number_of_instances(count(facts.instances()))
        .modality(modalities.map(|m| m.map(Some)).collect::<Built<_>>()?)
        .series(series.map(|s| s.map(Some)).collect::<Built<_>>()?)
        .build()?;
    if facts.ai_asserted {
        study.meta = Some(element::labelled()?);
    }
    study.started = element::date_time(facts.started.as_deref());
    study.description = facts.description.clone();
    if let Some(urn) = &facts.urn {
        study.identifier.push(Some(study_uid(urn)?));
    }
    if let Some(number) = &facts.accession {
        study.identifier.push(Some(accession(number, options)?));
        study.based_on = vec![Some(request(number, options)?)];
    }
    Ok(study)
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(i32::MAX as u32)
}

fn study_uid(urn: &str) -> Built<Identifier> {
    let mut identifier = element::identifier(Some(system::DICOM_UID), urn)?;
    identifier.r#use = Some(IdentifierUse::Official);
    Ok(identifier)
}

fn accession(number: &str, options: &Options) -> Built<Identifier> {
    let code = Code::new(system::V2_0203, "ACSN", "Accession ID");
    let mut identifier = element::identifier(options.accession_system.as_deref(), number)?;
    identifier.r#type = Some(element::code_concept(code)?);
    Ok(identifier)
}

fn request(number: &str, options: &Options) -> Built<Reference> {
    Reference::builder()
        .r#type("ServiceRequest".to_owned())
        .identifier(accession(number, options)?)
        .build()
}

fn series(facts: &Series) -> Built<ImagingStudySeries> {
    let modality = facts.modality.as_ref();
    let instances = facts.instances.iter().map(instance);
    let mut series = ImagingStudySeries::builder()
        .uid(facts.uid.clone())
        .modality(modality.map_or_else(element::unknown_coding, element::coding)?)
        .number_of_instances(count(facts.instances.len()))
        .instance(instances.map(|i| i.map(Some)).collect::<Built<_>>()?)
        .build()?;
    series.number = facts.number;
    series.description = facts.description.clone();
    series.body_site = facts.body_site.as_ref().map(body_site).transpose()?.flatten();
    series.laterality = facts.laterality.as_ref().map(element::coding).transpose()?;
    if let Some(device) = &facts.performer {
        series.performer = vec![Some(performer(&device.id)?)];
    }
    Ok(series)
}

/// One Coding is all that R4 has; the header's words go into the standard extension.
fn body_site(coded: &Coded) -> Built<Option<Coding>> {
    let Some(code) = coded.codes.first() else {
        return Ok(None);
    };
    let mut coding = element::coding(code)?;
    if let Some(text) = &coded.text {
        let value = ExtensionValue::String(text.clone());
        coding.extension = vec![element::extension(element::ORIGINAL_TEXT, value)?];
    }
    Ok(Some(coding))
}

fn performer(device: &str) -> Built<ImagingStudySeriesPerformer> {
    ImagingStudySeriesPerformer::builder()
        .actor(element::reference("Device", device)?)
        .build()
}

fn instance(facts: &Instance) -> Built<ImagingStudySeriesInstance> {
    let mut instance = ImagingStudySeriesInstance::builder()
        .uid(facts.uid.clone())
        .sop_class(sop_class(facts.sop_class.as_deref())?)
        .build()?;
    instance.number = facts.number;
    Ok(instance)
}

fn sop_class(urn: Option<&str>) -> Built<Coding> {
    let Some(urn) = urn else {
        return element::unknown_coding();
    };
    Coding::builder()
        .system(system::URI.to_owned())
        .code(urn.to_owned())
        .build()
}
