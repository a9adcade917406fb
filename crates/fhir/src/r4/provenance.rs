//! R4 Provenance.

use fhir_sdk::Instant;
use fhir_sdk::r4b::codes::ProvenanceEntityRole;
use fhir_sdk::r4b::resources::{Provenance, ProvenanceAgent, ProvenanceEntity};
use fhir_sdk::r4b::types::{FieldExtension, Reference};
use fhir_sdk::time::OffsetDateTime;

use super::{Built, element, resource};
use crate::code::{Code, system};
use crate::facts::provenance::{self as facts, Agent, Entity, Target, Who};
use crate::resource::{FhirError, Resource};

pub(crate) fn provenance(facts: &facts::Provenance) -> Result<Resource, FhirError> {
    let mut resource = resource("Provenance", &facts.id, build(facts))?;
    // The library wants a time where FHIR is content with the reason for its absence (`_recorded`).
    if let (None, Some(json)) = (&facts.recorded, resource.json.as_object_mut()) {
        json.remove("recorded");
    }
    Ok(resource)
}

fn build(facts: &facts::Provenance) -> Built<Provenance> {
    let recorded = facts.recorded.as_deref().and_then(|r| r.parse().ok());
    let targets = facts.targets.iter().map(target);
    let agents = facts.agents.iter().map(agent);
    let entities = facts.entities.iter().map(entity);
    let mut provenance = Provenance::builder()
        .id(facts.id.clone())
        .target(targets.map(|t| t.map(Some)).collect::<Built<_>>()?)
        .recorded(recorded.unwrap_or(Instant(OffsetDateTime::UNIX_EPOCH)))
        .activity(element::code_concept(facts::Provenance::activity())?)
        .agent(agents.map(|a| a.map(Some)).collect::<Built<_>>()?)
        .entity(entities.map(|e| e.map(Some)).collect::<Built<_>>()?)
        .build()?;
    if facts.recorded.is_none() {
        let unknown = vec![element::absent("unknown")?];
        let unknown = FieldExtension::builder().extension(unknown).build()?;
        provenance.recorded_ext = Some(unknown);
    }
    if facts.ai_asserted {
        provenance.reason = vec![Some(element::code_concept(Code::ai_asserted())?)];
    }
    Ok(provenance)
}

fn target(target: &Target) -> Built<Reference> {
    match target {
        Target::Resource(kind, id) => element::reference(kind, id),
        Target::Run(key) => element::logical_reference(system::RUN, key, "a run of bodysite"),
    }
}

fn agent(agent: &Agent) -> Built<ProvenanceAgent> {
    let who = match &agent.who {
        Who::Device(id) => element::reference("Device", id)?,
        Who::Reviewer(name) => element::reviewer(name)?,
    };
    ProvenanceAgent::builder()
        .r#type(element::code_concept(agent.role.clone())?)
        .who(who)
        .build()
}

fn entity(entity: &Entity) -> Built<ProvenanceEntity> {
    let what = element::logical_reference(entity.system, &entity.value, entity.display)?;
    ProvenanceEntity::builder()
        .role(ProvenanceEntityRole::Source)
        .what(what)
        .build()
}
