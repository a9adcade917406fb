//! Guarded fuzzy match: the one word that a slip of the fingers explains.
//!
//! What: transposed, dropped, doubled, neighbouring-key and sound-alike letters, weighted.
//! Why: `CLAVICEL`, `SHOLDER`, `ABDOMEM` are typed every day; a surname one letter away is too.
//! Guards: the first letter stands; short words and those of other languages than English forgive less;
//! the last letter is not dropped or added; no second meaning within a margin; a known word is never corrected.
//! Example: `THORASIC` is thoracic; `BECKER` is not Becken, `SCHULTE` not Schulter, `FARM` not arm.
//! Source: keyboard layouts QWERTY and QWERTZ; the lexicon sets.

use crate::lexicon::{Lexicon, Shape, letters};
use crate::row::Category;
use crate::token::Token;

const MARGIN: f64 = 0.5;

/// The key of the nearest word, if it is near and alone.
pub(crate) fn nearest(lexicon: &Lexicon, token: &Token) -> Option<String> {
    let text: Vec<char> = plain_digits(&token.folded);
    if text.len() < 4 || text.len() > 32 || !text.iter().all(|c| c.is_alphabetic()) {
        return None;
    }
    let mask = letters(text.iter().copied());
    let mut near: Vec<(f64, &str)> = Vec::new();
    for length in text.len().saturating_sub(2)..=text.len() + 2 {
        for (key, shape) in lexicon.near(text[0], length) {
            if !may_be_near(mask, shape.letters, length) {
                continue;
            }
            let wanted: Vec<char> = key.chars().collect();
            let limit = limit(shape, &text, &wanted);
            let cost = distance(&text, &wanted);
            if limit > 0.0 && cost <= limit {
                near.push((cost, key));
            }
        }
    }
    near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    let (cost, best) = *near.first()?;
    let rivals = near.iter().filter(|(c, _)| *c < cost + MARGIN);
    let alone = rivals.into_iter().all(|(_, key)| means_alike(lexicon, best, key));
    alone.then(|| best.to_owned())
}

/// Digits that look like letters, inside a word: `C5PINE`, `L0WER`.
fn plain_digits(folded: &str) -> Vec<char> {
    let letters = folded.chars().filter(|c| c.is_alphabetic()).count();
    let look = |c: char| match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '5' => 's',
        '8' => 'b',
        other => other,
    };
    match letters * 3 >= folded.chars().count() * 2 {
        true => folded.chars().map(look).collect(),
        false => folded.chars().collect(),
    }
}

/// How dear a slip may be. A short word is near to many a surname, and one of a language that nothing else in
/// the text speaks is near to words of all the others; organs (`heart`, `colon`) are no words that need it.
fn limit(shape: Shape, text: &[char], wanted: &[char]) -> f64 {
    let same_length = text.len() == wanted.len();
    match (wanted.len(), shape.english) {
        (0..=3, _) | (4..=5, false) => 0.0,
        (4, _) if text.last() == wanted.last() => PLAIN,
        (4, _) => 0.0,
        (5, _) if shape.defined && !shape.loose && same_length => 1.0,
        (5, _) | (6, false) => PLAIN,
        (6, _) if shape.loose => PLAIN,
        (6..=8, _) | (9..=10, false) => 1.1,
        _ if text.len() + 2 == wanted.len() => 1.6,
        _ => 2.0,
    }
}

/// A transposition, a doubled letter, or a double one written once.
const PLAIN: f64 = 0.8;

/// A cheap bound: how many letters only one of the two has.
fn may_be_near(text: u64, wanted: u64, length: usize) -> bool {
    let missing = (text & !wanted).count_ones().max((wanted & !text).count_ones());
    missing <= if length > 8 { 3 } else { 2 }
}

pub(crate) fn means_alike(lexicon: &Lexicon, a: &str, b: &str) -> bool {
    let meaning = |key: &str| {
        let mut all: Vec<_> = lexicon
            .get(key)
            .map(|e| lexicon.word(e.word))
            .map(|w| (w.category, w.concepts.clone(), w.side))
            .collect();
        all.sort_by_key(|m| (m.0, m.1.clone()));
        all.dedup();
        all
    };
    let (a, b) = (meaning(a), meaning(b));
    let body = |m: &[(Category, Vec<_>, _)]| m.iter().any(|x| x.0 == Category::BodyPart);
    a == b || (!body(&a) && !body(&b)) || shares_parts(&a, &b)
}

