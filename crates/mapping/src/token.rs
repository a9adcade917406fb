//! Tokens: the runs of letters and digits of a text, with what stood between them.

use std::borrow::Cow;

use crate::fold::{Style, composed, fold, is_unspaced, natural};

/// What stands for a letter that was lost: U+FFFD, or `?` before a letter.
pub(crate) const LOST: char = char::REPLACEMENT_CHARACTER;

/// One run of letters and digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// Lower case with accents.
    pub natural: String,
    /// Folded, plain style.
    pub folded: String,
    /// As written (after NFKC), for finding words glued in `CamelCase`.
    pub written: String,
    /// Whether something that joins or lists two parts stood before it (`/`, `+`, `&`, `,`, `;`).
    pub listed: bool,
}

impl Token {
    /// A token from one run, as written.
    pub(crate) fn new(written: &str, listed: bool) -> Token {
        Token::spelt(natural(written), written, listed)
    }

    fn spelt(natural: String, written: &str, listed: bool) -> Token {
        Token {
            folded: fold(&natural, Style::Plain),
            natural,
            written: written.to_owned(),
            listed,
        }
    }

    /// Whether it has nothing but digits.
    pub(crate) fn is_number(&self) -> bool {
        self.folded.bytes().all(|b| b.is_ascii_digit())
    }

    /// Whether its letters belong to a script without blanks.
    pub(crate) fn is_unspaced(&self) -> bool {
        self.folded.chars().any(is_unspaced)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Spaced,
    Unspaced,
    Between,
}

fn kind(c: char) -> Kind {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() {
            Kind::Spaced
        } else {
            Kind::Between
        };
    }
    if is_unspaced(c) || c == 'ー' {
        Kind::Unspaced
    } else if matches!(c, 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ɏ' | 'Α'..='ϵ' | 'Ѐ'..='ҁ')
        || c.is_alphanumeric()
        || c == LOST
        || ('\u{300}'..='\u{36f}').contains(&c)
    {
        Kind::Spaced
    } else {
        Kind::Between
    }
}

/// The tokens of a text, in order.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    runs(text, Token::new)
}

/// The tokens of a text that is in its natural spelling already.
pub(crate) fn natural_tokens(natural: &str) -> Vec<Token> {
    runs(natural, |run, listed| Token::spelt(run.to_owned(), run, listed))
}

fn runs(text: &str, token: impl Fn(&str, bool) -> Token) -> Vec<Token> {
    let text = part_fractions(text);
    let composed = composed(&text);
    let marked = mark_lost(&composed);
    let joined = join_dotted(&marked);
    let mut out = Vec::new();
    let (mut run, mut run_kind, mut listed) = (String::new(), Kind::Between, false);
    for c in joined.chars() {
        let k = kind(c);
        if k != run_kind && !run.is_empty() {
            out.push(token(&run, listed));
            run.clear();
            listed = false;
        }
        match k {
            Kind::Between => listed |= lists(c),
            _ => run.push(c),
        }
        run_kind = k;
    }
    if !run.is_empty() {
        out.push(token(&run, listed));
    }
    out
}

fn lists(c: char) -> bool {
    matches!(c, '/' | '+' | '&' | ',' | ';' | '、' | '・' | '|')
}

/// Superscripts and fractions separate words: compatibility composition would make digits of them.
fn part_fractions(text: &str) -> Cow<'_, str> {
    let parts = |c: char| matches!(c, '²' | '³' | '¹' | '¼'..='¾');
    match text.contains(parts) {
        true => Cow::Owned(text.replace(parts, " ")),
        false => Cow::Borrowed(text),
    }
}

/// `H?FTE`: a question mark before a letter stands for one that was lost.
fn mark_lost(text: &str) -> Cow<'_, str> {
    if !text.contains('?') {
        return Cow::Borrowed(text);
    }
    let chars: Vec<char> = text.chars().collect();
    let is_lost = |i: usize| {
        let next = chars[i..].iter().find(|c| **c != '?');
        chars[i] == '?' && next.is_some_and(|c| c.is_alphabetic())
    };
    let mark = |(i, c): (usize, &char)| if is_lost(i) { LOST } else { *c };
    Cow::Owned(chars.iter().enumerate().map(mark).collect())
}

/// `A.P.`, `p.-a.`, `o.p.n.`: single letters with points are one word.
fn join_dotted(text: &str) -> Cow<'_, str> {
    if !text.contains('.') {
        return Cow::Borrowed(text);
    }
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = dotted_end(&chars, at);
        if end > at {
            out.extend(chars[at..end].iter().filter(|c| c.is_alphabetic()));
            out.push(' ');
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    Cow::Owned(out)
}

/// The end of a dotted abbreviation of at least two letters that starts at `at`; `at` where there is none.
fn dotted_end(chars: &[char], at: usize) -> usize {
    let letter = |i: usize| chars.get(i).is_some_and(|c| c.is_alphabetic());
    let starts_word = at == 0 || !chars[at - 1].is_alphanumeric();
    if !starts_word {
        return at;
    }
    let (mut end, mut letters) = (at, 0);
    while letter(end) && chars.get(end + 1) == Some(&'.') {
        letters += 1;
        end += 2;
        if chars.get(end) == Some(&'-') && letter(end + 1) && chars.get(end + 2) == Some(&'.') {
            end += 1;
        }
    }
    let last_is_bare = letter(end) && !letter(end + 1);
    if letters >= 1 && last_is_bare && !chars.get(end + 1).is_some_and(char::is_ascii_digit) {
        letters += 1;
        end += 1;
    }
    if letters >= 2 { end } else { at }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let folded: Vec<String> = tokens(text).into_iter().map(|t| t.folded).collect();
        assert_eq!(folded, expect, "{text}");
    }

    #[test]
    fn a_text_falls_into_runs() {
        check("T/L SPINE", &["t", "l", "spine"]);
        check("BECKEN A.P.", &["becken", "ap"]);
        check("Orbita p.-a.-Aufnahme", &["orbita", "pa", "aufnahme"]);
        check("DR腹部立卧位", &["dr", "腹部立卧位"]);
        check("RX A.T.M.", &["rx", "atm"]);
        check("L'humérus", &["l", "humerus"]);
        check("COL. LUMBAR", &["col", "lumbar"]);
        check("", &[]);
    }
}
