//! R4 Observation.

use fhir_sdk::r4b::codes::ObservationStatus;
use fhir_sdk::r4b::resources::{
    Observation, ObservationComponent, ObservationComponentValue, ObservationEffective, ObservationValue,
};
use fhir_sdk::r4b::types::{ExtensionValue, Identifier};

use super::{Built, element, resource};
use crate::Options;
use crate::code::system;
use crate::facts::observation::{self as facts, Component, ComponentValue, Status};
use crate::resource::{FhirError, Resource};

pub(crate) fn observation(facts: &facts::Observation, options: &Options) -> Result<Resource, FhirError> {
    resource("Observation", &facts.id, build(facts, options))
}

fn build(facts: &facts::Observation, options: &Options) -> Built<Observation> {
    let components = facts.components.iter().map(|c| component(c, options));
    let mut observation = Observation::builder()
        .id(facts.id.clone())
        .identifier(vec![Some(identifier(&facts.id)?)])
        .status(match facts.status {
            Status::Final => ObservationStatus::Final,
            Status::Preliminary => ObservationStatus::Preliminary,
        })
        .category(vec![Some(element::code_concept(facts::Observation::category())?)])
        .code(element::code_concept(facts.code.clone())?)
        .derived_from(vec![Some(element::reference("ImagingStudy", &facts.study)?)])
        .component(components.map(|c| c.map(Some)).collect::<Built<_>>()?)
        .build()?;
    if facts.ai_asserted {
        observation.meta = Some(element::labelled()?);
    }
    fill(&mut observation, facts)?;
    Ok(observation)
}

fn fill(observation: &mut Observation, facts: &facts::Observation) -> Built<()> {
    let effective = element::date_time(facts.effective.as_deref());
    observation.effective = effective.map(ObservationEffective::DateTime);
    observation.issued = facts.issued.as_deref().and_then(|i| i.parse().ok());
    let concept = |coded: &Option<_>| coded.as_ref().map(element::concept).transpose();
    observation.value = concept(&facts.value)?.map(ObservationValue::CodeableConcept);
    observation.data_absent_reason = concept(&facts.absent)?;
    observation.method = concept(&facts.method)?;
    if let Some(device) = &facts.device {
        observation.device = Some(element::reference("Device", device)?);
    }
    if let Some(name) = &facts.reviewer {
        observation.performer = vec![Some(element::reviewer(name)?)];
    }
    Ok(())
}

fn identifier(id: &str) -> Built<Identifier> {
    element::identifier(Some(system::URI), &format!("urn:uuid:{id}"))
}

fn component(facts: &Component, options: &Options) -> Built<ObservationComponent> {
    let value = match &facts.value {
        ComponentValue::Coded(coded) => ObservationComponentValue::CodeableConcept(element::concept(coded)?),
        ComponentValue::Text(text) => ObservationComponentValue::String(text.clone()),
    };
    let mut component = ObservationComponent::builder()
        .code(element::concept(&facts.code)?)
        .value(value)
        .build()?;
    if let Some(probability) = facts.confidence {
        let value = ExtensionValue::Decimal(probability);
        component.extension = vec![element::extension(&options.confidence_extension, value)?];
    }
    Ok(component)
}