type Meaning = (Category, Vec<bodysite_core::Sctid>, Option<bodysite_core::Side>);

fn shares_parts(a: &[Meaning], b: &[Meaning]) -> bool {
    let parts = |m: &[Meaning]| -> Vec<Vec<bodysite_core::Sctid>> {
        let part = m.iter().filter(|x| x.0 == Category::BodyPart);
        part.map(|x| x.1.clone()).collect()
    };
    let (a, b) = (parts(a), parts(b));
    !a.is_empty() && !b.is_empty() && a.iter().all(|x| b.contains(x))
}

/// Weighted optimal string alignment; unlikely slips cost more than any limit allows.
fn distance(text: &[char], wanted: &[char]) -> f64 {
    let (n, m) = (text.len(), wanted.len());
    let width = m + 1;
    let mut table = vec![0.0f64; (n + 1) * width];
    for i in 0..=n {
        for j in 0..=m {
            if i == 0 || j == 0 {
                table[i * width + j] = 3.0 * (i + j) as f64;
                continue;
            }
            let at = |di: usize, dj: usize| table[(i - di) * width + j - dj];
            let mut best = at(1, 1) + substitution(text[i - 1], wanted[j - 1]);
            best = best.min(at(1, 0) + added(text, i - 1));
            best = best.min(at(0, 1) + dropped(wanted, j - 1));
            let crossed = i > 1
                && j > 1
                && text[i - 1] == wanted[j - 2]
                && text[i - 2] == wanted[j - 1]
                && text[i - 1] != text[i - 2];
            if crossed {
                best = best.min(at(2, 2) + 0.8);
            }
            table[i * width + j] = best;
        }
    }
    table[n * width + m]
}

fn added(text: &[char], i: usize) -> f64 {
    let doubled = i > 0 && text[i - 1] == text[i];
    match (doubled, i + 1 == text.len()) {
        (true, false) => 0.6,
        (_, true) => 3.0,
        _ => 1.0,
    }
}

fn dropped(wanted: &[char], j: usize) -> f64 {
    let doubled = j > 0 && wanted[j - 1] == wanted[j];
    let silent = wanted[j] == 'h' && j > 0 && matches!(wanted[j - 1], 't' | 'c' | 'p' | 'r');
    match (doubled || silent, j + 1 == wanted.len()) {
        (true, false) => 0.6,
        (_, true) => 3.0,
        _ => 1.0,
    }
}

fn substitution(a: char, b: char) -> f64 {
    if a == b {
        0.0
    } else if sounds_alike(a, b) {
        0.9
    } else if neighbours(a, b) {
        1.0
    } else {
        3.0
    }
}

fn sounds_alike(a: char, b: char) -> bool {
    const VOWELS: &str = "aeiouy";
    let vowels = VOWELS.contains(a) && VOWELS.contains(b);
    const PAIRS: &[&str] = &["ck", "cs", "sz", "mn", "fv", "td", "pb", "gj", "xs", "zc"];
    vowels || PAIRS.iter().any(|p| p.contains(a) && p.contains(b))
}

fn neighbours(a: char, b: char) -> bool {
    const ROWS: [&[&str; 3]; 2] = [
        &["qwertyuiop", "asdfghjkl", "zxcvbnm"],
        &["qwertzuiop", "asdfghjkl", "yxcvbnm"],
    ];
    let place = |rows: &[&str; 3], c: char| {
        let find = |(y, row): (usize, &&str)| row.find(c).map(|x| (x as i32, y as i32));
        rows.iter().enumerate().find_map(find)
    };
    ROWS.iter().any(|rows| match (place(rows, a), place(rows, b)) {
        (Some((ax, ay)), Some((bx, by))) => {
            let (dx, dy) = (bx - ax, by - ay);
            (dy == 0 && dx.abs() == 1) || (dy == 1 && (-1..=0).contains(&dx)) || (dy == -1 && (0..=1).contains(&dx))
        }
        _ => false,
    })
}
