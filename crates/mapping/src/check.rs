//! Checks that need the whole index: words that are never reached, and words that hide each other.
//!
//! Loading refuses what is wrong in itself (codes, order, repetition). This finds rows that are right and useless:
//! a label that is no word at all, one that falls into other words, and two labels of a set that are the same
//! text once case and punctuation are gone and yet mean something else.

use std::fmt;

use serde::Serialize;

use crate::cover::{self, Found};
use crate::mapper::Mapper;
use crate::row::{Object, Row};
use crate::token::tokens;

/// A row that does not do what its author meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The set (`de`, `mul`, `terms`).
    pub set: String,
    /// Line in its file, counting from 1.
    pub row: u64,
    /// The label.
    pub label: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, row {}, column subject_label: {:?} {}",
            self.set, self.row, self.label, self.problem
        )
    }
}

impl Mapper {
    /// Every row that is never reached or hidden by another of its set, in the order of the sets.
    pub fn check(&self) -> Vec<Finding> {
        let mut labels = self.rows().chunk_by(|a, b| a.set == b.set && a.label == b.label);
        let mut findings = Vec::new();
        for rows in &mut labels {
            if let Some(problem) = self.problem(rows) {
                findings.push(Finding {
                    set: self.set_name(&rows[0]).to_owned(),
                    row: rows[0].line,
                    label: rows[0].label.clone(),
                    problem,
                });
            }
        }
        findings
    }

    fn problem(&self, rows: &[Row]) -> Option<String> {
        let label = &rows[0].label;
        let own = tokens(label);
        if own.is_empty() {
            return Some("has neither letter nor digit".to_owned());
        }
        let natural = crate::fold::natural(label);
        let pieces = cover::cover(&self.lexicon, own);
        let [piece] = pieces.as_slice() else {
            return Some("is read as several words".to_owned());
        };
        let Found::Words(words) = &piece.found else {
            return Some("is not read as a word".to_owned());
        };
        let of_set = words
            .iter()
            .map(|w| self.lexicon.word(*w))
            .filter(|w| w.set == rows[0].set);
        let mut same: Vec<_> = of_set.collect();
        let own = same.iter().position(|w| w.natural == natural)?;
        let own = same.remove(own);
        let concepts = |r: &Row| matches!(r.object, Object::Concept(_));
        let hidden = |w: &&&crate::lexicon::Word| {
            w.natural.is_ascii() == natural.is_ascii()
                && w.natural.is_ascii()
                && (w.category != own.category || (w.concepts != own.concepts && rows.iter().any(concepts)))
        };
        same.iter()
            .find(hidden)
            .map(|w| format!("is the same text as {:?}, which means something else", w.natural))
    }
}
