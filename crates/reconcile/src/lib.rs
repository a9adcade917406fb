//! Pure policy: many assertions to one resolution per facet; instances to series to study.
//!
//! Reading order: [`relation`](Relation) (how two answers relate), `header` (several header attributes to one
//! answer), `belief` (how probable each target is, given both sides), `image` (the truth table of header against
//! image model), `laterality`, `series`, `study`.
//!
//! Nothing here reads a file or maps a text. Given the same assertions and [`Policy`] the answer is the same.

mod belief;
mod header;
mod image;
mod laterality;
mod passthrough;
mod relation;
mod selector;
mod sentence;
mod series;
mod study;

use std::str::FromStr;

use bodysite_core::{Answer, Assertion, Basis, Facet, Issue, IssueCode, Resolution, Verdict};
use bodysite_terminology::Terminology;

pub use relation::{Relation, relate};
pub use selector::{Trust, trust_of};
pub use series::resolve_series;
pub use study::resolve_study;

/// Whose answer is emitted when header and image contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// Nobody's: a person is asked.
    #[default]
    None,
    /// The header's.
    Header,
    /// The image model's.
    Image,
    /// That of the side which is likelier by the probabilities of both; for search, where a guess beats silence.
    Likelier,
}

impl FromStr for OnConflict {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(OnConflict::None),
            "header" => Ok(OnConflict::Header),
            "image" => Ok(OnConflict::Image),
            "likelier" => Ok(OnConflict::Likelier),
            other => Err(format!("{other:?} is none of none, header, image, likelier")),
        }
    }
}

impl OnConflict {
    /// The word of the command line.
    pub fn word(self) -> &'static str {
        match self {
            OnConflict::None => "none",
            OnConflict::Header => "header",
            OnConflict::Image => "image",
            OnConflict::Likelier => "likelier",
        }
    }
}

/// How often an attribute of each trust names the part that is on the image, where it names one.
///
/// Güld et al. 2002 (SPIE 4685:280) found 15.3 % of the values of Body Part Examined wrong in one hospital's archive;
/// the others are set beside it by judgement. An archive that knows its own shares should use them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reliability {
    /// Codes of the region.
    pub region_code: f64,
    /// Text about the series.
    pub series_text: f64,
    /// Body Part Examined.
    pub body_part: f64,
    /// Text about the study, which may be about another of its images.
    pub study_text: f64,
}

impl Default for Reliability {
    fn default() -> Self {
        Reliability {
            region_code: 0.9,
            series_text: 0.9,
            body_part: 0.85,
            study_text: 0.7,
        }
    }
}

impl Reliability {
    /// That of one trust.
    pub fn of(&self, trust: Trust) -> f64 {
        match trust {
            Trust::RegionCode => self.region_code,
            Trust::SeriesText => self.series_text,
            Trust::BodyPart => self.body_part,
            Trust::StudyText => self.study_text,
        }
    }
}

/// The choices that change an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// What to emit on a conflict.
    pub on_conflict: OnConflict,
    /// Calibrated probability from which the image model counts as confident.
    pub confident: f64,
    /// How far headers are to be believed.
    pub reliability: Reliability,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            on_conflict: OnConflict::None,
            confident: 0.8,
            reliability: Reliability::default(),
        }
    }
}

impl Policy {
    /// The policy as one stable text, part of a run's versions.
    pub fn describe(&self) -> String {
        let r = &self.reliability;
        format!(
            "on-conflict={},confident={:.3},reliability={:.3}/{:.3}/{:.3}/{:.3}",
            self.on_conflict.word(),
            self.confident,
            r.region_code,
            r.series_text,
            r.body_part,
            r.study_text
        )
    }
}

/// Resolves every facet of one instance.
///
/// Resolutions come in the order Examined, Visible, Laterality, View; a facet about which nothing was said has
/// none, except Examined, which always has one.
pub fn resolve_instance(
    assertions: &[Assertion],
    policy: &Policy,
    terminology: &Terminology,
) -> (Vec<Resolution>, Vec<Issue>) {
    let mut issues = Vec::new();
    let claims = header::claims(assertions, policy);
    let header = header::resolve(&claims, terminology, &mut issues);
    let examined = reviewed(assertions, Facet::Examined)
        .unwrap_or_else(|| image::resolve(header, &claims, assertions, policy, terminology, &mut issues));
    let laterality = reviewed(assertions, Facet::Laterality)
        .or_else(|| laterality::resolve(assertions, &examined, terminology, &mut issues));
    let visible = reviewed(assertions, Facet::Visible).or_else(|| passthrough::strongest(assertions, Facet::Visible));
    let view = reviewed(assertions, Facet::View).or_else(|| passthrough::strongest(assertions, Facet::View));
    let resolutions = [Some(examined), visible, laterality, view];
    issues.sort();
    issues.dedup();
    (resolutions.into_iter().flatten().collect(), issues)
}

/// The newest decision of a reviewer settles a facet, whatever else was said.
fn reviewed(assertions: &[Assertion], facet: Facet) -> Option<Resolution> {
    let (at, decision) = assertions
        .iter()
        .enumerate()
        .rfind(|(_, a)| a.facet == facet && matches!(a.basis, Basis::Reviewed { .. }))?;
    let Basis::Reviewed { reviewer, at: when } = &decision.basis else {
        return None;
    };
    let answer = match &decision.answer {
        Answer::NoMap(_) => None,
        answer => Some(answer.clone()),
    };
    Some(Resolution {
        facet,
        verdict: Verdict::Reviewed,
        because: format!("{reviewer} decided this on {when}."),
        confidence: None,
        original_text: None,
        from: vec![at],
        answer,
    })
}

/// Whether a person should look at the image. Once one has said what was examined, only the side can ask again.
pub fn needs_review(verdict: Verdict, issues: &[Issue]) -> bool {
    let asks = |issue: &Issue| match issue.code {
        IssueCode::LateralityConflict => true,
        IssueCode::HeaderContradiction | IssueCode::ImageContradiction => verdict != Verdict::Reviewed,
        _ => false,
    };
    verdict == Verdict::Conflicting || issues.iter().any(asks)
}
