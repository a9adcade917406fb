//! Longest match first: covers the tokens of a text with words of the lexicon.
//!
//! What: the cover with the fewest unknown tokens, then the fewest words, by dynamic programming.
//! Why: `radio de la hanche` must be read as one phrase where a phrase is known, and glued or split
//! spellings (`fore arm`, `avantbras`) are the same key, so a span is looked up without its blanks.
//! Example: `T/L SPINE` is one word (`tlspine`); `KNEE AP` two.
//! Source: the lexicon sets.

use crate::cutoff;
use crate::lexicon::{Entry, Lexicon, breaks_at};
use crate::split::{self, Origin};
use crate::token::Token;

/// What a span of tokens was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Words of the lexicon, at least one, by index.
    Words(Vec<u32>),
    /// A number.
    Number,
    /// Nothing we know.
    Unknown,
}

/// A span of the text and what it was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The folded tokens with blanks between them.
    pub text: String,
    /// The same with accents.
    pub natural: String,
    pub found: Found,
    /// Whether a sign that lists parts stood before it.
    pub listed: bool,
    pub origin: Origin,
}

/// A token and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Sourced {
    pub token: Token,
    pub origin: Origin,
}

const UNKNOWN: u32 = 100;
const UNKNOWN_LETTER: u32 = 30;
const WORD: u32 = 10;
const GLUED: u32 = 13;

/// Covers a text; unknown tokens are split or corrected where that can be done safely.
pub(crate) fn cover(lexicon: &Lexicon, tokens: Vec<Token>) -> Vec<Piece> {
    let said = |token| Sourced {
        token,
        origin: Origin::Said,
    };
    let mut sourced: Vec<Sourced> = tokens.into_iter().take(MOST_TOKENS).map(said).collect();
    let mut pieces = best(lexicon, &sourced);
    for expand in [split::unglue, split::correct] {
        if !is_open(&pieces) {
            break;
        }
        if let Some(whole) = cutoff::complete(lexicon, &sourced) {
            return best(lexicon, &whole);
        }
        let (next, changed) = expand_unknown(lexicon, &sourced, &pieces, expand);
        if changed {
            pieces = best(lexicon, &next);
            sourced = next;
        }
    }
    pieces
}

fn is_open(pieces: &[Piece]) -> bool {
    pieces.iter().any(|p| p.found == Found::Unknown)
}

/// A header text longer than this is prose; its beginning decides.
const MOST_TOKENS: usize = 64;

type Expand = fn(&Lexicon, &Token) -> Option<Vec<Sourced>>;

fn expand_unknown(lexicon: &Lexicon, sourced: &[Sourced], pieces: &[Piece], expand: Expand) -> (Vec<Sourced>, bool) {
    let mut out = Vec::with_capacity(sourced.len() + 4);
    let (mut at, mut changed) = (0, false);
    for piece in pieces {
        let len = piece.text.split(' ').count();
        let span = &sourced[at..at + len];
        at += len;
        let parts = match piece.found {
            Found::Unknown => expand(lexicon, &span[0].token),
            _ => None,
        };
        match parts {
            Some(parts) => {
                changed = true;
                out.extend(parts);
            }
            None => out.extend_from_slice(span),
        }
    }
    (out, changed)
}

fn best(lexicon: &Lexicon, tokens: &[Sourced]) -> Vec<Piece> {
    let n = tokens.len();
    // cost[i] covers tokens[i..]; step[i] is the length of its first piece and what it is.
    let mut cost = vec![0u32; n + 1];
    let mut step: Vec<(usize, Found)> = vec![(1, Found::Unknown); n];
    let mut key = String::new();
    for i in (0..n).rev() {
        let (alone, found) = single(&tokens[i].token);
        cost[i] = alone + cost[i + 1];
        step[i] = (1, found);
        key.clear();
        for len in 1..=lexicon.longest.min(n - i) {
            key.push_str(&tokens[i + len - 1].token.folded);
            let Some((price, words)) = lookup(lexicon, &key, &tokens[i..i + len]) else {
                continue;
            };
            if price + cost[i + len] <= cost[i] {
                cost[i] = price + cost[i + len];
                step[i] = (len, Found::Words(words));
            }
        }
    }
    collect(tokens, step)
}

fn single(token: &Token) -> (u32, Found) {
    if token.is_number() {
        (WORD, Found::Number)
    } else if token.folded.len() == 1 {
        (UNKNOWN_LETTER, Found::Unknown)
    } else {
        (UNKNOWN, Found::Unknown)
    }
}

fn lookup(lexicon: &Lexicon, key: &str, span: &[Sourced]) -> Option<(u32, Vec<u32>)> {
    let breaks = breaks(span);
    let mut exact: Vec<u32> = Vec::new();
    let mut other: Vec<u32> = Vec::new();
    for entry in lexicon.get(key) {
        let alike = entry.breaks == breaks;
        // `FARM` is not `f arm`: a label with a lone letter is not met by one run.
        if !alike && span.len() == 1 && has_lone_letter(entry, key) {
            continue;
        }
        let list = if alike { &mut exact } else { &mut other };
        if !list.contains(&entry.word) {
            list.push(entry.word);
        }
    }
    for list in [&mut exact, &mut other] {
        if list.iter().any(|w| lexicon.is_overlay(*w)) {
            list.retain(|w| lexicon.is_overlay(*w));
            return Some((WORD, std::mem::take(list)));
        }
    }
    if !exact.is_empty() {
        return Some((WORD, exact));
    }
    let joined = span.len() > 1;
    let letters = span.iter().all(|s| s.token.folded.chars().count() == 1) && alike_signs(span);
    // `GENOU D` is not the surname `genoud`: a lone letter behind a word is a side.
    let ends_lone = span.last().is_some_and(|s| s.token.folded.chars().count() == 1);
    let long = key.chars().count() >= 5 && !ends_lone;
    let safe = !joined || letters || long;
    (safe && !other.is_empty()).then_some((GLUED, other))
}

fn breaks(span: &[Sourced]) -> u128 {
    let mut offset = 0;
    let mut breaks = 0;
    for sourced in span {
        breaks |= breaks_at(offset);
        offset += sourced.token.folded.len();
    }
    breaks
}

/// Whether the same kind of sign stands between all tokens: `T/L` and `A P` are one word each, `D F+P` is not.
fn alike_signs(span: &[Sourced]) -> bool {
    span[1..]
        .windows(2)
        .all(|pair| pair[0].token.listed == pair[1].token.listed)
}

fn has_lone_letter(entry: &Entry, key: &str) -> bool {
    let mut alone = 0;
    for (at, _) in key.char_indices() {
        let starts = at == 0 || entry.breaks & breaks_at(at) != 0;
        match starts {
            true if alone == 1 => return true,
            true => alone = 1,
            false => alone += 1,
        }
    }
    !entry.is_single() && alone == 1
}

fn collect(tokens: &[Sourced], mut step: Vec<(usize, Found)>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (len, found) = std::mem::replace(&mut step[at], (1, Found::Unknown));
        let span = &tokens[at..at + len];
        let join = |f: fn(&Token) -> &str| {
            let parts: Vec<&str> = span.iter().map(|s| f(&s.token)).collect();
            parts.join(" ")
        };
        pieces.push(Piece {
            text: join(|t| &t.folded),
            natural: join(|t| &t.natural),
            found,
            listed: span[0].token.listed,
            origin: span.iter().map(|s| s.origin).max().unwrap_or(Origin::Said),
        });
        at += len;
    }
    pieces
}
