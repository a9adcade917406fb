//! Token grammar: from the pieces of a text to one outcome.
//!
//! What: body parts become sites, side words a side, view words views; the rest must be known or refused.
//! Why: a header value is a small telegram of part, side, view and device words in any order.
//! Example: `RX TOBILLO DERECHA HASTA (03) PROYECCIONES` is an ankle, right side, three views.
//! Source: the lexicon sets.

use bodysite_core::{BodySite, Relationship, Sctid, Side, Step};
use bodysite_terminology::Terminology;

use crate::cover::{Found, Piece};
use crate::fold::is_unspaced;
use crate::language::Reading;
use crate::lexicon::{Lexicon, Word};
use crate::policy::{self, Evidence};
use crate::row::Category;
use crate::sites::{self, Mention};
use crate::split::Origin;

/// What one reading of a text comes to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    pub sites: Vec<BodySite>,
    pub side: Option<Side>,
    pub views: Vec<String>,
    pub relationship: Relationship,
    pub reason: &'static str,
    pub ambiguous: bool,
    pub rows: Vec<String>,
    pub steps: Vec<Step>,
    /// The least sure of the body-part words.
    pub confidence: f64,
    pub evidence: Evidence,
}

/// One piece with the word that holds for it.
pub(crate) struct Read<'a> {
    pub piece: &'a Piece,
    pub index: Option<u32>,
    pub word: Option<&'a Word>,
}

impl Read<'_> {
    /// The category of its word, if it has one.
    pub fn category(&self) -> Option<Category> {
        self.word.map(|w| w.category)
    }

    /// Whether it is a word that we do not know. A stray letter is no word, except in scripts without blanks.
    pub fn is_unknown(&self) -> bool {
        let mut letters = self.piece.text.chars();
        let is_word = letters.next().is_some_and(is_unspaced) || letters.next().is_some();
        self.piece.found == Found::Unknown && is_word
    }
}

/// What a reading comes to.
pub(crate) fn outcome(
    lexicon: &Lexicon,
    terminology: &Terminology,
    pieces: &[Piece],
    reading: &Reading,
    policy: policy::Policy<'_>,
) -> Outcome {
    let read = |(piece, index): (_, &Option<u32>)| Read {
        piece,
        index: *index,
        word: index.map(|i| lexicon.word(i)),
    };
    let reads: Vec<Read<'_>> = pieces.iter().zip(reading).map(read).collect();
    let evidence = Evidence::of(&reads);
    let parts = parts(terminology, &reads);
    let mut outcome = Outcome {
        sites: sites::resolve(terminology, &parts.mentions),
        side: side(&reads),
        views: views(&reads),
        relationship: relationship(&parts.mentions),
        reason: "mapped",
        ambiguous: parts.open,
        rows: rows(lexicon, &reads),
        steps: steps(lexicon, &reads),
        confidence: confidence(&reads),
        evidence,
    };
    if let Some(reason) = policy::refuse(lexicon, &reads, &outcome, policy) {
        outcome.sites.clear();
        outcome.reason = reason;
        outcome.ambiguous |= reason == "ambiguous";
    }
    if outcome.sites.is_empty() {
        outcome.relationship = Relationship::NoMap;
    } else if !has_sides(terminology, &outcome.sites) {
        outcome.side = None;
    }
    outcome
}

struct Parts {
    mentions: Vec<Mention>,
    /// Whether an ambiguous word was left undecided.
    open: bool,
}

