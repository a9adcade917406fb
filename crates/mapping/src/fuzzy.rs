//! Guarded fuzzy match: the one word that a slip of the fingers explains.
//!
//! What: transposed, dropped, doubled, neighbouring-key and sound-alike letters, weighted.
//! Why: `CLAVICEL`, `SHOLDER`, `ABDOMEM` are typed every day; a surname one letter away is too.
//! Guards: the first letter stands; short words and those of other languages than English forgive less;
//! the last letter is not dropped or added; no second meaning within a margin; a known word is never corrected.
//! Example: `THORASIC` is thoracic; `BECKER` is not Becken, `SCHULTE` not Schulter, `FARM` not arm.
//! Source: keyboard layouts QWERTY and QWERTZ; the lexicon sets.

use std::sync::LazyLock;

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
    let (mut wanted, mut table) = (Vec::new(), Vec::new());
    for length in text.len().saturating_sub(2)..=text.len() + 2 {
        for (key, shape) in lexicon.near(text[0], length) {
            let limit = limit(shape, &text, length, key.chars().next_back());
            if !may_be_near(mask, shape.letters, limit) {
                continue;
            }
            wanted.clear();
            wanted.extend(key.chars());
            if let Some(cost) = distance_within(limit, &text, &wanted, &mut table) {
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
fn limit(shape: Shape, text: &[char], length: usize, last: Option<char>) -> f64 {
    let same_length = text.len() == length;
    match (length, shape.english) {
        (0..=3, _) | (4..=5, false) => 0.0,
        (4, _) if text.last() == last.as_ref() => PLAIN,
        (4, _) => 0.0,
        (5, _) if shape.defined && !shape.loose && same_length => 1.0,
        (5, _) | (6, false) => PLAIN,
        (6, _) if shape.loose => PLAIN,
        (6..=8, _) | (9..=10, false) => 1.1,
        _ if text.len() + 2 == length => 1.6,
        _ => 2.0,
    }
}

/// A transposition, a doubled letter, or a double one written once.
const PLAIN: f64 = 0.8;

/// The least that a letter costs which is not in the other word at all; a silent `h` costs less.
const LEAST: f64 = 0.9;
const SILENT: f64 = 0.6;

/// A cheap bound: each letter that only one of the two has costs a slip, of which a silent `h` is the cheapest.
fn may_be_near(text: u64, wanted: u64, limit: f64) -> bool {
    let only = |a: u64, b: u64| f64::from((a & !b).count_ones());
    limit > 0.0 && LEAST * only(text, wanted) <= limit && LEAST * only(wanted, text) - (LEAST - SILENT) <= limit
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

/// Weighted optimal string alignment, given up once no way within the limit is left; unlikely slips cost more than
/// any limit allows.
fn distance_within(limit: f64, text: &[char], wanted: &[char], table: &mut Vec<f64>) -> Option<f64> {
    let (n, m) = (text.len(), wanted.len());
    let width = m + 1;
    table.clear();
    table.resize((n + 1) * width, 0.0);
    let mut least_before = 0.0f64;
    for i in 0..=n {
        let mut least = f64::INFINITY;
        for j in 0..=m {
            let cost = match i == 0 || j == 0 {
                true => 3.0 * (i + j) as f64,
                false => step(table, width, (i, j), text, wanted),
            };
            table[i * width + j] = cost;
            least = least.min(cost);
        }
        // A transposition reaches over one row.
        if least.min(least_before) > limit {
            return None;
        }
        least_before = least;
    }
    Some(table[n * width + m]).filter(|cost| *cost <= limit)
}

/// The cheapest way to a cell from those before it.
fn step(table: &[f64], width: usize, (i, j): (usize, usize), text: &[char], wanted: &[char]) -> f64 {
    let at = |di: usize, dj: usize| table[(i - di) * width + j - dj];
    let mut best = at(1, 1) + substitution(text[i - 1], wanted[j - 1]);
    best = best.min(at(1, 0) + added(text, i - 1));
    best = best.min(at(0, 1) + dropped(wanted, j - 1));
    let crossed =
        i > 1 && j > 1 && text[i - 1] == wanted[j - 2] && text[i - 2] == wanted[j - 1] && text[i - 1] != text[i - 2];
    if crossed {
        best = best.min(at(2, 2) + 0.8);
    }
    best
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
        (true, false) => SILENT,
        (_, true) => 3.0,
        _ => 1.0,
    }
}

fn substitution(a: char, b: char) -> f64 {
    if a == b {
        return 0.0;
    }
    let place = |c: char| c.is_ascii_lowercase().then(|| usize::from(c as u8 - b'a'));
    match (place(a), place(b)) {
        (Some(a), Some(b)) => SUBSTITUTIONS[a][b],
        // Keys and sounds are those of the Latin alphabet.
        _ => 3.0,
    }
}

/// The costs between the letters `a` to `z`.
static SUBSTITUTIONS: LazyLock<[[f64; 26]; 26]> = LazyLock::new(|| {
    let letter = |i: usize| char::from(b'a' + i as u8);
    std::array::from_fn(|a| std::array::from_fn(|b| confusion(letter(a), letter(b))))
});

fn confusion(a: char, b: char) -> f64 {
    if sounds_alike(a, b) {
        LEAST
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
