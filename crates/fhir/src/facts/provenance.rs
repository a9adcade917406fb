//! Where resources come from: the facts of a Provenance.

use std::borrow::Cow;
use std::collections::BTreeSet;

use bodysite_core::Versions;

use crate::Options;
use crate::code::{Code, system};
use crate::facts::context::Context;
use crate::facts::device::Device;
use crate::facts::observation::Observation;
use crate::facts::study::Study;
use crate::value::{moment::Instant, text::clean};

/// A Provenance.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Provenance<'a> {
    pub(crate) id: String,
    pub(crate) targets: Vec<Target<'a>>,
    pub(crate) recorded: Option<&'a str>,
    pub(crate) agents: Vec<Agent<'a>>,
    pub(crate) entities: Vec<Entity<'a>>,
    pub(crate) ai_asserted: bool,
}

/// What it is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target<'a> {
    /// A resource of ours.
    Resource(&'static str, &'a str),
    /// A run, which is no resource.
    Run(String),
}

/// Who took part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Agent<'a> {
    pub(crate) role: Code<'static>,
    pub(crate) who: Who<'a>,
}

/// A participant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Who<'a> {
    /// Id of a Device.
    Device(&'a str),
    /// A reviewer's name or role.
    Reviewer(&'a str),
}

/// What was used: a thing outside FHIR, by identifier.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entity<'a> {
    pub(crate) system: &'static str,
    pub(crate) value: Cow<'a, str>,
    pub(crate) display: &'static str,
}

/// The Provenance of what is said about one study.
pub(crate) fn of_study<'a>(
    context: &'a Context<'a>,
    facts: &'a Study<'a>,
    observations: &'a [Observation<'a>],
) -> Provenance<'a> {
    let versions = &context.study.versions;
    let of_study = Target::Resource("ImagingStudy", &context.id);
    let of_observations = observations.iter().map(|o| Target::Resource("Observation", &o.id));
    let uid = facts.urn.iter().map(|urn| Entity {
        system: system::DICOM_UID,
        value: Cow::Borrowed(urn),
        display: "the DICOM study",
    });
    let key = ["study", &context.study.uid, &run_key(versions)];
    Provenance {
        id: context.ids.id("Provenance", &key),
        targets: std::iter::once(of_study).chain(of_observations).collect(),
        recorded: recorded(context.options),
        agents: devices(context.devices.of_run())
            .chain(reviewers(observations))
            .collect(),
        entities: uid.chain(mapping(versions)).collect(),
        ai_asserted: observations.iter().any(|o| o.ai_asserted),
    }
}

/// The Provenance of a run, told from others by everything that changes an answer. `run` are its Devices.
pub(crate) fn of_run<'a>(versions: &Versions, run: &'a [Device], options: &'a Options) -> Provenance<'a> {
    let key = run_key(versions);
    Provenance {
        id: options.ids().id("Provenance", &["run", &key]),
        targets: vec![Target::Run(key)],
        recorded: recorded(options),
        agents: devices(run).collect(),
        entities: mapping(versions).into_iter().collect(),
        ai_asserted: versions.model.is_some(),
    }
}

fn recorded(options: &Options) -> Option<&str> {
    options.recorded.as_ref().map(Instant::as_str)
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

fn mapping(versions: &Versions) -> Option<Entity<'static>> {
    Some(Entity {
        system: system::MAPPING_SET,
        value: Cow::Owned(clean(&versions.mapping)?),
        display: "the mapping sets",
    })
}

/// The program assembled what its model performed.
fn devices(run: &[Device]) -> impl Iterator<Item = Agent<'_>> {
    let assembler = Code::new(system::AGENT, "assembler", "Assembler");
    let performer = Code::new(system::AGENT, "performer", "Performer");
    let roles = std::iter::once(assembler).chain(std::iter::repeat(performer));
    roles.zip(run).map(|(role, device)| Agent {
        role,
        who: Who::Device(&device.id),
    })
}

fn reviewers<'a>(observations: &'a [Observation<'a>]) -> impl Iterator<Item = Agent<'a>> {
    let names: BTreeSet<&str> = observations.iter().filter_map(|o| o.reviewer.as_deref()).collect();
    names.into_iter().map(|name| Agent {
        role: Code::new(system::AGENT, "verifier", "Verifier"),
        who: Who::Reviewer(name),
    })
}