fn parts(terminology: &Terminology, reads: &[Read<'_>]) -> Parts {
    let mut mentions: Vec<(usize, Mention)> = Vec::new();
    for (i, read) in reads.iter().enumerate() {
        if let Some(word) = read.word.filter(|w| w.category == Category::BodyPart) {
            mentions.push((i, mention(word)));
        }
    }
    let sure: Vec<Sctid> = mentions
        .iter()
        .flat_map(|m| sites::targets(terminology, &m.1))
        .collect();
    let mut open = false;
    for (i, read) in reads.iter().enumerate() {
        let Some(word) = read.word.filter(|w| w.category == Category::Ambiguous) else {
            continue;
        };
        match sites::fitting(terminology, &word.concepts, &sure).as_slice() {
            [one] => mentions.push((i, only(*one))),
            _ => open = true,
        }
    }
    mentions.sort_by_key(|m| m.0);
    mark_joined(reads, &mut mentions);
    Parts {
        mentions: mentions.into_iter().map(|m| m.1).collect(),
        open,
    }
}

fn mention(word: &Word) -> Mention {
    Mention {
        concepts: word.concepts.clone(),
        relationship: word.relationship,
        joined: false,
    }
}

fn only(concept: Sctid) -> Mention {
    Mention {
        concepts: vec![concept],
        relationship: Relationship::SourceIsNarrowerThanTarget,
        joined: false,
    }
}

fn mark_joined(reads: &[Read<'_>], mentions: &mut [(usize, Mention)]) {
    let mut last: Option<usize> = None;
    for (at, mention) in mentions {
        if let Some(from) = last {
            let between = &reads[from + 1..*at];
            mention.joined = reads[*at].piece.listed
                || between
                    .iter()
                    .any(|r| r.piece.listed || r.category() == Some(Category::Joining));
        }
        last = Some(*at);
    }
}

fn relationship(mentions: &[Mention]) -> Relationship {
    match mentions {
        [] => Relationship::NoMap,
        [one] => one.relationship,
        _ => Relationship::Equivalent,
    }
}

/// The side: words for it first, then what a plural implies.
fn side(reads: &[Read<'_>]) -> Option<Side> {
    let said = |body: bool| {
        reads
            .iter()
            .filter_map(|r| r.word)
            .filter(|w| (w.category == Category::Side) != body)
            .filter_map(|w| w.side)
            .reduce(|a, b| if a == b { a } else { Side::Both })
    };
    said(false).or_else(|| said(true))
}

pub(crate) fn has_sides(terminology: &Terminology, sites: &[BodySite]) -> bool {
    let paired = |s: &BodySite| {
        let exact = s.exact.as_ref().is_some_and(|e| terminology.is_paired(e.code));
        exact || terminology.is_paired(s.target.code)
    };
    sites.iter().any(paired)
}

fn views(reads: &[Read<'_>]) -> Vec<String> {
    let is_view = |r: &&Read<'_>| r.category() == Some(Category::View);
    reads.iter().filter(is_view).map(|r| r.piece.text.clone()).collect()
}

fn rows(lexicon: &Lexicon, reads: &[Read<'_>]) -> Vec<String> {
    let decides = |r: &&Read<'_>| r.word.is_some_and(|w| w.side.is_some() || !w.category.is_neutral());
    let cited = reads.iter().filter(decides).filter_map(|r| r.index);
    cited.map(|i| lexicon.cite(i)).collect()
}

fn steps(lexicon: &Lexicon, reads: &[Read<'_>]) -> Vec<Step> {
    let step = |r: &Read<'_>| {
        let what = match (r.category(), r.piece.origin) {
            (None, _) if r.piece.found == Found::Number => "number",
            (None, _) => "unknown",
            (Some(_), Origin::Corrected) => "fuzzy",
            (Some(Category::BodyPart), _) => "match",
            (Some(category), _) => category.word(),
        };
        Step {
            what: what.to_owned(),
            text: r.piece.text.clone(),
            row: r.index.map(|i| lexicon.cite(i)),
        }
    };
    reads.iter().map(step).collect()
}

fn confidence(reads: &[Read<'_>]) -> f64 {
    let body = |r: &&Read<'_>| r.category() == Some(Category::BodyPart);
    let words = reads.iter().filter(body).filter_map(|r| r.word);
    words.map(|w| w.confidence).fold(1.0, f64::min)
}
