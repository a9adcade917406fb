//! Where resources come from: the facts of a Provenance.

use bodysite_core::{NormalizedStudy, Versions};

use crate::Options;
use crate::code::{Code, system};
use crate::facts::device;
use crate::facts::observation::Observation;
use crate::facts::study::Study;
use crate::ids::Ids;
use crate::value::text::clean;

/// A Provenance.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Provenance {
    pub(crate) id: String,
    pub(crate) targets: Vec<Target>,
    pub(crate) recorded: Option<String>,
    pub(crate) agents: Vec<Agent>,
    pub(crate) entities: Vec<Entity>,
    pub(crate) ai_asserted: bool,
}

/// What it is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    /// A resource of ours.
    Resource(&'static str, String),
    /// A run, which is no resource.
    Run(String),
}

/// Who took part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Agent {
    pub(crate) role: Code,
    pub(crate) who: Who,
}

/// A participant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Who {
    /// Id of a Device.
    Device(String),
    /// A reviewer's name or role.
    Reviewer(String),
}

/// What was used: a thing outside FHIR, by identifier.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entity {
    pub(crate) system: &'static str,
    pub(crate) value: String,
    pub(crate) display: &'static str,
}

impl Provenance {
    pub(crate) fn activity() -> Code {
        Code::new(system::OPERATION, "CREATE", "create")
    }
}

/// The Provenance of what is said about one study.
pub(crate) fn of_study(
    study: &NormalizedStudy,
    facts: &Study,
    observations: &[Observation],
    options: &Options,
) -> Provenance {
    let ids = options.ids();
    let key = run_key(&study.versions);
    let of_study = Target::Resource("ImagingStudy", facts.id.clone());
    let of_observations = observations
        .iter()
        .map(|o| Target::Resource("Observation", o.id.clone()));
    let uid = facts.urn.iter().map(|urn| Entity {
        system: system::DICOM_UID,
        value: urn.clone(),
        display: "the DICOM study",
    });
    Provenance {
        id: ids.id("Provenance", &["study", &study.uid, &key]),
        targets: std::iter::once(of_study).chain(of_observations).collect(),
        recorded: options.recorded.as_ref().map(|r| r.as_str().to_owned()),
        agents: agents(&study.versions, observations, &ids),
        entities: uid.chain(mapping(&study.versions)).collect(),
        ai_asserted: observations.iter().any(|o| o.ai_asserted),
    }
}

/// The Provenance of a run, told from others by everything that changes an answer.
pub(crate) fn of_run(versions: &Versions, options: &Options) -> Provenance {
    let ids = options.ids();
    let key = run_key(versions);
    Provenance {
        id: ids.id("Provenance", &["run", &key]),
        targets: vec![Target::Run(key)],
        recorded: options.recorded.as_ref().map(|r| r.as_str().to_owned()),
        agents: agents(versions, &[], &ids),
        entities: mapping(versions).into_iter().collect(),
        ai_asserted: versions.model.is_some(),
    }
}

/// Everything that changes an answer, as one line.
fn run_key(versions: &Versions) -> String {
    let model = versions.model.as_ref();
    let model = model.map_or("off".to_owned(), |(name, weights)| format!("{name}@{weights}"));
    let key = format!(
        "bodysite {}; mapping {}; DICOM {}; model {model}; {}",
        versions.software, versions.mapping, versions.dicom_edition, versions.policy
    );
    clean(&key).unwrap_or_default()
}

fn mapping(versions: &Versions) -> Option<Entity> {
    let value = clean(&versions.mapping)?;
    Some(Entity {
        system: system::MAPPING_SET,
        value,
        display: "the mapping sets",
    })
}

fn agents(versions: &Versions, observations: &[Observation], ids: &Ids<'_>) -> Vec<Agent> {
    let assembler = Code::new(system::AGENT, "assembler", "Assembler");
    let performer = Code::new(system::AGENT, "performer", "Performer");
    let roles = std::iter::once(assembler).chain(std::iter::repeat(performer));
    let devices = roles.zip(device::of_run(versions, ids)).map(|(role, device)| Agent {
        role,
        who: Who::Device(device.id),
    });
    let mut reviewers: Vec<&String> = observations.iter().filter_map(|o| o.reviewer.as_ref()).collect();
    reviewers.sort();
    reviewers.dedup();
    let reviewers = reviewers.into_iter().map(|name| Agent {
        role: Code::new(system::AGENT, "verifier", "Verifier"),
        who: Who::Reviewer(name.clone()),
    });
    devices.chain(reviewers).collect()
}
