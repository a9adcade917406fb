//! Which language a text is in, and so which of a word's meanings holds.
//!
//! What: each language is scored by the letters of the text that its words cover; the best are read.
//! Why: `pie` is a Spanish foot, `dx` Italian right and digital X-ray, `le` French and lower extremity.
//! Example: in `RX PE ESQUERDO` the word `esquerdo` makes `pe` the Portuguese foot.
//! Source: the lexicon sets.

use crate::cover::{Found, Piece};
use crate::lexicon::{Lexicon, Word};
use crate::row::Category;

/// For each piece the word that holds, if one does.
pub(crate) type Reading = Vec<Option<u32>>;

/// The readings of a text in the languages that fit it best; one where nothing is in doubt.
pub(crate) fn readings(lexicon: &Lexicon, pieces: &[Piece]) -> Vec<Reading> {
    if let Some(plain) = undisputed(lexicon, pieces) {
        return vec![plain];
    }
    let scores = scores(lexicon, pieces);
    let best = scores.iter().map(|s| s.1).max().unwrap_or(0);
    let mut out: Vec<Reading> = Vec::new();
    for (set, _) in scores.iter().filter(|s| s.1 == best) {
        let reading = read(lexicon, pieces, *set, &scores);
        if !out.contains(&reading) {
            out.push(reading);
        }
    }
    if out.is_empty() {
        out.push(read(lexicon, pieces, u16::MAX, &scores));
    }
    out
}

/// The only reading, where each piece is one word at most.
fn undisputed(lexicon: &Lexicon, pieces: &[Piece]) -> Option<Reading> {
    let doubtful = |w: u32, p: &Piece| {
        let word = lexicon.word(w);
        pieces.len() > 1 && !lexicon.is_shared(word.set) && is_slight(word, p)
    };
    let only = |p: &Piece| match &p.found {
        Found::Words(words) if words.len() == 1 && !doubtful(words[0], p) => Some(Some(words[0])),
        Found::Words(_) => None,
        _ => Some(None),
    };
    pieces.iter().map(only).collect()
}

fn words(piece: &Piece) -> &[u32] {
    match &piece.found {
        Found::Words(words) => words,
        _ => &[],
    }
}

fn scores(lexicon: &Lexicon, pieces: &[Piece]) -> Vec<(u16, usize)> {
    let mut scores: Vec<(u16, usize)> = Vec::new();
    for piece in pieces {
        let mut seen: Vec<u16> = Vec::new();
        for index in words(piece) {
            let word = lexicon.word(*index);
            if lexicon.is_shared(word.set) || seen.contains(&word.set) {
                continue;
            }
            seen.push(word.set);
            let weight = weight(lexicon, piece, word);
            match scores.iter_mut().find(|s| s.0 == word.set) {
                Some(score) => score.1 += weight,
                None => scores.push((word.set, weight)),
            }
        }
    }
    scores
}

/// Letters covered; an accent that only this spelling has counts more than a letter.
fn weight(lexicon: &Lexicon, piece: &Piece, word: &Word) -> usize {
    let letters = piece.text.chars().count().min(16);
    let accented = !piece.natural.is_ascii();
    let natural = words(piece)
        .iter()
        .map(|w| lexicon.word(*w))
        .any(|w| w.set == word.set && w.natural == piece.natural);
    letters * 2 + if accented && natural { 3 } else { 0 }
}

fn read(lexicon: &Lexicon, pieces: &[Piece], set: u16, scores: &[(u16, usize)]) -> Reading {
    let total = scores.iter().find(|s| s.0 == set).map_or(0, |s| s.1);
    let shared_part =
        |w: &u32| lexicon.is_shared(lexicon.word(*w).set) && lexicon.word(*w).category == Category::BodyPart;
    let partly_shared = pieces.iter().any(|p| words(p).iter().any(shared_part));
    let choose = |piece: &Piece| {
        let own = pick(lexicon, piece, |w| w.set == set);
        let shared = pick(lexicon, piece, |w| lexicon.is_shared(w.set));
        match (own, shared) {
            (Some(own), Some(shared)) => {
                let alone = total <= weight(lexicon, piece, lexicon.word(own));
                let spelt_so = |w: u32| lexicon.word(w).natural == piece.natural;
                let accented = !piece.natural.is_ascii() && spelt_so(own) && !spelt_so(shared);
                Some(if alone && !accented { shared } else { own })
            }
            (Some(own), None) if partly_shared && total <= weight(lexicon, piece, lexicon.word(own)) => {
                Some(own).filter(|w| !is_slight(lexicon.word(*w), piece))
            }
            (None, None) => {
                foreign(lexicon, piece, scores).filter(|w| !partly_shared || !is_slight(lexicon.word(*w), piece))
            }
            (own, shared) => own.or(shared),
        }
    };
    pieces.iter().map(choose).collect()
}

/// A few letters that only another language takes for a part or a side, beside a part that every language knows:
/// the `nos` of `FOOT NOS` is no Czech nose.
fn is_slight(word: &Word, piece: &Piece) -> bool {
    let letters = piece.text.chars().count();
    match word.category {
        Category::BodyPart | Category::Ambiguous | Category::OutOfScope => letters <= 3,
        Category::Side => letters == 1,
        _ => false,
    }
}

/// The word of a set for a piece: the natural spelling first, then a body part, then the surest.
fn pick(lexicon: &Lexicon, piece: &Piece, fits: impl Fn(&Word) -> bool) -> Option<u32> {
    let rank = |index: u32| {
        let word = lexicon.word(index);
        let natural = word.natural == piece.natural;
        let body = word.category == Category::BodyPart;
        (
            natural,
            body,
            (word.confidence * 1000.0) as u32,
            std::cmp::Reverse(index),
        )
    };
    words(piece)
        .iter()
        .copied()
        .filter(|w| fits(lexicon.word(*w)))
        .max_by_key(|w| rank(*w))
}

/// A word of another language, taken from the one that fits the rest of the text best.
fn foreign(lexicon: &Lexicon, piece: &Piece, scores: &[(u16, usize)]) -> Option<u32> {
    let score = |set: u16| scores.iter().find(|s| s.0 == set).map_or(0, |s| s.1);
    let english = |w: &Word| lexicon.set_of(w) == "en";
    words(piece).iter().copied().max_by_key(|index| {
        let word = lexicon.word(*index);
        (score(word.set), english(word), std::cmp::Reverse(*index))
    })
}
