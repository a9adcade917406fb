//! The facts of an ImagingStudy.

use std::borrow::Cow;
use std::collections::HashSet;

use bodysite_core::{
    Answer, Attribute, BodySite, Facet, IssueCode, NormalizedInstance, NormalizedSeries, NormalizedStudy,
};

use crate::Options;
use crate::code::{Code, Coded};
use crate::facts::context::Context;
use crate::facts::{examined, text};
use crate::value::{moment, number, text::clean, uid};

/// A study.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Study<'a> {
    pub(crate) id: &'a str,
    /// `urn:oid:…`, where the UID is one.
    pub(crate) urn: Option<String>,
    pub(crate) accession: Option<String>,
    pub(crate) modalities: Vec<Code<'static>>,
    pub(crate) started: Option<&'a str>,
    pub(crate) description: Option<String>,
    pub(crate) series: Vec<Series<'a>>,
    /// Whether the body site of a series is a model's answer.
    pub(crate) ai_asserted: bool,
}

/// A series of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series<'a> {
    pub(crate) uid: Cow<'a, str>,
    pub(crate) number: Option<u32>,
    pub(crate) modality: Option<Code<'static>>,
    pub(crate) description: Option<String>,
    /// Absent unless there is a code; then with the header's words.
    pub(crate) body_site: Option<Coded<'a>>,
    pub(crate) laterality: Option<Code<'static>>,
    /// Id of the Device that made it.
    pub(crate) performer: Option<&'a str>,
    pub(crate) instances: Vec<Instance<'a>>,
}

/// An instance of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Instance<'a> {
    pub(crate) uid: Cow<'a, str>,
    /// `urn:oid:…` of the SOP class.
    pub(crate) sop_class: Option<String>,
    pub(crate) number: Option<u32>,
}

impl<'a> Study<'a> {
    pub(crate) fn of(context: &'a Context<'a>) -> Self {
        let Context { study, options, .. } = context;
        let series = study.series.iter().enumerate();
        let series: Vec<Series<'_>> = series.map(|(at, s)| one_series(context, at, s)).collect();
        let open = |attribute, wanted: bool| wanted.then(|| first_text(study, attribute)).flatten();
        Study {
            id: &context.id,
            urn: uid::urn(&study.uid),
            accession: open(Attribute::AccessionNumber, options.include_accession),
            modalities: modalities(&series),
            started: context.started.as_deref(),
            description: open(Attribute::StudyDescription, options.include_descriptions),
            ai_asserted: study.series.iter().any(|s| examined::rests_on_model(s, options)),
            series,
        }
    }

    pub(crate) fn instances(&self) -> usize {
        self.series.iter().map(|s| s.instances.len()).sum()
    }
}

/// Whether its files name two patients, so that nothing may be said of it but that.
pub(crate) fn names_two_patients(study: &NormalizedStudy) -> bool {
    study.issues.iter().any(|i| i.code == IssueCode::TwoPatients)
}

fn instances_of(study: &NormalizedStudy) -> impl Iterator<Item = &NormalizedInstance> {
    study.series.iter().flat_map(|s| &s.instances)
}

fn first_text(study: &NormalizedStudy, attribute: Attribute) -> Option<String> {
    instances_of(study).find_map(|i| i.header.text(attribute).and_then(clean))
}

/// Start of the study, from the first instance that has a date which is one.
pub(crate) fn started(study: &NormalizedStudy, options: &Options) -> Option<String> {
    instances_of(study).find_map(|instance| {
        let text = |attribute| instance.header.text(attribute);
        let zone = text(Attribute::TimezoneOffsetFromUTC).and_then(|t| t.trim().parse().ok());
        let zone = zone.or(options.default_timezone);
        moment::date_time(text(Attribute::StudyDate), text(Attribute::StudyTime), zone)
    })
}

fn modalities(series: &[Series<'_>]) -> Vec<Code<'static>> {
    let mut codes: Vec<Code<'_>> = Vec::new();
    for code in series.iter().filter_map(|s| s.modality.as_ref()) {
        if !codes.contains(code) {
            codes.push(code.clone());
        }
    }
    codes
}

/// The series at a place in its study.
fn one_series<'a>(context: &'a Context<'a>, at: usize, series: &'a NormalizedSeries) -> Series<'a> {
    let options = context.options;
    let of = |attribute| series.instances.iter().find_map(|i| i.header.text(attribute));
    let described = || of(Attribute::SeriesDescription).and_then(clean);
    Series {
        uid: uid::element_id(&series.uid, &context.ids),
        number: of(Attribute::SeriesNumber).and_then(number::unsigned),
        modality: of(Attribute::Modality).and_then(Code::modality),
        description: options.include_descriptions.then(described).flatten(),
        body_site: body_site(series, options),
        laterality: laterality(series),
        performer: context.devices.equipment(at),
        instances: instances(context, series),
    }
}

/// The instances, each SOP Instance UID once: further files with the same UID are in the study's issues.
fn instances<'a>(context: &Context<'_>, series: &'a NormalizedSeries) -> Vec<Instance<'a>> {
    let mut seen = HashSet::new();
    let instances = series.instances.iter().map(|i| {
        let text = |attribute| i.header.text(attribute);
        let uid = text(Attribute::SOPInstanceUID).unwrap_or_default();
        Instance {
            uid: uid::element_id(uid, &context.ids),
            sop_class: text(Attribute::SOPClassUID).and_then(uid::urn),
            number: text(Attribute::InstanceNumber).and_then(number::unsigned),
        }
    });
    instances.filter(|i| seen.insert(i.uid.clone())).collect()
}

fn answer(series: &NormalizedSeries, facet: Facet) -> Option<&Answer> {
    let resolution = series.resolutions.iter().find(|r| r.facet == facet)?;
    resolution.answer.as_ref()
}

/// The body site of a series, where one code says it: R4 has room for one. The parts of a combination that has no
/// concept of its own are components of the "examined" Observation.
fn body_site<'a>(series: &'a NormalizedSeries, options: &Options) -> Option<Coded<'a>> {
    let Some(Answer::Sites(sites)) = answer(series, Facet::Examined) else {
        return None;
    };
    let codes = codes_of(sites);
    if codes.is_empty() {
        return None;
    }
    let resolution = series.resolutions.iter().find(|r| r.facet == Facet::Examined)?;
    let assertions = series.instances.iter().flat_map(|i| &i.assertions);
    let said = resolution.original_text.as_deref();
    Some(Coded {
        codes,
        text: said
            .and_then(|t| text::original(t, assertions, options))
            .map(Cow::Owned),
    })
}

/// Codes that each say the whole answer: the target and then the finer concept of one site, or the concept that all
/// sites of a combination have in common.
pub(crate) fn codes_of(sites: &[BodySite]) -> Vec<Code<'_>> {
    match sites {
        [] => Vec::new(),
        [site] => {
            let finer = site.exact.iter().filter(|e| e.code != site.target.code);
            let concepts = std::iter::once(&site.target).chain(finer);
            concepts.map(Code::concept).collect()
        }
        [first, rest @ ..] => {
            let shared = first.exact.iter().filter(|e| {
                let same = rest.iter().all(|s| s.exact.as_ref() == Some(e));
                same && sites.iter().all(|s| s.target.code != e.code)
            });
            shared.map(Code::concept).collect()
        }
    }
}

fn laterality(series: &NormalizedSeries) -> Option<Code<'static>> {
    match answer(series, Facet::Laterality)? {
        Answer::Side(side) => Code::of(side.coding()),
        _ => None,
    }
}
