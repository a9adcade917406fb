//! "Examined" Observations (DCM 123014 Target Region): what was to be imaged.
//!
//! One a series where its images agree, otherwise one for each answer, naming its images. The header's answer and a
//! reviewer's are final, a model's is preliminary and labelled. Where header and image contradict each other and the
//! run's policy gives no answer, the Observation has no value; both claims are its components.

use std::borrow::Cow;

use bodysite_core::{
    Answer, Assertion, Attribute, Basis, BodySite, Facet, NormalizedInstance, NormalizedSeries, Resolution, Verdict,
};

use crate::Options;
use crate::code::{Code, Coded, Meaning, system};
use crate::facts::context::Context;
use crate::facts::observation::{Component, ComponentValue, Observation, Observations, Status, by_model};
use crate::facts::{study, text};
use crate::ids::Ids;
use crate::value::{moment::Instant, number, text::clean, uid};

/// Who answers.
#[derive(Debug, Clone, PartialEq)]
enum Voice<'a> {
    Header,
    Model {
        name: &'a str,
        weights: &'a str,
    },
    Reviewer {
        name: &'a str,
        at: &'a str,
    },
    /// Sources that contradict each other, and nobody decided.
    Nobody(Vec<&'a Answer>),
    /// Nothing is known; the texts that map to nothing.
    Silence(Option<String>),
}

/// Images of a series with the same answer from the same voice.
struct Group<'a> {
    voice: Voice<'a>,
    resolution: &'a Resolution,
    instances: Vec<&'a NormalizedInstance>,
}

/// The Observations of one series.
pub(crate) fn observations<'a>(context: &'a Context<'a>, series: &'a NormalizedSeries) -> Vec<Observation<'a>> {
    let groups = groups(series, context.options);
    let alone = groups.len() == 1;
    let mut observations = Observations::default();
    for group in &groups {
        let key = key(&context.study.uid, series, group, alone);
        let observation = observation(context, series, group, alone);
        observations.add(observation, &key, &context.ids);
    }
    observations.all
}

/// Whether the answer of a series is a model's.
pub(crate) fn rests_on_model(series: &NormalizedSeries, options: &Options) -> bool {
    let mut resolutions = series.resolutions.iter();
    let answer = resolutions.find(|r| r.facet == Facet::Examined);
    let Some(answer) = answer.and_then(|r| r.answer.as_ref()) else {
        return false;
    };
    let mut of_images = series.instances.iter().filter_map(|i| examined(i).map(|r| (r, i)));
    of_images.any(|(resolution, instance)| {
        let same = resolution.answer.as_ref() == Some(answer);
        same && matches!(voice(resolution, &instance.assertions, options), Voice::Model { .. })
    })
}

fn groups<'a>(series: &'a NormalizedSeries, options: &Options) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for instance in &series.instances {
        let Some(resolution) = examined(instance) else {
            continue;
        };
        let voice = voice(resolution, &instance.assertions, options);
        let same = |g: &&mut Group<'_>| g.voice == voice && g.resolution.answer == resolution.answer;
        match groups.iter_mut().find(same) {
            Some(group) => group.instances.push(instance),
            None => groups.push(Group {
                voice,
                resolution,
                instances: vec![instance],
            }),
        }
    }
    groups
}

fn examined(instance: &NormalizedInstance) -> Option<&Resolution> {
    let mut resolutions = instance.resolutions.iter();
    resolutions.find(|r| r.facet == Facet::Examined)
}

fn supporting<'a>(resolution: &'a Resolution, assertions: &'a [Assertion]) -> impl Iterator<Item = &'a Assertion> {
    resolution.from.iter().filter_map(|i| assertions.get(*i))
}

fn voice<'a>(resolution: &'a Resolution, assertions: &'a [Assertion], options: &Options) -> Voice<'a> {
    let Some(answer) = &resolution.answer else {
        return without_answer(resolution, assertions, options);
    };
    let mut supporting = supporting(resolution, assertions);
    let decisive = supporting.find(|a| a.answer == *answer);
    let decisive = decisive.or_else(|| resolution.from.first().and_then(|i| assertions.get(*i)));
    match decisive.map(|a| &a.basis) {
        Some(Basis::Classified { model, weights }) => Voice::Model { name: model, weights },
        Some(Basis::Reviewed { reviewer, at }) => Voice::Reviewer { name: reviewer, at },
        _ => Voice::Header,
    }
}

