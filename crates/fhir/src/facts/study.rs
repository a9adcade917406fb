//! The facts of an ImagingStudy.

use std::collections::BTreeSet;

use bodysite_core::{
    Answer, Attribute, BodySite, Facet, IssueCode, NormalizedInstance, NormalizedSeries, NormalizedStudy,
};

use crate::Options;
use crate::code::{Code, Coded};
use crate::facts::device::{self, Device};
use crate::facts::{examined, text};
use crate::value::{moment, number, text::clean, uid};

/// A study.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Study {
    pub(crate) id: String,
    /// `urn:oid:…`, where the UID is one.
    pub(crate) urn: Option<String>,
    pub(crate) accession: Option<String>,
    pub(crate) modalities: Vec<Code>,
    pub(crate) started: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) series: Vec<Series>,
    /// Whether the body site of a series is a model's answer.
    pub(crate) ai_asserted: bool,
}

/// A series of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    pub(crate) uid: String,
    pub(crate) number: Option<u32>,
    pub(crate) modality: Option<Code>,
    pub(crate) description: Option<String>,
    /// Absent unless there is a code; then with the header's words.
    pub(crate) body_site: Option<Coded>,
    pub(crate) laterality: Option<Code>,
    pub(crate) performer: Option<Device>,
    pub(crate) instances: Vec<Instance>,
}

/// An instance of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Instance {
    pub(crate) uid: String,
    /// `urn:oid:…` of the SOP class.
    pub(crate) sop_class: Option<String>,
    pub(crate) number: Option<u32>,
}

impl Study {
    pub(crate) fn of(study: &NormalizedStudy, options: &Options) -> Study {
        let series: Vec<Series> = study.series.iter().map(|s| one_series(s, options)).collect();
        let accession = first_text(study, Attribute::AccessionNumber);
        let description = first_text(study, Attribute::StudyDescription);
        Study {
            id: options.ids().id("ImagingStudy", &[&study.uid]),
            urn: uid::urn(&study.uid),
            accession: accession.filter(|_| options.include_accession),
            modalities: modalities(&series),
            started: started(study, options),
            description: description.filter(|_| options.include_descriptions),
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

fn modalities(series: &[Series]) -> Vec<Code> {
    let mut codes: Vec<Code> = Vec::new();
    for code in series.iter().filter_map(|s| s.modality.as_ref()) {
        if !codes.contains(code) {
            codes.push(code.clone());
        }
    }
    codes
}

fn one_series(series: &NormalizedSeries, options: &Options) -> Series {
    let of = |attribute| series.instances.iter().find_map(|i| i.header.text(attribute));
    let description = of(Attribute::SeriesDescription).and_then(clean);
    Series {
        uid: uid::element_id(&series.uid, &options.ids()),
        number: of(Attribute::SeriesNumber).and_then(number::unsigned),
        modality: of(Attribute::Modality).and_then(Code::modality),
        description: description.filter(|_| options.include_descriptions),
        body_site: body_site(series, options),
        laterality: laterality(series),
        performer: device::equipment(series, &options.ids()),
        instances: instances(series, options),
    }
}

/// The instances, each SOP Instance UID once: further files with the same UID are in the study's issues.
fn instances(series: &NormalizedSeries, options: &Options) -> Vec<Instance> {
    let mut seen = BTreeSet::new();
    let text = |i: &NormalizedInstance, attribute| i.header.text(attribute).map(str::to_owned);
    series
        .instances
        .iter()
        .map(|i| Instance {
            uid: uid::element_id(
                i.header.text(Attribute::SOPInstanceUID).unwrap_or_default(),
                &options.ids(),
            ),
            sop_class: text(i, Attribute::SOPClassUID).and_then(|c| uid::urn(&c)),
            number: text(i, Attribute::InstanceNumber).and_then(|n| number::unsigned(&n)),
        })
        .filter(|i| seen.insert(i.uid.clone()))
        .collect()
}

fn answer(series: &NormalizedSeries, facet: Facet) -> Option<&Answer> {
    let resolution = series.resolutions.iter().find(|r| r.facet == facet)?;
    resolution.answer.as_ref()
}

/// The body site of a series, where one code says it: R4 has room for one. The parts of a combination that has no
/// concept of its own are components of the "examined" Observation.
fn body_site(series: &NormalizedSeries, options: &Options) -> Option<Coded> {
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
        text: said.and_then(|t| text::original(t, assertions, options)),
    })
}

/// Codes that each say the whole answer: the target and then the finer concept of one site, or the concept that all
/// sites of a combination have in common.
pub(crate) fn codes_of(sites: &[BodySite]) -> Vec<Code> {
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

fn laterality(series: &NormalizedSeries) -> Option<Code> {
    match answer(series, Facet::Laterality)? {
        Answer::Side(side) => Code::of(&side.coding()),
        _ => None,
    }
}
