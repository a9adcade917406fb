//! Pure policy: many assertions to one resolution per facet; instances to series.
//!
//! Reading order: [`relation`](Relation) (how two answers relate), `header` (several header attributes to one
//! answer), `image` (the truth table of header against image model), `laterality`, `series`.
//!
//! Nothing here reads a file or maps a text. Given the same assertions and [`Policy`] the answer is the same.

mod header;
mod image;
mod laterality;
mod passthrough;
mod relation;
mod selector;
mod sentence;
mod series;

use std::str::FromStr;

use bodysite_core::{Answer, Assertion, Basis, Facet, Issue, IssueCode, Resolution, Verdict};
use bodysite_terminology::Terminology;

pub use relation::{Relation, relate};
pub use selector::{Trust, trust_of};
pub use series::resolve_series;

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
}

impl FromStr for OnConflict {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(OnConflict::None),
            "header" => Ok(OnConflict::Header),
            "image" => Ok(OnConflict::Image),
            other => Err(format!("{other:?} is none of none, header, image")),
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
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            on_conflict: OnConflict::None,
            confident: 0.8,
        }
    }
}

impl Policy {
    /// The policy as one stable text, part of a run's versions.
    pub fn describe(&self) -> String {
        format!(
            "on-conflict={},confident={:.3}",
            self.on_conflict.word(),
            self.confident
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
    let header = header::resolve(assertions, terminology, &mut issues);
    let examined = reviewed(assertions, Facet::Examined)
        .unwrap_or_else(|| image::resolve(header, assertions, policy, terminology, &mut issues));
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

/// Codes of issues that mean a person should look at the image.
pub fn needs_review(verdict: Verdict, issues: &[Issue]) -> bool {
    verdict == Verdict::Conflicting
        || issues.iter().any(|i| {
            matches!(
                i.code,
                IssueCode::HeaderContradiction | IssueCode::LateralityConflict | IssueCode::ImageContradiction
            )
        })
}
