//! What one text was mapped to, and why.

use std::str::FromStr;

use bodysite_core::{BodySite, Concept, Relationship, Side, Step};
use serde_json::{Value, json};

/// Which attribute a text came from, as far as reading it is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Field {
    /// Body Part Examined: 16 capitals, often abused.
    #[default]
    Bpe,
    /// Series Description and other series-level text.
    Series,
    /// Study Description and other study-level text.
    Study,
    /// Protocol Name.
    Protocol,
}

/// A word that names no field.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is none of bpe, series, study, protocol")]
pub struct FieldError(String);

impl FromStr for Field {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Field, FieldError> {
        match word {
            "bpe" => Ok(Field::Bpe),
            "series" => Ok(Field::Series),
            "study" => Ok(Field::Study),
            "protocol" => Ok(Field::Protocol),
            other => Err(FieldError(other.to_owned())),
        }
    }
}

/// How a text was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Method {
    /// A row has this very text.
    Exact,
    /// A row has this text but for case, accents, width, punctuation or a repaired character set.
    Normalised,
    /// Several words were read together.
    Grammar,
    /// A misspelling was corrected.
    Fuzzy,
    /// The text is a code.
    CodeAlias,
    /// It was not.
    #[default]
    None,
}

impl Method {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Method::Exact => "exact",
            Method::Normalised => "normalised",
            Method::Grammar => "grammar",
            Method::Fuzzy => "fuzzy",
            Method::CodeAlias => "code-alias",
            Method::None => "none",
        }
    }
}

/// One text, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped {
    /// The text as given.
    pub text: String,
    /// The body parts, in the order named; empty when unmapped.
    pub targets: Vec<BodySite>,
    /// The one concept that says what was said, where there is one (a finer part, or a combination).
    pub exact: Option<Concept>,
    /// The side, where the text names one and the part has two (or no part is named).
    pub laterality: Option<Side>,
    /// The view words of the text, folded.
    pub view: Vec<String>,
    /// How it was understood.
    pub method: Method,
    /// How the targets relate to what was said.
    pub relationship: Relationship,
    /// The rows used (`set#label`).
    pub rows: Vec<String>,
    /// What was done, in order.
    pub steps: Vec<Step>,
    /// Which kind of evidence it rests on: a class of `mappings/calibration.tsv`.
    pub evidence: String,
    /// Share of labelled values of that evidence that were right (a lower bound), where it was measured.
    pub confidence: Option<f64>,
    /// A stable word: `mapped`, `empty`, `view_only`, `person_name`, `ambiguous`, `unknown_word`, …
    pub reason: String,
    /// Whether the text, mapped or not, can mean several parts.
    pub ambiguous: bool,
}

impl Mapped {
    /// The object that `map --format ndjson` prints for a text.
    pub fn to_json(&self) -> Value {
        let coded = |c: &Concept| json!({"code": c.code.to_string(), "display": c.display});
        let targets: Vec<Value> = self.targets.iter().map(|s| coded(&s.target)).collect();
        json!({
            "text": self.text,
            "targets": targets,
            "exact": self.exact.as_ref().map(coded),
            "laterality": self.laterality.map(Side::letter),
            "view": self.view,
            "method": self.method.word(),
            "confidence": self.confidence,
            "reason": self.reason,
            "ambiguous": self.ambiguous,
            "evidence": self.evidence,
            "rows": self.rows,
        })
    }
}
