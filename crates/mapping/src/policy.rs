//! When a text that names a body part is refused all the same.
//!
//! What: person's names, places, things out of scope, and parts beside too many words that we do not know.
//! Why: a surname or a town may contain a body part (`FINGERLE^ANNA`, `ELBOW LAKE CLINIC`), and a
//! wrong code is worse than a miss.
//! Example: `PHANTOM HAND` is a phantom; `DR MOREL` a person; `PEDIATRIC CHEST` a chest.
//! Source: PS3.5 section 6.2 (`^` separates the components of a person's name).

use crate::lexicon::Lexicon;
use crate::mapped::Field;
use crate::row::Category;
use crate::split::Origin;
use crate::understand::{Outcome, Read};

/// The text, and where it stood.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy<'a> {
    pub text: &'a str,
    pub field: Field,
}

/// What an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Evidence {
    /// Words with a meaning, of any category.
    pub known: usize,
    pub unknown: usize,
    pub parts: usize,
    /// Whether a body part was found inside a longer run.
    pub split: bool,
    /// Whether a misspelling was corrected.
    pub corrected: bool,
    /// Side, view and modality words: they show that the text is about an image.
    pub support: usize,
}

impl Evidence {
    pub fn of(reads: &[Read<'_>]) -> Evidence {
        let mut evidence = Evidence::default();
        for read in reads {
            let Some(category) = read.category() else {
                evidence.unknown += usize::from(read.is_unknown());
                continue;
            };
            evidence.known += 1;
            let part = matches!(category, Category::BodyPart | Category::Ambiguous);
            evidence.parts += usize::from(part);
            evidence.split |= read.piece.origin == Origin::Split && part;
            evidence.corrected |= read.piece.origin == Origin::Corrected;
            evidence.support += usize::from(matches!(
                category,
                Category::Side | Category::View | Category::Modality | Category::PartNoun
            ));
        }
        evidence
    }
}

/// The reason to refuse, if there is one.
pub(crate) fn refuse(
    lexicon: &Lexicon,
    reads: &[Read<'_>],
    outcome: &Outcome,
    policy: Policy<'_>,
) -> Option<&'static str> {
    let has = |c: Category| reads.iter().any(|r| r.category() == Some(c));
    let unknown = outcome.evidence.unknown > 0;
    if has(Category::Person) || is_titled(lexicon, reads, unknown) {
        return Some("person_name");
    }
    if policy.text.contains('^') && unknown {
        return Some("person_name");
    }
    if has(Category::OutOfScope) {
        return Some("out_of_scope");
    }
    if has(Category::Place) {
        return Some("place_name");
    }
    if outcome.sites.is_empty() {
        return Some(nothing(reads, outcome));
    }
    let from_one_run = outcome.evidence.split && outcome.evidence.parts > 1;
    if from_one_run && outcome.sites.len() > outcome.evidence.parts {
        // `SKULLCAP`: an abbreviation of several parts is not glued to one more.
        return Some("unknown_word");
    }
    (unknown && !enough(&outcome.evidence, policy.field)).then_some("unknown_word")
}

/// `DR` is a modality beside words that radiographers use, and a title beside anything else.
fn is_titled(lexicon: &Lexicon, reads: &[Read<'_>], unknown: bool) -> bool {
    let titled = reads
        .iter()
        .any(|r| r.word.is_some_and(|w| w.person && w.category != Category::Person));
    let technical = |r: &Read<'_>| {
        let Some(word) = r.word else {
            return !r.is_unknown();
        };
        let set = lexicon.set_of(word);
        matches!(set, "mul" | "terms" | "en") || set.starts_with("zh") || matches!(set, "ja" | "ko")
    };
    titled && (unknown || !reads.iter().all(technical))
}

/// Whether what we know outweighs what we do not.
fn enough(evidence: &Evidence, field: Field) -> bool {
    if evidence.split || evidence.corrected {
        return evidence.support > 0 && evidence.unknown < evidence.known && field != Field::Bpe;
    }
    match field {
        Field::Bpe => evidence.unknown < evidence.known,
        _ => evidence.unknown <= evidence.known + 1,
    }
}

/// Why a text without a body part has none.
fn nothing(reads: &[Read<'_>], outcome: &Outcome) -> &'static str {
    let has = |c: Category| reads.iter().any(|r| r.category() == Some(c));
    let order = [
        (has(Category::Ambiguous), "ambiguous"),
        (outcome.evidence.unknown > 0, "unknown_word"),
        (has(Category::Filler), "filler"),
        (has(Category::View), "view_only"),
        (has(Category::Side), "side_only"),
        (has(Category::Device), "device"),
        (has(Category::Modality), "modality_only"),
        (
            has(Category::PartNoun) || has(Category::Noise) || has(Category::Joining),
            "noise_only",
        ),
    ];
    let first = order.iter().find(|o| o.0);
    first.map_or("unknown_word", |o| o.1)
}
