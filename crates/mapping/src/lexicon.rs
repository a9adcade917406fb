//! The index of all words: from a folded key to what each set says it means.

use std::collections::HashMap;
use std::sync::OnceLock;

use bodysite_core::{Relationship, Sctid, Side};
use hashbrown::HashTable;

use crate::fold::{Style, fold, has_digraph};
use crate::row::{Category, Object, Row};
use crate::token::natural_tokens;

/// All rows of one set for one label.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    /// Index of the set.
    pub set: u16,
    /// The label in lower case with its accents.
    pub natural: String,
    pub category: Category,
    /// What it means (body part), or can mean (ambiguous).
    pub concepts: Vec<Sctid>,
    pub relationship: Relationship,
    /// The side it names, or that its plural implies.
    pub side: Option<Side>,
    /// Whether the word is also a title or a name.
    pub person: bool,
    pub confidence: f64,
}

/// One way to write a word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub word: u32,
    /// Where its key starts tokens, as bits of byte offsets (bit 0, the start itself, is never set).
    pub breaks: u128,
    next: Option<u32>,
}

impl Entry {
    /// Whether it is one token.
    pub fn is_single(&self) -> bool {
        self.breaks == 0
    }
}

/// Labels longer than this many bytes do not fit [`Entry::breaks`].
pub(crate) const LONGEST_LABEL: usize = 128;

/// A folded form that at least one word has.
#[derive(Debug)]
struct Key {
    start: u32,
    end: u32,
    first: u32,
    last: u32,
}

/// The words of all sets.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    pub sets: Vec<String>,
    pub words: Vec<Word>,
    /// The longest phrase, in tokens.
    pub longest: usize,
    shared: Vec<bool>,
    /// The set of the site, whose words win over all others.
    overlay: Option<u16>,
    text: String,
    keys: Vec<Key>,
    entries: Vec<Entry>,
    table: HashTable<u32>,
    hasher: hashbrown::DefaultHashBuilder,
    /// Single words by first letter and length, for the fuzzy match.
    shapes: OnceLock<HashMap<(char, usize), Vec<Shape>>>,
    /// Single words with a letter that is not ASCII, by index, each with its key.
    accented: OnceLock<Vec<(u32, u32)>>,
    /// Words for body parts by index, each with its key and the letters of that.
    parts: OnceLock<Vec<(u32, u32, u64)>>,
    /// Every key in order, for texts that were cut off.
    sorted: OnceLock<Vec<u32>>,
}

/// A single word as the fuzzy match looks it up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    key: u32,
    /// The letters it has, as bits.
    pub letters: u64,
    /// Whether English has it.
    pub english: bool,
    /// Whether it is a defined term of Body Part Examined.
    pub defined: bool,
    /// Whether it only stands for a body part (an organ) or is finer than what we have a concept for.
    pub loose: bool,
}

/// A word with every form that it is found under: the work of loading that needs no other word.
#[derive(Debug)]
pub(crate) struct Spelt {
    word: Word,
    /// How many tokens it has.
    tokens: usize,
    /// Folded forms without blanks, each with the breaks of its tokens.
    keys: Vec<(String, u128)>,
}

impl Spelt {
    /// The words of a set's rows, in their order; one of which no token is left is none.
    pub fn all(rows: &[Row]) -> Vec<Spelt> {
        let same = rows.chunk_by(|a, b| a.set == b.set && a.label == b.label);
        same.filter_map(Spelt::of).collect()
    }

    fn of(rows: &[Row]) -> Option<Spelt> {
        let word = word_of(rows);
        let parts = natural_tokens(&word.natural);
        if parts.is_empty() {
            return None;
        }
        let mut keys = vec![key_of(parts.iter().map(|p| p.folded.as_str()))];
        if has_digraph(&word.natural) {
            let folded: Vec<String> = parts.iter().map(|p| fold(&p.natural, Style::Digraph)).collect();
            keys.push(key_of(folded.iter().map(String::as_str)));
        }
        Some(Spelt {
            word,
            tokens: parts.len(),
            keys,
        })
    }
}

fn key_of<'a>(folded: impl Iterator<Item = &'a str>) -> (String, u128) {
    let (mut key, mut breaks) = (String::new(), 0);
    for part in folded {
        breaks |= breaks_at(key.len());
        key.push_str(part);
    }
    (key, breaks)
}

