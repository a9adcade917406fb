//! Lost letters: a device that knows only ASCII writes `?` for every letter that it cannot.
//!
//! What: the one word of which the letters that are left stand in place and every lost one is not ASCII.
//! Why: `H?FTE`, `CR?NIO`, `MU?ECA` come from text that was re-encoded without its character set.
//! Guards: at least three letters are left, and they outnumber the lost ones; all candidates mean the same.
//! Example: `H?FTE` is Hüfte; `KNEE?` is a knee and a question mark; `?????` stays unknown.
//! Source: PS3.5 section 6.1.2.3 (characters that cannot be shown); the lexicon sets.

use crate::fuzzy;
use crate::lexicon::Lexicon;
use crate::token::{LOST, Token};

/// The folded form of the only word that a token with lost letters can be.
pub(crate) fn restore(lexicon: &Lexicon, token: &Token) -> Option<String> {
    let text: Vec<char> = token.natural.chars().collect();
    let lost = text.iter().filter(|c| **c == LOST).count();
    let left = text.len() - lost;
    if lost == 0 || left < 3 || left <= lost {
        return None;
    }
    let fits = |natural: &str| {
        let wanted: Vec<char> = natural.chars().collect();
        matches(&text, &wanted)
    };
    let mut found = lexicon
        .accented()
        .filter(|(natural, _)| fits(natural))
        .map(|(_, key)| key);
    let first = found.next()?;
    found
        .all(|key| fuzzy::means_alike(lexicon, first, key))
        .then(|| first.to_owned())
}

/// Whether a text with lost letters can be a word. A lost letter may have left one mark for each of its bytes.
fn matches(text: &[char], wanted: &[char]) -> bool {
    match (text.split_first(), wanted.split_first()) {
        (None, None) => true,
        (Some((&LOST, rest)), Some((letter, others))) if !letter.is_ascii() => {
            let marks = 1 + rest.iter().take_while(|c| **c == LOST).count();
            (1..=marks.min(letter.len_utf8())).any(|n| matches(&text[n..], others))
        }
        (Some((a, text)), Some((b, wanted))) => a == b && matches(text, wanted),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_letter_leaves_one_mark_or_one_for_each_byte() {
        let check = |text: &str, wanted: &str| {
            let chars = |t: &str| -> Vec<char> { t.replace('?', &LOST.to_string()).chars().collect() };
            matches(&chars(text), &chars(wanted))
        };
        assert!(check("h?fte", "hüfte"));
        assert!(check("h??fte", "hüfte"));
        assert!(check("?paule", "épaule"));
        assert!(!check("h?fte", "hafte"));
        assert!(!check("h???fte", "hüfte"));
        assert!(!check("h?ft", "hüfte"));
    }
}
