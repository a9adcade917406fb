//! R4 Provenance. Without the time of the run `recorded` has the reason for its absence, since R4 requires it.

use serde::Serialize;

use crate::code::{Code, Coded};
use crate::common::element::{Absent, AtMostOne, Concept, Reference};
use crate::common::provenance::{Agent, Entity, activity, agent, entity, target};
use crate::facts::provenance as facts;
use crate::resource::{FhirError, Resource};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Provenance<'a> {
    #[serde(rename = "_recorded", skip_serializing_if = "Option::is_none")]
    without_recorded: Option<Absent>,
    activity: Concept<'a>,
    agent: Vec<Agent<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entity: Vec<Entity<'a>>,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: AtMostOne<Coded<'static>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<&'a str>,
    resource_type: &'static str,
    target: Vec<Reference<'a>>,
}

pub(crate) fn provenance(facts: &facts::Provenance<'_>) -> Result<Resource, FhirError> {
    let label = || [Coded::one(Code::ai_asserted())];
    let activity = activity();
    let provenance = Provenance {
        without_recorded: facts.recorded.is_none().then(Absent::unknown),
        activity: Concept::of(&activity),
        agent: facts.agents.iter().map(agent).collect(),
        entity: facts.entities.iter().map(entity).collect(),
        id: &facts.id,
        reason: facts.ai_asserted.then(label),
        recorded: facts.recorded,
        resource_type: "Provenance",
        target: facts.targets.iter().map(target).collect(),
    };
    Resource::of("Provenance", &facts.id, &provenance)
}
