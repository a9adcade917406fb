//! Unknown tokens, taken apart: glued words, letters beside digits, scripts without blanks.
//!
//! What: an unknown token is split into words that we know, if all of it can be.
//! Why: archives hold `RXKNEE`, `HumerRight`, `KNEEAP`, `Kniegelenksaufnahme`, `左手関節`.
//! Example: `RXKNEE` is `rx` and `knee`; `LEGACY` and `SHIPMENT` are not split, since a rest stays.
//! Source: the lexicon sets; linking letters of German and Nordic compounds.

use crate::cover::Sourced;
use crate::fuzzy;
use crate::lexicon::{Lexicon, Word};
use crate::lost;
use crate::row::Category;
use crate::token::Token;

/// How a token came to be, from safest to least safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Origin {
    /// It stood in the text.
    Said,
    /// It is part of a longer run.
    Split,
    /// It is the nearest word to what stood in the text.
    Corrected,
}

/// Splits a token into known words.
pub(crate) fn unglue(lexicon: &Lexicon, token: &Token) -> Option<Vec<Sourced>> {
    if token.is_unspaced() {
        return unspaced(lexicon, token);
    }
    if let Some(whole) = lost::restore(lexicon, token) {
        return Some(corrected(&whole, token.listed));
    }
    let runs = runs(&token.written);
    if runs.len() > 1
        && let Some(parts) = known_runs(lexicon, &runs)
    {
        return Some(sourced(parts, token.listed));
    }
    glued(lexicon, &token.folded).map(|parts| sourced(parts, token.listed))
}

/// The nearest known word to a misspelt token.
pub(crate) fn correct(lexicon: &Lexicon, token: &Token) -> Option<Vec<Sourced>> {
    let key = fuzzy::nearest(lexicon, token)?;
    Some(corrected(&key, token.listed))
}

fn corrected(key: &str, listed: bool) -> Vec<Sourced> {
    vec![Sourced {
        token: Token::new(key, listed),
        origin: Origin::Corrected,
    }]
}

fn sourced(parts: Vec<String>, listed: bool) -> Vec<Sourced> {
    let part = |(i, text): (usize, String)| Sourced {
        token: Token::new(&text, listed && i == 0),
        origin: Origin::Split,
    };
    parts.into_iter().enumerate().map(part).collect()
}

/// The runs of one case or of digits: `XRSpine2` is `XR`, `Spine`, `2`.
fn runs(written: &str) -> Vec<String> {
    let chars: Vec<char> = written.chars().collect();
    let mut out: Vec<String> = Vec::new();
    for (i, c) in chars.iter().enumerate() {
        if i == 0 || run_ends(&chars, i) {
            out.push(String::new());
        }
        if let Some(last) = out.last_mut() {
            last.push(*c);
        }
    }
    out
}

fn run_ends(chars: &[char], i: usize) -> bool {
    let (before, here) = (chars[i - 1], chars[i]);
    let camel = before.is_lowercase() && here.is_uppercase();
    let next_is_lower = chars.get(i + 1).is_some_and(|c| c.is_lowercase());
    let acronym = before.is_uppercase() && here.is_uppercase() && next_is_lower;
    camel || acronym || before.is_numeric() != here.is_numeric()
}

fn known_runs(lexicon: &Lexicon, runs: &[String]) -> Option<Vec<String>> {
    let mut out = Vec::new();
    for run in runs {
        let token = Token::new(run, false);
        if token.is_number() || lexicon.has(&token.folded) {
            out.push(run.clone());
        } else {
            out.extend(glued(lexicon, &token.folded)?);
        }
    }
    Some(out)
}