impl Lexicon {
    /// Indexes words; `sets` names them by index.
    pub fn build(sets: Vec<String>, words: Vec<Spelt>) -> Lexicon {
        let mut lexicon = Lexicon {
            shared: sets
                .iter()
                .map(|s| matches!(s.as_str(), "mul" | "terms" | "site"))
                .collect(),
            overlay: sets.iter().position(|s| s == "site").map(|i| i as u16),
            sets,
            words: Vec::with_capacity(words.len()),
            table: HashTable::with_capacity(words.len()),
            ..Lexicon::default()
        };
        for word in words {
            lexicon.add(word);
        }
        lexicon
    }

    fn add(&mut self, spelt: Spelt) {
        self.longest = self.longest.max(spelt.tokens);
        let index = self.words.len() as u32;
        for (key, breaks) in &spelt.keys {
            self.add_key(index, key, *breaks);
        }
        self.words.push(spelt.word);
    }

    fn add_key(&mut self, word: u32, key: &str, breaks: u128) {
        let entry = Entry {
            word,
            breaks,
            next: None,
        };
        let hash = self.hash(key);
        match self.find(hash, key) {
            Some(key) => self.chain(key, entry),
            None => {
                let start = self.text.len();
                self.text.push_str(key);
                self.insert(hash, start, entry);
            }
        }
    }

    fn insert(&mut self, hash: u64, start: usize, entry: Entry) {
        let at = self.entries.len() as u32;
        self.entries.push(entry);
        let key = self.keys.len() as u32;
        self.keys.push(Key {
            start: start as u32,
            end: self.text.len() as u32,
            first: at,
            last: at,
        });
        let (text, keys, hasher) = (&self.text, &self.keys, &self.hasher);
        self.table
            .insert_unique(hash, key, |k| hash_of(hasher, key_text(text, &keys[*k as usize])));
    }

    fn chain(&mut self, key: u32, entry: Entry) {
        let at = self.entries.len() as u32;
        let key = &mut self.keys[key as usize];
        self.entries[key.last as usize].next = Some(at);
        key.last = at;
        self.entries.push(entry);
    }

    fn hash(&self, text: &str) -> u64 {
        hash_of(&self.hasher, text)
    }

    fn find(&self, hash: u64, text: &str) -> Option<u32> {
        self.table.find(hash, |k| self.key(*k) == text).copied()
    }

    fn key(&self, key: u32) -> &str {
        key_text(&self.text, &self.keys[key as usize])
    }

    /// The entries of a key, in the order of the sets.
    pub fn get(&self, key: &str) -> impl Iterator<Item = &Entry> {
        let found = self.find(self.hash(key), key);
        self.chained(found.map(|k| self.keys[k as usize].first))
    }

    fn chained(&self, first: Option<u32>) -> impl Iterator<Item = &Entry> {
        let entry = |at: Option<u32>| at.map(|i| &self.entries[i as usize]);
        std::iter::successors(entry(first), move |e| entry(e.next))
    }

    /// Whether a word is of the site's own set.
    pub fn is_overlay(&self, word: u32) -> bool {
        self.overlay == Some(self.word(word).set)
    }

    /// Whether there is a set of the site.
    pub fn has_overlay(&self) -> bool {
        self.overlay.is_some()
    }

    /// Whether the site's own set has a word of this form.
    pub fn overlays(&self, key: &str) -> bool {
        self.get(key).any(|e| self.is_overlay(e.word))
    }

    /// Whether there is a word of this form.
    pub fn has(&self, key: &str) -> bool {
        self.find(self.hash(key), key).is_some()
    }

    /// The single words that start with a letter and have a length, in the order of the sets.
    pub fn near(&self, first: char, length: usize) -> impl Iterator<Item = (&str, Shape)> {
        let shapes = self.shapes.get_or_init(|| self.index_shapes());
        let found = shapes.get(&(first, length)).into_iter().flatten();
        found.map(|s| (self.key(s.key), *s))
    }

    fn index_shapes(&self) -> HashMap<(char, usize), Vec<Shape>> {
        let mut shapes: HashMap<(char, usize), Vec<Shape>> = HashMap::new();
        for (i, key) in (0u32..).zip(&self.keys) {
            let text = key_text(&self.text, key);
            let single = self.chained(Some(key.first)).any(Entry::is_single);
            let Some(first) = text.chars().next() else { continue };
            if single && text.chars().all(char::is_alphabetic) {
                let any = |test: &dyn Fn(u32) -> bool| self.chained(Some(key.first)).any(|e| test(e.word));
                let shape = Shape {
                    key: i,
                    letters: letters(text.chars()),
                    english: any(&|w| self.is_english(w)),
                    defined: any(&|w| self.set_of(self.word(w)) == "terms"),
                    loose: !any(&|w| !self.is_loose(w)),
                };
                shapes.entry((first, text.chars().count())).or_default().push(shape);
            }
        }
        shapes
    }

