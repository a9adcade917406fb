//! The words of a simulated archive: `data/archive_values.tsv` and `data/archive_words.tsv`, read strictly.

use std::collections::{BTreeMap, BTreeSet};

use bodysite_core::{Sctid, Side};
use bodysite_terminology::Terminology;

use crate::xray::rng::Rng;

const VALUES: &str = include_str!("../data/archive_values.tsv");
const WORDS: &str = include_str!("../data/archive_words.tsv");
const COLUMNS: usize = 4;

/// What is wrong with a table of words.
#[derive(Debug, thiserror::Error)]
#[error("{table}, line {line}: {problem}")]
pub struct WordsError {
    /// File name.
    pub table: &'static str,
    /// Line number, counting from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// What a modality writes for one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub language: String,
    pub body_part_examined: String,
    pub text: String,
}

/// All words.
#[derive(Debug, Default)]
pub(crate) struct Words {
    values: BTreeMap<Sctid, Vec<Value>>,
    coarse: BTreeMap<Sctid, Vec<Value>>,
    sides: BTreeMap<(&'static str, String), String>,
    studies: BTreeMap<String, String>,
    pub placeholders: Vec<String>,
    pub defaults: Vec<(Sctid, String)>,
    pub languages: Vec<String>,
}

/// One line of a table.
struct Line<'a> {
    table: &'static str,
    number: usize,
    cells: Vec<&'a str>,
}

fn lines(table: &'static str, text: &'static str) -> impl Iterator<Item = Result<Line<'static>, WordsError>> {
    let numbered = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    numbered.skip(1).map(move |(at, line)| {
        let cells: Vec<&str> = line.split('\t').collect();
        let line = Line {
            table,
            number: at + 1,
            cells,
        };
        match line.cells.len() {
            COLUMNS => Ok(line),
            other => Err(line.wrong(format!("{other} cells instead of {COLUMNS}"))),
        }
    })
}

impl Line<'_> {
    fn wrong(&self, problem: impl Into<String>) -> WordsError {
        WordsError {
            table: self.table,
            line: self.number,
            problem: problem.into(),
        }
    }

    fn target(&self, key: &str, terminology: &Terminology) -> Result<Sctid, WordsError> {
        let target = terminology.by_key(key);
        let target = target.ok_or_else(|| self.wrong(format!("no target {key:?}")))?;
        Ok(target.concept.code)
    }
}

impl Words {
    pub(crate) fn builtin(terminology: &Terminology) -> Result<Words, WordsError> {
        let mut words = Words::default();
        for line in lines("archive_values.tsv", VALUES) {
            words.take_value(&line?, terminology)?;
        }
        for line in lines("archive_words.tsv", WORDS) {
            words.take_word(&line?, terminology)?;
        }
        let values = words.values.values().flatten();
        let languages: BTreeSet<&String> = values.map(|v| &v.language).collect();
        words.languages = languages.into_iter().cloned().collect();
        Ok(words)
    }

    fn take_value(&mut self, line: &Line<'_>, terminology: &Terminology) -> Result<(), WordsError> {
        let target = line.target(line.cells[0], terminology)?;
        self.values.entry(target).or_default().push(Value {
            language: line.cells[1].to_owned(),
            body_part_examined: line.cells[2].to_owned(),
            text: line.cells[3].to_owned(),
        });
        Ok(())
    }

    fn take_word(&mut self, line: &Line<'_>, terminology: &Terminology) -> Result<(), WordsError> {
        let [kind, key, language, text] = line.cells[..] else {
            return Err(line.wrong("not four cells"));
        };
        let (language, text) = (language.to_owned(), text.to_owned());
        match kind {
            "coarse" => {
                let target = line.target(key, terminology)?;
                self.coarse.entry(target).or_default().push(Value {
                    language,
                    body_part_examined: text.clone(),
                    text,
                });
            }
            "side" => {
                let side = Side::from_letter(key).ok_or_else(|| line.wrong("no side"))?;
                self.sides.insert((side.letter(), language), text);
            }
            "placeholder" => self.placeholders.push(text),
            "default" => self.defaults.push((line.target(key, terminology)?, text)),
            "study" => {
                self.studies.insert(language, text);
            }
            other => return Err(line.wrong(format!("no kind {other:?}"))),
        }
        Ok(())
    }

    /// What is written for a part in a language, or in any where that has no word.
    pub(crate) fn value(&self, target: Sctid, language: &str, rng: &mut Rng) -> Option<&Value> {
        pick(self.values.get(&target)?, language, rng)
    }

    /// A coarse word for a part, where a coarse region short of the whole body holds it.
    pub(crate) fn coarse(
        &self,
        part: Sctid,
        language: &str,
        terminology: &Terminology,
        rng: &mut Rng,
    ) -> Option<&Value> {
        let wholes = terminology.relations().ancestors(part);
        let wholes: Vec<&Vec<Value>> = wholes.iter().filter_map(|w| self.coarse.get(w)).collect();
        pick(wholes.get(rng.below(wholes.len()))?, language, rng)
    }

    pub(crate) fn side(&self, side: Side, language: &str) -> &str {
        let key = (side.letter(), language.to_owned());
        self.sides.get(&key).map_or(side.letter(), String::as_str)
    }

    pub(crate) fn study(&self, language: &str) -> &str {
        self.studies.get(language).map_or("", String::as_str)
    }
}

fn pick<'a>(values: &'a [Value], language: &str, rng: &mut Rng) -> Option<&'a Value> {
    let mine: Vec<&Value> = values.iter().filter(|v| v.language == language).collect();
    if mine.is_empty() {
        values.get(rng.below(values.len()))
    } else {
        mine.get(rng.below(mine.len())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_words_in_several_languages() {
        let t = Terminology::builtin();
        let words = Words::builtin(t).unwrap();
        for target in t.targets() {
            let values = &words.values[&target.concept.code];
            let languages: BTreeSet<&str> = values.iter().map(|v| v.language.as_str()).collect();
            assert!(languages.len() >= 5, "{}", target.key);
        }
        for language in &words.languages {
            assert!(!words.study(language).is_empty(), "{language}");
            assert!(words.side(Side::Right, language).len() > 1, "{language}");
        }
    }

    #[test]
    fn a_coarse_word_holds_the_part() {
        let t = Terminology::builtin();
        let words = Words::builtin(t).unwrap();
        let mut rng = Rng::new(1, 1);
        let id = |key: &str| t.by_key(key).unwrap().concept.code;
        assert!(words.coarse(id("KN"), "de", t, &mut rng).is_some());
        assert!(words.coarse(id("CH"), "de", t, &mut rng).is_none());
    }
}