/// Longest known words of a script without blanks; what is left over stays as unknown tokens.
fn unspaced(lexicon: &Lexicon, token: &Token) -> Option<Vec<Sourced>> {
    let chars: Vec<(usize, char)> = token.folded.char_indices().collect();
    let text = &token.folded;
    let end = |i: usize| chars.get(i).map_or(text.len(), |c| c.0);
    let n = chars.len();
    let mut cost = vec![0u32; n + 1];
    let mut step = vec![(1usize, false); n];
    for i in (0..n).rev() {
        // A rest of adjoining letters is one unknown word, so that its length does not count.
        let adjoining = step.get(i + 1).is_some_and(|s| !s.1);
        cost[i] = cost[i + 1] + if adjoining { 41 } else { 100 };
        step[i] = (1, false);
        for len in 1..=(n - i).min(16) {
            let known = lexicon.has(&text[end(i)..end(i + len)]);
            if known && 10 + cost[i + len] <= cost[i] {
                cost[i] = 10 + cost[i + len];
                step[i] = (len, true);
            }
        }
    }
    let mut parts: Vec<(String, bool)> = Vec::new();
    let mut i = 0;
    while i < n {
        let (len, known) = step[i];
        let part = &text[end(i)..end(i + len)];
        match parts.last_mut() {
            Some((last, false)) if !known => last.push_str(part),
            _ => parts.push((part.to_owned(), known)),
        }
        i += len;
    }
    let found = parts.iter().any(|p| p.1);
    found.then(|| sourced(parts.into_iter().map(|p| p.0).collect(), token.listed))
}

/// One way to write a glued token as known words.
struct Seam {
    parts: Vec<String>,
    cost: u32,
}

const LINKS: &[&str] = &["s", "n", "en", "es", "e", "er"];
const LONGEST_LINK: usize = 2;
const COMPOUNDING: &[&str] = &["de", "nl", "sv", "da", "nb", "fi", "et", "hu"];

/// Full segmentation of a token, if one is safe.
fn glued(lexicon: &Lexicon, folded: &str) -> Option<Vec<String>> {
    let length = folded.chars().count();
    if !(5..=40).contains(&length) || !folded.chars().all(char::is_alphabetic) {
        return None;
    }
    let stretches = Stretches::of(lexicon, folded);
    if !stretches.may_cover() {
        return None;
    }
    let seams = languages(&stretches).into_iter().filter_map(|l| segment(&stretches, l));
    seams.min_by_key(|seam| seam.cost).map(|seam| seam.parts)
}

/// The words of every stretch of a token, looked up once for all languages.
struct Stretches<'a> {
    lexicon: &'a Lexicon,
    text: &'a str,
    /// Where the letters start, and the end.
    bounds: Vec<usize>,
    /// For each pair of first letter and end, where its words are in `words`.
    spans: Vec<(u32, u32)>,
    words: Vec<u32>,
}

impl<'a> Stretches<'a> {
    fn of(lexicon: &'a Lexicon, text: &'a str) -> Stretches<'a> {
        let bounds: Vec<usize> = text.char_indices().map(|c| c.0).chain([text.len()]).collect();
        let n = bounds.len() - 1;
        let (mut spans, mut words) = (vec![(0, 0); n * (n + 1)], Vec::new());
        for i in 0..n {
            for j in i + 2..=n {
                let part = &text[bounds[i]..bounds[j]];
                let from = words.len() as u32;
                words.extend(entries(lexicon, part));
                spans[i * (n + 1) + j] = (from, words.len() as u32);
            }
        }
        Stretches {
            lexicon,
            text,
            bounds,
            spans,
            words,
        }
    }

    /// How many letters there are.
    fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    fn part(&self, from: usize, to: usize) -> &'a str {
        &self.text[self.bounds[from]..self.bounds[to]]
    }

    fn found(&self, from: usize, to: usize) -> &[u32] {
        let (start, end) = self.spans[from * (self.len() + 1) + to];
        &self.words[start as usize..end as usize]
    }

    /// The words of a stretch that may stand in a compound of this language.
    fn words(&self, from: usize, to: usize, language: Language<'a>) -> impl Iterator<Item = &'a Word> {
        let all = self.found(from, to).iter().map(|w| self.lexicon.word(*w));
        all.filter(move |w| language.speaks(self.lexicon, w))
    }

    /// Whether words of any languages and links between them cover the token: most unknown tokens end here.
    fn may_cover(&self) -> bool {
        let n = self.len();
        let mut reached = vec![false; n + 1];
        reached[n] = true;
        for i in (0..n).rev() {
            reached[i] = (i + 2..=n).any(|j| {
                let ends = || reached[j..=(j + LONGEST_LINK).min(n)].contains(&true);
                !self.found(i, j).is_empty() && ends()
            });
        }
        reached[0]
    }
}

