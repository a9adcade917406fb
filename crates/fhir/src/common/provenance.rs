//! The parts of Provenance that both versions write alike: activity, targets, agents and entities.

use serde::Serialize;

use super::element::{Concept, Reference};
use crate::code::{Code, system};
use crate::facts::provenance::{self as facts, Target, Who};

#[derive(Serialize)]
pub(crate) struct Agent<'a> {
    #[serde(rename = "type")]
    of_type: Concept<'a>,
    who: Reference<'a>,
}

#[derive(Serialize)]
pub(crate) struct Entity<'a> {
    role: &'static str,
    what: Reference<'a>,
}

pub(crate) fn activity() -> Code<'static> {
    Code::new(system::OPERATION, "CREATE", "create")
}

pub(crate) fn target<'a>(target: &'a Target<'_>) -> Reference<'a> {
    match target {
        Target::Resource(kind, id) => Reference::to(kind, id),
        Target::Run(key) => Reference::logical(system::RUN, key, "a run of bodysite"),
    }
}

pub(crate) fn agent<'a>(agent: &'a facts::Agent<'_>) -> Agent<'a> {
    Agent {
        of_type: Concept::of(&agent.role),
        who: match agent.who {
            Who::Device(id) => Reference::to("Device", id),
            Who::Reviewer(name) => Reference::reviewer(name),
        },
    }
}

pub(crate) fn entity<'a>(entity: &'a facts::Entity<'_>) -> Entity<'a> {
    Entity {
        role: "source",
        what: Reference::logical(entity.system, &entity.value, entity.display),
    }
}
