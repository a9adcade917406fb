//! Folding: the form in which two spellings of a word are the same text.
//!
//! What: NFKC, lower case, accents off Latin, Greek and Cyrillic letters, `ß` to `ss`, `ø` to `o`.
//! Why: headers come in capitals, without accents, in full width, or with `AE` for `Ä`.
//! Example: `CÔTÉS`, `cotes` and `ｃôtés` fold to `cotes`; `Hüfte` to `hufte`, and, as a label, also to `huefte`.
//! Source: Unicode Standard Annex 15; DIN 5007-2 for the German digraphs.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;

/// How letters with two customary foldings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `ä` to `a`.
    Plain,
    /// `ä` to `ae`.
    Digraph,
}

/// NFKC and lower case, keeping accents: the natural spelling of a word.
pub(crate) fn natural(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    match composed(text) {
        Cow::Borrowed(settled) => settled.to_lowercase(),
        Cow::Owned(composed) => composed.chars().flat_map(char::to_lowercase).nfc().collect(),
    }
}

/// NFKC; most texts are in it.
pub(crate) fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || text.chars().all(is_settled) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfkc().collect())
    }
}

/// Letters and signs that NFKC leaves alone, and whose lower case it leaves alone too.
fn is_settled(c: char) -> bool {
    matches!(c, '\0'..='\u{7f}' | 'À'..='ÿ' | 'Ā'..='į' | 'Ą'..='ľ' | 'Ł'..='ň' | 'Ŋ'..='ž')
        || matches!(c, 'Α'..='ώ' | 'Ѐ'..='я' | 'ѐ'..='ѿ' | '\u{4e00}'..='\u{9fff}' | 'ァ'..='ヾ' | 'ぁ'..='ゖ' | '가'..='힣')
            && c != 'İ'
            && c != 'ς'
}

/// Folds a natural spelling.
pub(crate) fn fold(natural: &str, style: Style) -> String {
    if natural.is_ascii() {
        return natural.to_owned();
    }
    let mut out = String::with_capacity(natural.len());
    for c in natural.chars() {
        push_folded(&mut out, c, style);
    }
    out
}

fn push_folded(out: &mut String, c: char, style: Style) {
    if c.is_ascii() {
        return out.push(c);
    }
    if style == Style::Digraph
        && let Some(two) = digraph(c)
    {
        return out.push_str(two);
    }
    match c {
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'ø' => out.push('o'),
        'ł' => out.push('l'),
        'đ' | 'ð' => out.push('d'),
        'ı' => out.push('i'),
        'þ' => out.push_str("th"),
        'ς' => out.push('σ'),
        'º' | 'ª' | '°' => {}
        _ if is_mark(c) => {}
        _ if loses_accents(c) => decompose_canonical(c, |d| {
            if !is_mark(d) {
                out.push(d);
            }
        }),
        _ => out.push(c),
    }
}

/// Whether a spelling has a letter that is also written with two.
pub(crate) fn has_digraph(natural: &str) -> bool {
    !natural.is_ascii() && natural.chars().any(|c| digraph(c).is_some())
}

fn digraph(c: char) -> Option<&'static str> {
    Some(match c {
        'ä' | 'æ' => "ae",
        'ö' | 'ø' => "oe",
        'ü' => "ue",
        'å' => "aa",
        _ => return None,
    })
}

fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

// Kana and Hangul decompose too, into other words: their marks stay.
fn loses_accents(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{52f}' | '\u{1e00}'..='\u{1fff}')
}

/// Whether a letter belongs to a script written without blanks between words.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ac00}'..='\u{d7a3}' | '々' | '〇')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, plain: &str, digraph: &str) {
        let natural = natural(text);
        assert_eq!(fold(&natural, Style::Plain), plain);
        assert_eq!(fold(&natural, Style::Digraph), digraph);
    }

    #[test]
    fn spellings_of_a_word_fold_alike() {
        check("CÔTÉS", "cotes", "cotes");
        check("Hüfte", "hufte", "huefte");
        check("Fuß", "fuss", "fuss");
        check("LÅR", "lar", "laar");
        check("BİLEK", "bilek", "bilek");
        check("KRĘGOSŁUP", "kregoslup", "kregoslup");
        check("ЛЁГКИЕ", "легкие", "легкие");
        check("ｶﾀ", "カタ", "カタ");
        check("ガング", "ガング", "ガング");
        check("무릎", "무릎", "무릎");
        check("Αστράγαλος", "αστραγαλοσ", "αστραγαλοσ");
    }
}