fn without_answer<'a>(resolution: &'a Resolution, assertions: &'a [Assertion], options: &Options) -> Voice<'a> {
    let decided = supporting(resolution, assertions).find_map(|a| match &a.basis {
        Basis::Reviewed { reviewer, at } => Some(Voice::Reviewer { name: reviewer, at }),
        _ => None,
    });
    if let Some(reviewer) = decided {
        return reviewer;
    }
    if resolution.verdict == Verdict::Conflicting {
        let claims = supporting(resolution, assertions).map(|a| &a.answer);
        return Voice::Nobody(claims.collect());
    }
    let about = assertions.iter().filter(|a| a.facet == Facet::Examined);
    Voice::Silence(about.filter_map(|a| text::unmapped(a, options)).next())
}

fn observation<'a>(
    context: &'a Context<'a>,
    series: &NormalizedSeries,
    group: &Group<'a>,
    alone: bool,
) -> Observation<'a> {
    let mut observation = Observation::empty(Code::dcm("123014", "Target Region"), context);
    observation.components = about(series, group, alone, &context.ids);
    match &group.voice {
        Voice::Header => said_by_header(&mut observation, group, context),
        Voice::Model { name, weights } => {
            said_by_model(&mut observation, group, context.options);
            observation.device = context.devices.model(name, weights);
        }
        Voice::Reviewer { name, at } => said_by_reviewer(&mut observation, group, name, at),
        Voice::Nobody(_) => contested(&mut observation, group, context),
        Voice::Silence(text) => {
            observation.device = Some(context.devices.program());
            say_nothing(&mut observation, text.clone());
        }
    }
    if group.resolution.verdict == Verdict::Conflicting {
        observation.status = Status::Preliminary;
    }
    observation.components.extend(laterality(group));
    observation
}

/// The id names the series, the first image where the series has several answers, and the model where one answers:
/// another model adds an Observation and replaces none.
fn key<'a>(study: &'a str, series: &'a NormalizedSeries, group: &Group<'a>, alone: bool) -> Vec<&'a str> {
    let mut parts = vec!["examined", study, &series.uid];
    if !alone {
        parts.push(sop_uid(group.instances[0]));
    }
    if let Voice::Model { weights, .. } = &group.voice {
        parts.push(weights);
    }
    parts
}

fn sop_uid(instance: &NormalizedInstance) -> &str {
    let uid = instance.header.text(Attribute::SOPInstanceUID);
    uid.unwrap_or_default()
}

fn about<'a>(series: &NormalizedSeries, group: &Group<'_>, alone: bool, ids: &Ids<'_>) -> Vec<Component<'a>> {
    let mut components = vec![Component::series(uid::named(&series.uid, ids))];
    if !alone {
        let uids = group.instances.iter().map(|i| uid::named(sop_uid(i), ids));
        components.extend(uids.map(Component::instance));
    }
    components
}

fn sites<'a>(group: &Group<'a>) -> &'a [BodySite] {
    match &group.resolution.answer {
        Some(Answer::Sites(sites)) => sites,
        _ => &[],
    }
}

/// The codes that say the whole answer, with the header's words.
fn value<'a>(group: &Group<'a>, options: &Options) -> Option<Coded<'a>> {
    let said = group.resolution.original_text.as_deref();
    let assertions = group.instances.iter().flat_map(|i| &i.assertions);
    let text = said
        .and_then(|t| text::original(t, assertions, options))
        .map(Cow::Owned);
    let codes = study::codes_of(sites(group));
    (text.is_some() || !codes.is_empty()).then_some(Coded { codes, text })
}

/// The parts of a combination, each for itself, so that a search for one part finds it.
fn parts(sites: &[BodySite]) -> impl Iterator<Item = Component<'_>> {
    sites.iter().map(|site| {
        let code = Code::new(system::SNOMED, "363698007", "Finding Site");
        Component::coded(code, Coded::one(Code::concept(&site.target)))
    })
}

fn said_by_header<'a>(observation: &mut Observation<'a>, group: &Group<'a>, context: &'a Context<'a>) {
    observation.device = Some(context.devices.program());
    observation.value = value(group, context.options);
    observation.method = Some(Coded::text(header_method(group)));
    if sites(group).len() > 1 {
        observation.components.extend(parts(sites(group)));
    }
}

