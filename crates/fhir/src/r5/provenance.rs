//! R5 Provenance. Without the time of the run `recorded` is left out, as R5 allows.

use serde::Serialize;

use super::element::{CodeableConcept, CodeableReference, Reference};
use super::resource;
use crate::code::{Code, system};
use crate::facts::provenance::{self as facts, Target, Who};
use crate::resource::{FhirError, Resource};

#[derive(Serialize)]
#[serde(tag = "resourceType", rename_all = "camelCase")]
struct Provenance<'a> {
    id: &'a str,
    target: Vec<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authorization: Vec<CodeableReference>,
    activity: CodeableConcept,
    agent: Vec<Agent>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entity: Vec<Entity>,
}

#[derive(Serialize)]
struct Agent {
    #[serde(rename = "type")]
    of_type: CodeableConcept,
    who: Reference,
}

#[derive(Serialize)]
struct Entity {
    role: &'static str,
    what: Reference,
}

pub(crate) fn provenance(facts: &facts::Provenance) -> Result<Resource, FhirError> {
    let label = facts.ai_asserted.then(Code::ai_asserted);
    let label = label.iter().map(CodeableConcept::code);
    let provenance = Provenance {
        id: &facts.id,
        target: facts.targets.iter().map(target).collect(),
        recorded: facts.recorded.as_deref(),
        authorization: label.map(CodeableReference::of).collect(),
        activity: CodeableConcept::code(&facts::Provenance::activity()),
        agent: facts.agents.iter().map(agent).collect(),
        entity: facts.entities.iter().map(entity).collect(),
    };
    resource("Provenance", &facts.id, &provenance)
}

fn target(target: &Target) -> Reference {
    match target {
        Target::Resource(kind, id) => Reference::to(kind, id),
        Target::Run(key) => Reference::logical(system::RUN, key, "a run of bodysite"),
    }
}

fn agent(agent: &facts::Agent) -> Agent {
    Agent {
        of_type: CodeableConcept::code(&agent.role),
        who: match &agent.who {
            Who::Device(id) => Reference::to("Device", id),
            Who::Reviewer(name) => Reference::reviewer(name),
        },
    }
}

fn entity(entity: &facts::Entity) -> Entity {
    Entity {
        role: "source",
        what: Reference::logical(entity.system, &entity.value, entity.display),
    }
}