    fn is_loose(&self, word: u32) -> bool {
        let word = self.word(word);
        word.category == Category::BodyPart && word.relationship != Relationship::Equivalent
    }

    fn is_english(&self, word: u32) -> bool {
        let set = self.word(word).set;
        self.is_shared(set) || self.sets[usize::from(set)] == "en"
    }

    /// The single words with a letter that is not ASCII: natural spelling and key, in the order of the sets.
    pub fn accented(&self) -> impl Iterator<Item = (&str, &str)> {
        let index = self.accented.get_or_init(|| self.index_accented());
        let spelled = |(word, key): &(u32, u32)| (self.word(*word).natural.as_str(), self.key(*key));
        index.iter().map(spelled)
    }

    fn index_accented(&self) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        for (i, key) in (0u32..).zip(&self.keys) {
            let single = self.chained(Some(key.first)).filter(|e| e.is_single());
            found.extend(
                single
                    .map(|e| (e.word, i))
                    .filter(|(w, _)| !self.word(*w).natural.is_ascii()),
            );
        }
        found
    }

    /// Every word for a body part with each of its keys and the letters of that.
    pub fn parts(&self) -> impl Iterator<Item = (u32, &str, u64)> {
        let parts = self.parts.get_or_init(|| self.index_parts());
        parts
            .iter()
            .map(|(word, key, letters)| (*word, self.key(*key), *letters))
    }

    fn index_parts(&self) -> Vec<(u32, u32, u64)> {
        let mut found = Vec::new();
        for (i, key) in (0u32..).zip(&self.keys) {
            let of = letters(self.key(i).chars());
            let words = self.chained(Some(key.first)).map(|e| e.word);
            let parts = words.filter(|w| self.word(*w).category == Category::BodyPart);
            found.extend(parts.map(|w| (w, i, of)));
        }
        found
    }

    /// The keys that start with a text, in order.
    pub fn starting_with<'a>(&'a self, start: &'a str) -> impl Iterator<Item = &'a str> {
        let sorted = self.sorted.get_or_init(|| {
            let mut keys: Vec<u32> = (0..self.keys.len() as u32).collect();
            keys.sort_by_key(|k| self.key(*k));
            keys
        });
        let from = sorted.partition_point(|k| self.key(*k) < start);
        let keys = sorted[from..].iter().map(|k| self.key(*k));
        keys.take_while(move |k: &&str| k.starts_with(start))
    }

    /// The word of an entry.
    pub fn word(&self, index: u32) -> &Word {
        &self.words[index as usize]
    }

    /// The name of a word's set.
    pub fn set_of(&self, word: &Word) -> &str {
        &self.sets[usize::from(word.set)]
    }

    /// Whether a set's words hold in every language.
    pub fn is_shared(&self, set: u16) -> bool {
        self.shared[usize::from(set)]
    }

    /// How a row is cited: `de#knie`.
    pub fn cite(&self, index: u32) -> String {
        let word = self.word(index);
        format!("{}#{}", self.set_of(word), word.natural)
    }
}

fn key_text<'a>(text: &'a str, key: &Key) -> &'a str {
    &text[key.start as usize..key.end as usize]
}

fn hash_of(hasher: &hashbrown::DefaultHashBuilder, text: &str) -> u64 {
    std::hash::BuildHasher::hash_one(hasher, text)
}

/// The bit for a token that starts at a byte of its key.
pub(crate) fn breaks_at(offset: usize) -> u128 {
    match offset {
        0 => 0,
        at => 1 << at.min(LONGEST_LABEL - 1),
    }
}

/// The letters of a word as bits; two letters may share one.
pub(crate) fn letters(chars: impl Iterator<Item = char>) -> u64 {
    chars.fold(0, |mask, c| mask | 1 << (u32::from(c) % 64))
}

fn word_of(rows: &[Row]) -> Word {
    let has = |c: Category| rows.iter().any(|r| r.category == c);
    let category = [Category::BodyPart, Category::Modality]
        .into_iter()
        .find(|c| has(*c))
        .unwrap_or(rows[0].category);
    let concept = |r: &Row| match r.object {
        Object::Concept(id) => Some(id),
        _ => None,
    };
    let side = |r: &Row| match r.object {
        Object::Side(side) => Some(side),
        _ => None,
    };
    let main = rows.iter().find(|r| r.category == category).unwrap_or(&rows[0]);
    Word {
        set: rows[0].set,
        natural: crate::fold::natural(&rows[0].label),
        category,
        concepts: rows.iter().filter_map(concept).collect(),
        relationship: main.relationship,
        side: rows.iter().find_map(side),
        person: has(Category::Person),
        confidence: main.confidence,
    }
}