/// The attributes that the answer rests on, and how they were read.
fn header_method(group: &Group<'_>) -> String {
    let assertions = &group.instances[0].assertions;
    let mut sources: Vec<String> = Vec::new();
    for assertion in supporting(group.resolution, assertions) {
        let source = match &assertion.basis {
            Basis::Coded { selector, .. } => format!("{selector} (coded)"),
            Basis::Mapped { selector, method, .. } => format!("{selector} ({method})"),
            _ => continue,
        };
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    match sources.is_empty() {
        true => "header".to_owned(),
        false => format!("header: {}", sources.join(", ")),
    }
}

fn said_by_model<'a>(observation: &mut Observation<'a>, group: &Group<'a>, options: &Options) {
    observation.status = Status::Preliminary;
    observation.ai_asserted = true;
    observation.value = value(group, options);
    observation.method = Some(by_model());
    let confidence = least_confidence(group);
    let parts = parts(sites(group)).map(|part| Component { confidence, ..part });
    observation.components.extend(parts);
}

/// The least probability among the images of the group.
fn least_confidence(group: &Group<'_>) -> Option<f64> {
    let all = group.instances.iter().filter_map(|i| examined(i)?.confidence);
    all.reduce(f64::min).and_then(number::probability)
}

fn said_by_reviewer<'a>(observation: &mut Observation<'a>, group: &Group<'a>, name: &str, at: &str) {
    let codes = study::codes_of(sites(group));
    observation.method = Some(Coded::text("review"));
    observation.reviewer = clean(name);
    observation.issued = at.parse().ok().map(|at: Instant| at.as_str().to_owned());
    if !codes.is_empty() {
        observation.value = Some(Coded { codes, text: None });
    }
    if sites(group).len() > 1 {
        observation.components.extend(parts(sites(group)));
    }
    if sites(group).is_empty() {
        observation.absent = Some(absent("not-applicable", "Not Applicable"));
    }
}

fn absent(code: &'static str, display: &'static str) -> Coded<'static> {
    Coded::one(Code::new(system::ABSENT, code, display))
}

fn say_nothing(observation: &mut Observation<'_>, text: Option<String>) {
    observation.method = Some(Coded::text("header"));
    match text {
        Some(text) => observation.value = Some(Coded::text(text)),
        None => observation.absent = Some(absent("unknown", "Unknown")),
    }
}

fn contested<'a>(observation: &mut Observation<'a>, group: &Group<'a>, context: &'a Context<'a>) {
    let instance = group.instances[0];
    let reason = absent("temp-unknown", "Temporarily Unknown");
    observation.absent = Some(reason.with_text("the sources contradict each other and a person must decide"));
    observation.device = Some(context.devices.program());
    for assertion in supporting(group.resolution, &instance.assertions) {
        let by_model = matches!(assertion.basis, Basis::Classified { .. });
        observation.ai_asserted |= by_model;
        observation.components.extend(claim(assertion, context.options));
    }
}

/// One side of a contradiction. `obs-7` allows the code of the Observation here because that has no value.
fn claim<'a>(assertion: &'a Assertion, options: &Options) -> Option<Component<'a>> {
    let by_model = matches!(assertion.basis, Basis::Classified { .. });
    let said = assertion.basis.text();
    let text = said.and_then(|t| text::original(t, std::iter::once(assertion), options));
    let text = text.map(Cow::Owned);
    let mut codes = study::codes_of(assertion.sites());
    if codes.is_empty() {
        codes.extend(assertion.sites().first().map(|s| Code::concept(&s.target)));
    }
    let confidence = assertion.confidence.filter(|_| by_model);
    (!codes.is_empty()).then(|| Component {
        code: Meaning::Code([Code::dcm("123014", "Target Region")]),
        value: ComponentValue::Coded(Coded { codes, text }),
        confidence: confidence.and_then(number::probability),
    })
}

/// The side, where every image of the group has the same.
fn laterality<'a>(group: &Group<'_>) -> Option<Component<'a>> {
    let side = |instance: &NormalizedInstance| {
        let mut resolutions = instance.resolutions.iter();
        match resolutions.find(|r| r.facet == Facet::Laterality)?.answer {
            Some(Answer::Side(side)) => Some(side),
            _ => None,
        }
    };
    let first = side(group.instances[0])?;
    let same = group.instances.iter().all(|i| side(i) == Some(first));
    let value = Code::of(first.coding()).filter(|_| same)?;
    let code = Code::new(system::SNOMED, "272741003", "Laterality");
    Some(Component::coded(code, Coded::one(value)))
}
