//! What was answered for one image, by each source on its own and by all together.

use bodysite_core::{Answer, Assertion, Attribute, Basis, Facet, Header, Resolution, Sctid, Side, Verdict};
use serde::Serialize;

/// A target with its probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scored {
    /// The target.
    pub code: Sctid,
    /// Calibrated probability, where there is one.
    pub p: Option<f64>,
}

/// One answer about the examined part.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Answered {
    /// Targets, sorted; empty where there is no answer.
    pub sites: Vec<Sctid>,
    /// Probability that the answer is right.
    pub confidence: Option<f64>,
}

/// Whose answer is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The mapped header alone.
    Header,
    /// The image model alone.
    Model,
    /// Header and image reconciled, a conflict decided for the likelier side.
    Reconciled,
    /// What the run writes out: on a conflict, as `--on-conflict` says.
    Emitted,
}

impl Source {
    /// Every source, in the order of reports.
    pub const ALL: [Source; 4] = [Source::Header, Source::Model, Source::Reconciled, Source::Emitted];

    /// Its name in reports.
    pub fn word(self) -> &'static str {
        match self {
            Source::Header => "header",
            Source::Model => "model",
            Source::Reconciled => "reconciled",
            Source::Emitted => "emitted",
        }
    }
}

/// Everything that is scored about one image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// The image.
    pub path: String,
    /// Body Part Examined as read; not written into any report.
    #[serde(skip)]
    pub raw: Option<String>,
    /// The mapped header alone.
    pub header: Answered,
    /// The image model alone; without an answer where it abstains or is off.
    pub model: Answered,
    /// The image model's candidates, best first.
    pub candidates: Vec<Scored>,
    /// Parts that the image model sees; `None` where it was not asked or abstained.
    pub visible: Option<Vec<Scored>>,
    /// Reconciled, a conflict decided for the likelier side.
    pub reconciled: Answered,
    /// What the run writes out.
    pub emitted: Answered,
    /// How the emitted answer came about.
    pub verdict: Verdict,
    /// The emitted side.
    pub side: Option<Side>,
    /// Whether the run asks a person to look.
    pub review: bool,
}

/// The resolutions of one image under the three ways of answering that are compared.
#[derive(Debug, Clone, Copy)]
pub struct Stages<'a> {
    /// From the header's assertions alone.
    pub header: &'a [Resolution],
    /// From all assertions, a conflict decided for the likelier side.
    pub reconciled: &'a [Resolution],
    /// From all assertions, under the run's own policy.
    pub emitted: &'a [Resolution],
}

impl Prediction {
    /// What is scored about an image, from what was asserted and resolved.
    pub fn new(path: &str, header: &Header, assertions: &[Assertion], stages: Stages<'_>, review: bool) -> Prediction {
        let verdict = examined(stages.emitted).map_or(Verdict::Unresolved, |r| r.verdict);
        Prediction {
            raw: header.text(Attribute::BodyPartExamined).map(str::to_owned),
            header: answered(stages.header),
            model: model_answer(assertions),
            candidates: candidates(assertions),
            visible: by_model(assertions, Facet::Visible).next().map(scored),
            reconciled: answered(stages.reconciled),
            emitted: answered(stages.emitted),
            verdict,
            side: stages.emitted.iter().find_map(side),
            review,
            ..Prediction::without_answer(path)
        }
    }

    /// An image of which nothing is known: a file that failed.
    pub fn without_answer(path: &str) -> Prediction {
        Prediction {
            path: path.to_owned(),
            raw: None,
            header: Answered::default(),
            model: Answered::default(),
            candidates: Vec::new(),
            visible: None,
            reconciled: Answered::default(),
            emitted: Answered::default(),
            verdict: Verdict::Unresolved,
            side: None,
            review: false,
        }
    }

    /// The answer of one source.
    pub fn answer(&self, source: Source) -> &Answered {
        match source {
            Source::Header => &self.header,
            Source::Model => &self.model,
            Source::Reconciled => &self.reconciled,
            Source::Emitted => &self.emitted,
        }
    }
}

fn examined(resolutions: &[Resolution]) -> Option<&Resolution> {
    resolutions.iter().find(|r| r.facet == Facet::Examined)
}

fn side(resolution: &Resolution) -> Option<Side> {
    match resolution.answer {
        Some(Answer::Side(side)) => Some(side),
        _ => None,
    }
}

fn answered(resolutions: &[Resolution]) -> Answered {
    let Some(resolution) = examined(resolutions) else {
        return Answered::default();
    };
    let Some(Answer::Sites(sites)) = &resolution.answer else {
        return Answered::default();
    };
    let mut sites: Vec<Sctid> = sites.iter().map(|s| s.target.code).collect();
    sites.sort();
    sites.dedup();
    Answered {
        sites,
        confidence: resolution.confidence,
    }
}

fn by_model(assertions: &[Assertion], facet: Facet) -> impl Iterator<Item = &Assertion> {
    let claims = assertions.iter().filter(move |a| a.facet == facet);
    claims.filter(|a| matches!(a.basis, Basis::Classified { .. }) && !a.sites().is_empty())
}

/// The sites of a model's claim with their probabilities, in its own order.
fn scored(claim: &Assertion) -> Vec<Scored> {
    let sites = claim.sites().iter().enumerate();
    sites
        .map(|(at, site)| Scored {
            code: site.target.code,
            p: claim.probabilities.get(at).copied().or(claim.confidence),
        })
        .collect()
}

/// A model's claim with a confidence is its answer; one without lists what it may be.
fn model_answer(assertions: &[Assertion]) -> Answered {
    let Some(claim) = by_model(assertions, Facet::Examined).find(|c| c.confidence.is_some()) else {
        return Answered::default();
    };
    Answered {
        sites: claim.sites().first().map(|s| s.target.code).into_iter().collect(),
        confidence: claim.confidence,
    }
}

fn candidates(assertions: &[Assertion]) -> Vec<Scored> {
    let list = by_model(assertions, Facet::Examined).find(|c| c.confidence.is_none());
    let claim = list.or_else(|| by_model(assertions, Facet::Examined).next());
    claim.map(scored).unwrap_or_default()
}
