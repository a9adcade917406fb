//! The currency: one coded claim about one facet, with the basis it rests on.

use serde::{Deserialize, Serialize};

use crate::{BodySite, Coding, Facet, Side};

/// What an assertion claims.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// One or more body parts (a combination value names several).
    Sites(Vec<BodySite>),
    /// A side.
    Side(Side),
    /// A projection.
    View(Coding),
    /// Something was said and it maps to nothing; the reason as a stable word (`empty`, `view_only`, `person_name`, …).
    NoMap(String),
}

/// How the claim relates to what was said, in the words of FHIR R5 ConceptMap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relationship {
    /// The same meaning.
    Equivalent,
    /// What was said is finer than the target (skos:broadMatch).
    SourceIsNarrowerThanTarget,
    /// What was said is coarser than the target (skos:narrowMatch).
    SourceIsBroaderThanTarget,
    /// Overlap, without one containing the other (skos:relatedMatch, skos:closeMatch).
    RelatedTo,
    /// A reviewed "maps to nothing" (sssom:NoTermFound).
    NoMap,
}

/// One step of how a text became a claim, in the order taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What was done: `normalise`, `repair`, `split`, `match`, `side`, `view`, `noise`, `fuzzy`, `roll-up`, …
    pub what: String,
    /// The text it was done to, or its result.
    pub text: String,
    /// The mapping row that decided it (`set#row`), if one did.
    pub row: Option<String>,
}

/// What an assertion rests on. Selectors are PS3.6 keywords (`BodyPartExamined`, `AnatomicRegionSequence`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Basis {
    /// A code or defined term in the header.
    Coded {
        /// Which attribute.
        selector: String,
        /// The value as read (`SRT:T-D3000`, `R`).
        text: String,
    },
    /// A text in the header, through mapping rows.
    Mapped {
        /// Which attribute.
        selector: String,
        /// The text as read.
        text: String,
        /// The method that decided: `exact`, `normalised`, `grammar`, `fuzzy`, `code-alias`.
        method: String,
        /// The mapping rows used (`set#row`).
        rows: Vec<String>,
        /// The steps taken.
        steps: Vec<Step>,
    },
    /// The image model.
    Classified {
        /// Model id.
        model: String,
        /// SHA-256 of its weights.
        weights: String,
    },
    /// A person.
    Reviewed {
        /// Who (a name or role of the reviewer's choosing).
        reviewer: String,
        /// When, RFC 3339.
        at: String,
    },
}

impl Basis {
    /// The header attribute the claim rests on, if it rests on one.
    pub fn selector(&self) -> Option<&str> {
        match self {
            Basis::Coded { selector, .. } | Basis::Mapped { selector, .. } => Some(selector),
            Basis::Classified { .. } | Basis::Reviewed { .. } => None,
        }
    }

    /// The header text the claim rests on, if it rests on one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Basis::Coded { text, .. } | Basis::Mapped { text, .. } => Some(text),
            Basis::Classified { .. } | Basis::Reviewed { .. } => None,
        }
    }
}

/// One claim. Never edited and never dropped: a reviewer's decision is one more assertion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assertion {
    /// The question answered.
    pub facet: Facet,
    /// The answer claimed.
    pub answer: Answer,
    /// How the answer relates to what was said.
    pub relationship: Relationship,
    /// Probability that the claim is right, 0 to 1, where a calibration exists for its method.
    pub confidence: Option<f64>,
    /// For `Visible` and `Examined` claims of a model: the calibrated probability of each site, in the order of `Sites`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probabilities: Vec<f64>,
    /// What it rests on.
    pub basis: Basis,
}

impl Assertion {
    /// The body parts claimed; empty where the claim is of another kind.
    pub fn sites(&self) -> &[BodySite] {
        match &self.answer {
            Answer::Sites(sites) => sites,
            _ => &[],
        }
    }
}
