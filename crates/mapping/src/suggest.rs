//! Suggestions for a text that was not mapped, for a person to choose from.
//!
//! What: the body-part words nearest to the words of the text that we do not know, and the readings of those
//! that are ambiguous, ranked by likeness. Why: a reviewer picks faster than he searches; nothing here maps.
//! Example: `KNEIGELENK L` suggests the knee (`kniegelenk`); `HD` suggests hand and head.
//! Source: Jaro-Winkler likeness; the lexicon sets.

use bodysite_core::{BodySite, Sctid};
use serde::Serialize;

use crate::cover::{self, Found};
use crate::lexicon::letters;
use crate::mapper::Mapper;
use crate::row::Category;
use crate::token::tokens;

/// One suggestion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion {
    /// The body parts suggested.
    pub sites: Vec<BodySite>,
    /// The row that the text is like (`set#label`).
    pub row: String,
    /// How like, 0 to 1. It orders suggestions and is no probability.
    pub likeness: f64,
}

const LEAST: f64 = 0.72;

impl Mapper {
    /// The body parts that a text may mean, likeliest first, each once; at most `most`.
    pub fn suggest(&self, text: &str, most: usize) -> Vec<Suggestion> {
        let mut found: Vec<(f64, u32, Vec<Sctid>)> = Vec::new();
        let mut unknown: Vec<String> = Vec::new();
        for piece in cover::cover(&self.lexicon, tokens(text)) {
            match piece.found {
                Found::Words(words) => found.extend(words.iter().flat_map(|w| self.readings(*w))),
                Found::Unknown if piece.text.chars().count() > 1 => unknown.push(piece.text),
                _ => {}
            }
        }
        if unknown.len() > 1 {
            unknown.push(unknown.concat());
        }
        for word in &unknown {
            found.extend(self.alike(word));
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        self.distinct(found, most)
    }

    /// What a word that is known names, or can name.
    fn readings(&self, index: u32) -> Vec<(f64, u32, Vec<Sctid>)> {
        let word = self.lexicon.word(index);
        match word.category {
            Category::BodyPart => vec![(0.99, index, word.concepts.clone())],
            Category::Ambiguous => word.concepts.iter().map(|c| (0.95, index, vec![*c])).collect(),
            _ => Vec::new(),
        }
    }

    fn alike(&self, unknown: &str) -> Vec<(f64, u32, Vec<Sctid>)> {
        let mask = letters(unknown.chars());
        let near = |key: &str, of: u64| {
            let common = (mask & of).count_ones() * 10;
            let enough = common >= 6 * mask.count_ones().max(of.count_ones());
            let likeness = if enough {
                strsim::jaro_winkler(unknown, key)
            } else {
                0.0
            };
            (likeness >= LEAST).then_some(likeness)
        };
        let mut found = Vec::new();
        for (index, key, of) in self.lexicon.parts() {
            if let Some(likeness) = near(key, of) {
                found.push((likeness, index, self.lexicon.word(index).concepts.clone()));
            }
        }
        found
    }

    fn distinct(&self, ranked: Vec<(f64, u32, Vec<Sctid>)>, most: usize) -> Vec<Suggestion> {
        let mut out: Vec<Suggestion> = Vec::new();
        for (likeness, index, concepts) in ranked {
            if out.len() == most {
                break;
            }
            let sites = concepts.iter().filter_map(|c| self.terminology.sites_of(*c));
            let sites: Vec<BodySite> = sites.flatten().collect();
            let targets = |s: &[BodySite]| -> Vec<Sctid> { s.iter().map(|s| s.target.code).collect() };
            if !sites.is_empty() && !out.iter().any(|s| targets(&s.sites) == targets(&sites)) {
                let likeness = (likeness * 1000.0).round() / 1000.0;
                let row = self.lexicon.cite(index);
                out.push(Suggestion { sites, row, likeness });
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Vec<String> {
        let found = Mapper::builtin().suggest(text, 3);
        let names = found.iter().map(|s| {
            s.sites
                .iter()
                .map(|s| s.target.display.as_str())
                .collect::<Vec<_>>()
                .join("+")
        });
        names.collect()
    }

    #[test]
    fn what_is_near_or_ambiguous_is_suggested() {
        assert_eq!(first("SHUOLDRE")[0], "Shoulder");
        assert_eq!(first("1ST DIGIT"), ["Toe", "Finger"]);
        assert_eq!(first(""), Vec::<String>::new());
        assert!(Mapper::builtin().suggest("ABDMN KNE", 2).len() <= 2);
    }
}