/// A set whose words make compounds among themselves and with those that hold in every language.
#[derive(Debug, Clone, Copy)]
struct Language<'a> {
    set: u16,
    name: &'a str,
    compounds: bool,
}

impl Language<'_> {
    fn speaks(self, lexicon: &Lexicon, word: &Word) -> bool {
        word.set == self.set || lexicon.is_shared(word.set)
    }

    /// Whether two parts with different meanings may be glued (`TIBFIB`).
    fn glues_any(self) -> bool {
        matches!(self.name, "en" | "mul")
    }
}

/// The languages to try, in the order of the sets. Of those without a word in the token, which all read it from the
/// shared words alone, one of each kind stands for the others.
fn languages<'a>(stretches: &Stretches<'a>) -> Vec<Language<'a>> {
    let lexicon = stretches.lexicon;
    let language = |(set, name): (u16, &'a String)| Language {
        set,
        name,
        compounds: COMPOUNDING.contains(&name.as_str()),
    };
    let mut spoken = vec![false; lexicon.sets.len()];
    for word in &stretches.words {
        spoken[usize::from(lexicon.word(*word).set)] = true;
    }
    let mut silent: Vec<(bool, bool)> = Vec::new();
    let mut tried = |l: &Language<'_>| {
        let kind = (l.compounds, l.glues_any());
        let first = !silent.contains(&kind);
        if first && !spoken[usize::from(l.set)] {
            silent.push(kind);
        }
        first || spoken[usize::from(l.set)]
    };
    let all = (0u16..).zip(&lexicon.sets).map(language);
    all.filter(|l| l.name != "terms").filter(|l| tried(l)).collect()
}

fn segment(stretches: &Stretches<'_>, language: Language<'_>) -> Option<Seam> {
    let n = stretches.len();
    let compounds = language.compounds;
    let mut best: Vec<Option<(u32, usize, usize)>> = vec![None; n + 1];
    best[n] = Some((0, n, n));
    for i in (0..n).rev() {
        for j in i + 2..=n {
            if !may_stand(stretches, i, j, language) {
                continue;
            }
            for next in j..=(j + if compounds && j - i >= 4 { LONGEST_LINK } else { 0 }).min(n) {
                let link = stretches.part(j, next);
                let slack = link == "er" && j - i < 5;
                if next > j && (next == n || slack || !LINKS.contains(&link)) {
                    continue;
                }
                let Some((rest, ..)) = best[next] else { continue };
                let cost = rest + 10 + (next - j) as u32;
                if best[i].is_none_or(|(have, ..)| cost < have) {
                    best[i] = Some((cost, j, next));
                }
            }
        }
    }
    let cost = best[0]?.0;
    let mut parts = Vec::new();
    let mut i = 0;
    while i < n {
        let (_, j, next) = best[i]?;
        parts.push(stretches.part(i, j).to_owned());
        i = next;
    }
    is_safe(stretches.lexicon, &parts, language).then_some(Seam { parts, cost })
}

/// Whether the letters from `i` to `j` may be a part of a compound.
fn may_stand(stretches: &Stretches<'_>, i: usize, j: usize, language: Language<'_>) -> bool {
    let ends = language.compounds && j == stretches.len() && i >= 4;
    let opens = language.compounds && i == 0 && j - i >= 4;
    let part = stretches.part(i, j);
    stretches.words(i, j, language).any(|w| {
        is_eligible(w, part, j - i, language)
            || (ends && is_own_side(w, language))
            || (opens && w.category == Category::Device)
    })
}

/// The words of a stretch, whatever their language.
fn entries(lexicon: &Lexicon, part: &str) -> impl Iterator<Item = u32> {
    let long = part.len() > 5;
    let entries = lexicon.get(part).filter(move |e| e.is_single() || long);
    entries.map(|e| e.word)
}

/// The words of a part that may stand in a compound of this language.
fn words<'a>(lexicon: &'a Lexicon, part: &str, language: Language<'a>) -> impl Iterator<Item = &'a Word> {
    let all = entries(lexicon, part).map(|w| lexicon.word(w));
    all.filter(move |w| language.speaks(lexicon, w))
}

fn is_eligible(word: &Word, part: &str, length: usize, language: Language<'_>) -> bool {
    match word.category {
        Category::BodyPart => length >= 3,
        Category::Side => length >= 4 || is_tag(part),
        Category::View | Category::Modality => length >= 4 || is_tag(part),
        Category::PartNoun => length >= 5,
        Category::Noise => length >= 5 && language.compounds,
        _ => false,
    }
}

