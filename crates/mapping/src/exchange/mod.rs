//! Mapping sets as other tools hold them: SSSOM TSV, FHIR ConceptMap (R4, R5), Usagi CSV; and what differs between two.
//!
//! All formats read into and are written from one [`MappingSet`]. Nothing is approved by a format: a mapping
//! has a reviewer or it has none, and a reviewed "maps to nothing" survives every one of them.

mod concept_map;
mod diff;
mod sssom;
mod usagi;

use bodysite_core::{Concept, Relationship, Sctid, SctidError};
use serde::Serialize;

pub use concept_map::{FhirVersion, read_concept_map, write_concept_map};
pub use diff::{Difference, diff};
pub use sssom::{read_sssom, write_sssom};
pub use usagi::{OmopConcepts, Skipped, read_usagi, write_usagi};

/// A mapping set and what is said about it.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct MappingSet {
    /// SSSOM slots of the set with one value each, in order (`mapping_set_id`, `mapping_set_version`, `license`, …).
    pub metadata: Vec<(String, String)>,
    /// The mappings, in order.
    pub mappings: Vec<Mapping>,
}

impl MappingSet {
    /// The value of a slot.
    pub fn slot(&self, name: &str) -> Option<&str> {
        let found = self.metadata.iter().find(|(slot, _)| slot == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Sorts the mappings as the sets in `mappings/` are sorted.
    pub fn sort(&mut self) {
        let key = |m: &Mapping| (m.subject.clone(), m.object.as_ref().map(|o| o.code.to_string()));
        self.mappings.sort_by_cached_key(key);
    }
}

/// One mapping from a literal to a concept, or to nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mapping {
    /// The literal.
    pub subject: String,
    /// What kind of word it is (`subject_category`); empty where the format has no place for it.
    pub category: String,
    /// How the subject relates to the object; `NoMap` where there is none.
    pub relationship: Relationship,
    /// The concept, in SNOMED CT.
    pub object: Option<Concept>,
    /// How it was found (`semapv:ManualMappingCuration`).
    pub justification: String,
    /// Who wrote it.
    pub author: String,
    /// Who checked it; empty when nobody has.
    pub reviewer: String,
    /// How sure the author is.
    pub confidence: Option<f64>,
    /// Why.
    pub comment: String,
}

/// Why a text is no mapping set of a format.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// A column is missing.
    #[error("there is no column {0}")]
    Column(&'static str),
    /// A line is no row.
    #[error("row {row}: {source}")]
    Row {
        /// Line number, counting from 1.
        row: u64,
        /// The reader's reason.
        source: csv::Error,
    },
    /// A cell is wrong.
    #[error("row {row}, column {column}: {problem}")]
    Cell {
        /// Line number, counting from 1.
        row: u64,
        /// Column name.
        column: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// The text is not JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// An element of a resource is missing or wrong.
    #[error("{path}: {problem}")]
    Element {
        /// FHIRPath of the element.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

const NO_TERM: &str = "sssom:NoTermFound";

fn curie(object: Option<&Concept>) -> String {
    object.map_or(NO_TERM.to_owned(), |o| format!("SCT:{}", o.code))
}

/// A concept from a CURIE and its label; none for `sssom:NoTermFound`.
fn concept(curie: &str, label: &str) -> Result<Option<Concept>, String> {
    if curie == NO_TERM {
        return Ok(None);
    }
    let Some(digits) = curie.strip_prefix("SCT:") else {
        return Err(format!("{curie:?} is not in SCT"));
    };
    let code: Sctid = digits.parse().map_err(|e: SctidError| e.to_string())?;
    Ok(Some(Concept {
        code,
        display: label.to_owned(),
    }))
}

/// The words that the formats have for a relationship, one row each: SSSOM, R4, R5, Usagi.
const RELATIONSHIPS: &[(Relationship, [&str; 4])] = &[
    (
        Relationship::Equivalent,
        ["skos:exactMatch", "equivalent", "equivalent", "EQUIVALENT"],
    ),
    (
        Relationship::SourceIsNarrowerThanTarget,
        ["skos:broadMatch", "wider", "source-is-narrower-than-target", "WIDER"],
    ),
    (
        Relationship::SourceIsBroaderThanTarget,
        [
            "skos:narrowMatch",
            "narrower",
            "source-is-broader-than-target",
            "NARROWER",
        ],
    ),
    (
        Relationship::RelatedTo,
        ["skos:relatedMatch", "inexact", "related-to", "INEXACT"],
    ),
    (
        Relationship::NoMap,
        ["skos:exactMatch", "unmatched", "noMap", "UNMATCHED"],
    ),
];

/// Words that are read and never written.
const SYNONYMS: &[(&str, Relationship)] = &[
    ("skos:closeMatch", Relationship::RelatedTo),
    ("relatedto", Relationship::RelatedTo),
    ("equal", Relationship::Equivalent),
    ("subsumes", Relationship::SourceIsBroaderThanTarget),
    ("specializes", Relationship::SourceIsNarrowerThanTarget),
    ("EQUAL", Relationship::Equivalent),
];

/// A column of [`RELATIONSHIPS`].
#[derive(Clone, Copy)]
enum Words {
    Sssom,
    R4,
    R5,
    Usagi,
}

fn word(relationship: Relationship, words: Words) -> &'static str {
    let row = RELATIONSHIPS.iter().find(|r| r.0 == relationship);
    row.map_or("", |r| r.1[words as usize])
}

fn relationship(text: &str, words: Words) -> Option<Relationship> {
    let row = RELATIONSHIPS.iter().find(|r| r.1[words as usize] == text);
    let synonym = || SYNONYMS.iter().find(|s| s.0 == text).map(|s| s.1);
    row.map(|r| r.0).or_else(synonym)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A set with one mapping of every relationship, two of one subject, and one that was reviewed.
    pub(crate) fn sample() -> MappingSet {
        let mapping = |subject: &str, relationship, object: Option<(&str, &str)>| Mapping {
            subject: subject.to_owned(),
            category: if object.is_some() { "body-part" } else { "device" }.to_owned(),
            relationship,
            object: object.map(|(code, display)| Concept {
                code: code.parse().unwrap(),
                display: display.to_owned(),
            }),
            justification: "semapv:ManualMappingCuration".to_owned(),
            author: "orcid:0000-0000-0000-0000".to_owned(),
            reviewer: String::new(),
            confidence: Some(0.95),
            comment: String::new(),
        };
        let slot = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let (knee, wrist) = (("72696002", "Knee"), ("74670003", "Wrist joint"));
        let hand = ("85562004", "Hand");
        let mut set = MappingSet {
            metadata: vec![
                slot("mapping_set_id", "https://bodysite.example/mappings/sample"),
                slot("mapping_set_version", "2026.11"),
                slot("mapping_set_title", "Sample"),
                slot("license", "https://creativecommons.org/licenses/by/4.0/"),
            ],
            mappings: vec![
                mapping("bucky, wand", Relationship::NoMap, None),
                mapping(
                    "hand und handgelenk",
                    Relationship::SourceIsBroaderThanTarget,
                    Some(wrist),
                ),
                mapping(
                    "hand und handgelenk",
                    Relationship::SourceIsBroaderThanTarget,
                    Some(hand),
                ),
                mapping("knie", Relationship::Equivalent, Some(knee)),
                mapping("kniescheibe", Relationship::RelatedTo, Some(knee)),
                mapping("scaphoid", Relationship::SourceIsNarrowerThanTarget, Some(wrist)),
            ],
        };
        set.mappings[0].reviewer = "radiographer".to_owned();
        set.mappings[0].comment = "says \"nothing\"".to_owned();
        set
    }

    #[test]
    fn every_relationship_has_one_word_in_each_format() {
        for (expect, words) in RELATIONSHIPS.iter().filter(|r| r.0 != Relationship::NoMap) {
            for (column, text) in [Words::Sssom, Words::R4, Words::R5, Words::Usagi]
                .into_iter()
                .zip(words)
            {
                assert_eq!(relationship(text, column), Some(*expect), "{text}");
            }
        }
    }
}
