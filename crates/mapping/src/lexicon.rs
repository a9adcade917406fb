//! The index of all words: from a folded key to what each set says it means.

use std::collections::HashMap;

use bodysite_core::{Relationship, Sctid, Side};

use crate::fold::{Style, fold};
use crate::row::{Category, Object, Row};
use crate::token::tokens;

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
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub word: u32,
    /// The folded tokens with blanks between them.
    pub spaced: Box<str>,
}

/// The words of all sets.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    pub sets: Vec<String>,
    pub words: Vec<Word>,
    pub keys: HashMap<Box<str>, Vec<Entry>>,
    /// The longest phrase, in tokens.
    pub longest: usize,
    /// Single words by first letter and length, for the fuzzy match.
    shapes: HashMap<(char, usize), Vec<Box<str>>>,
    /// Every key, sorted, for texts that were cut off.
    sorted: Vec<Box<str>>,
}

impl Lexicon {
    /// Indexes rows; `sets` names them by index.
    pub fn build(sets: Vec<String>, rows: &[Row]) -> Lexicon {
        let mut lexicon = Lexicon {
            sets,
            ..Lexicon::default()
        };
        let mut start = 0;
        while start < rows.len() {
            let same = |r: &&Row| r.set == rows[start].set && r.label == rows[start].label;
            let len = rows[start..].iter().take_while(same).count();
            lexicon.add(&rows[start..start + len]);
            start += len;
        }
        lexicon.index_shapes();
        lexicon.sorted = lexicon.keys.keys().cloned().collect();
        lexicon.sorted.sort();
        lexicon
    }

    fn index_shapes(&mut self) {
        let mut shapes: HashMap<(char, usize), Vec<Box<str>>> = HashMap::new();
        for (key, entries) in &self.keys {
            let single = entries.iter().any(|e| !e.spaced.contains(' '));
            let Some(first) = key.chars().next() else { continue };
            if single && key.chars().all(char::is_alphabetic) {
                let shape = (first, key.chars().count());
                shapes.entry(shape).or_default().push(key.clone());
            }
        }
        for keys in shapes.values_mut() {
            keys.sort();
        }
        self.shapes = shapes;
    }

    /// The single words that start with a letter and have a length.
    pub fn near(&self, first: char, length: usize) -> impl Iterator<Item = &str> {
        self.shapes
            .get(&(first, length))
            .into_iter()
            .flatten()
            .map(AsRef::as_ref)
    }

    fn add(&mut self, rows: &[Row]) {
        let word = word_of(rows);
        let parts: Vec<String> = tokens(&word.natural).into_iter().map(|t| t.natural).collect();
        if parts.is_empty() {
            return;
        }
        self.longest = self.longest.max(parts.len());
        let index = self.words.len() as u32;
        for style in [Style::Plain, Style::Digraph] {
            let folded: Vec<String> = parts.iter().map(|p| fold(p, style)).collect();
            self.add_key(index, &folded);
        }
        self.words.push(word);
    }

    fn add_key(&mut self, word: u32, folded: &[String]) {
        let entries = self.keys.entry(folded.concat().into()).or_default();
        let spaced: Box<str> = folded.join(" ").into();
        if !entries.iter().any(|e| e.word == word && e.spaced == spaced) {
            entries.push(Entry { word, spaced });
        }
    }

    /// The keys that start with a text, in order.
    pub fn starting_with<'a>(&'a self, start: &'a str) -> impl Iterator<Item = &'a str> {
        let from = self.sorted.partition_point(|k| k.as_ref() < start);
        let keys = self.sorted[from..].iter().map(AsRef::as_ref);
        keys.take_while(move |k: &&str| k.starts_with(start))
    }

    /// The entries of a key.
    pub fn get(&self, key: &str) -> &[Entry] {
        self.keys.get(key).map_or(&[], Vec::as_slice)
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
        matches!(self.sets[usize::from(set)].as_str(), "mul" | "terms")
    }

    /// How a row is cited: `de#knie`.
    pub fn cite(&self, index: u32) -> String {
        let word = self.word(index);
        format!("{}#{}", self.set_of(word), word.natural)
    }
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