/// A side of the language itself in a letter or two, which may end a run: `KNIERE`, `HANDGELENKLI`.
fn is_own_side(word: &Word, language: Language<'_>) -> bool {
    word.category == Category::Side && word.set == language.set
}

/// Short words that people glue to a part and that end no ordinary word.
fn is_tag(part: &str) -> bool {
    is_side_tag(part) || is_x_ray(part) || matches!(part, "ap" | "pa" | "lat" | "obl" | "cr" | "dx" | "dr")
}

fn is_side_tag(part: &str) -> bool {
    matches!(part, "rt" | "lt")
}

/// Tags that no ordinary word starts with.
fn is_x_ray(part: &str) -> bool {
    matches!(part, "rx" | "xr" | "rtg")
}

fn is_safe(lexicon: &Lexicon, parts: &[String], language: Language<'_>) -> bool {
    if parts.len() < 2 {
        return false;
    }
    if let [.., before, last] = parts
        && words(lexicon, last, language).any(|w| is_own_side(w, language))
        && !(before.chars().count() >= 4 && words(lexicon, before, language).any(|w| w.category == Category::BodyPart))
    {
        return false;
    }
    let is_part = |p: &String| words(lexicon, p, language).any(|w| w.category == Category::BodyPart);
    let bodies: Vec<&String> = parts.iter().filter(|p| is_part(p)).collect();
    // `SCHULTERT` and `TANNERPORT` are names: what is glued to a short word of one language proves nothing.
    let is_side = |p: &String| words(lexicon, p, language).any(|w| w.category == Category::Side);
    let proves = |p: &String| is_part(p) || is_x_ray(p) || (is_side(p) && !is_side_tag(p));
    let known = |p: &&String| is_shared(lexicon, p);
    let long = |p: &&String| p.chars().count() >= 5 && !parts.iter().any(|p| is_side_tag(p));
    if !parts.iter().all(proves) && !bodies.iter().all(|p| known(p) || long(p)) {
        return false;
    }
    // `CR` and `DR` stand in front.
    if parts[1..].iter().any(|p| matches!(p.as_str(), "cr" | "dr")) {
        return false;
    }
    let is_short = |p: &&&String| p.chars().count() < 4;
    let short = bodies.iter().any(|p| is_short(&p));
    let repeated = bodies.windows(2).any(|pair| pair[0] == pair[1]);
    if repeated
        || !bodies
            .iter()
            .filter(is_short)
            .all(|p| may_be_glued(lexicon, p, bodies.len()))
    {
        return false;
    }
    let several = |p: &&String| words(lexicon, p, language).any(|w| w.concepts.len() > 1);
    let two_are_fine = language.glues_any() && !bodies.iter().any(several);
    match bodies.len() {
        0 => false,
        1 if short => parts.iter().all(|p| is_part(p) || is_x_ray(p) || is_side(p)),
        1 => true,
        _ => two_are_fine || agree(lexicon, &bodies, language),
    }
}

fn is_shared(lexicon: &Lexicon, part: &str) -> bool {
    lexicon.get(part).any(|e| lexicon.is_shared(lexicon.word(e.word).set))
}

/// A short word for a part: alone it must be a defined term (`HIP`), among others an abbreviation will do (`TIBFIB`).
fn may_be_glued(lexicon: &Lexicon, part: &str, bodies: usize) -> bool {
    let fits = |w: &Word| match lexicon.set_of(w) {
        "terms" => true,
        "mul" => bodies > 1 && w.side.is_none(),
        _ => false,
    };
    lexicon.get(part).any(|e| fits(lexicon.word(e.word)))
}

/// Whether all body parts of a compound mean the same.
fn agree(lexicon: &Lexicon, bodies: &[&String], language: Language<'_>) -> bool {
    let meaning = |p: &String| {
        let mut found = words(lexicon, p, language).filter(|w| w.category == Category::BodyPart);
        found.next().map(|w| w.concepts.clone())
    };
    let first = bodies.first().and_then(|p| meaning(p));
    bodies.iter().all(|p| meaning(p) == first)
}
