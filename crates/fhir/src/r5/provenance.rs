//! R5 Provenance. Without the time of the run `recorded` is left out, as R5 allows.

use serde::Serialize;

use crate::code::{Code, Coded};
use crate::common::element::{AtMostOne, Concept, Reference};
use crate::common::provenance::{Agent, Entity, activity, agent, entity, target};
use crate::facts::provenance as facts;
use crate::resource::{FhirError, Resource};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Provenance<'a> {
    activity: Concept<'a>,
    agent: Vec<Agent<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization: AtMostOne<Authorization>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entity: Vec<Entity<'a>>,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<&'a str>,
    resource_type: &'static str,
    target: Vec<Reference<'a>>,
}

/// A CodeableReference to a concept.
#[derive(Serialize)]
struct Authorization {
    concept: Coded<'static>,
}

pub(crate) fn provenance(facts: &facts::Provenance<'_>) -> Result<Resource, FhirError> {
    let label = || {
        let concept = Coded::one(Code::ai_asserted());
        [Authorization { concept }]
    };
    let activity = activity();
    let provenance = Provenance {
        activity: Concept::of(&activity),
        agent: facts.agents.iter().map(agent).collect(),
        authorization: facts.ai_asserted.then(label),
        entity: facts.entities.iter().map(entity).collect(),
        id: &facts.id,
        recorded: facts.recorded,
        resource_type: "Provenance",
        target: facts.targets.iter().map(target).collect(),
    };
    Resource::of("Provenance", &facts.id, &provenance)
}
