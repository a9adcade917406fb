//! Texts that were cut off: Body Part Examined holds 16 characters.
//!
//! What: a last word that we do not know, completed to the only meaning that its beginning can have.
//! Why: `PARANASAL SINUSE` and `KIDNEY_URETER_BL` are what a device keeps of a longer text.
//! Guards: the word before it must belong to the completed phrase, or the text must have exactly 16
//! characters; at least eight letters stand; all completions mean the same.
//! Example: `THORACIC SPIN` is the thoracic spine; `LUMB` is not completed (it is a row).
//! Source: PS3.5 section 6.2, value representation CS.

use crate::cover::Sourced;
use crate::fuzzy;
use crate::lexicon::Lexicon;
use crate::split::Origin;
use crate::token::Token;

/// The longest value of a code string.
const LONGEST: usize = 16;
const LEAST: usize = 8;
const MOST_COMPLETIONS: usize = 200;

/// The tokens with their end completed, if that can be done safely.
pub(crate) fn complete(lexicon: &Lexicon, tokens: &[Sourced]) -> Option<Vec<Sourced>> {
    let last = tokens.last()?;
    if lexicon.has(&last.token.folded) || last.token.folded.chars().count() < 2 {
        return None;
    }
    let letters: usize = tokens.iter().map(|t| t.token.folded.chars().count()).sum();
    let length = letters + tokens.len() - 1;
    (0..tokens.len()).find_map(|from| {
        let alone = from + 1 == tokens.len();
        if alone && length != LONGEST {
            return None;
        }
        let start: String = tokens[from..].iter().map(|t| t.token.folded.as_str()).collect();
        let whole = only_completion(lexicon, &start)?;
        let mut out = tokens[..from].to_vec();
        out.push(Sourced {
            token: Token::new(&whole, tokens[from].token.listed),
            origin: Origin::Corrected,
        });
        Some(out)
    })
}

fn only_completion(lexicon: &Lexicon, start: &str) -> Option<String> {
    if start.chars().count() < LEAST {
        return None;
    }
    let keys: Vec<&str> = lexicon.starting_with(start).take(MOST_COMPLETIONS).collect();
    let first = *keys.iter().min_by_key(|k| k.len())?;
    let alike = keys.iter().all(|k| fuzzy::means_alike(lexicon, first, k));
    (alike && keys.len() < MOST_COMPLETIONS).then(|| first.to_owned())
}
