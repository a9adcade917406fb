//! One answer per facet, with how it came about.

use serde::{Deserialize, Serialize};

use crate::{Answer, Facet};

/// How an answer was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Header and image (or several header attributes) say the same.
    Agreed,
    /// A finer source made a coarse one precise.
    Refined,
    /// Only the header answers.
    HeaderOnly,
    /// Only the image answers.
    ImageOnly,
    /// A reviewer decided.
    Reviewed,
    /// Sources contradict each other; both are kept and a person is asked.
    Conflicting,
    /// Nothing answers.
    Unresolved,
}

/// The answer to one facet. `from` indexes the assertions of the same record, strongest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// The question.
    pub facet: Facet,
    /// How it was reached.
    pub verdict: Verdict,
    /// The answer, if there is one to emit.
    pub answer: Option<Answer>,
    /// Probability that the answer is right, where one is known.
    pub confidence: Option<f64>,
    /// The text of the header that the answer keeps beside its code.
    pub original_text: Option<String>,
    /// Assertions that led here, by index in the record's list.
    pub from: Vec<usize>,
    /// One sentence for a clinician.
    pub because: String,
}
