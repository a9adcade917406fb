//! Scores the mapper on labelled header values.
//!
//! A row is *right* when the set of targets equals the reference (or `alt_acceptable_ids`), *missed*
//! when nothing is answered though something is wanted, *wrong* when something else is answered. Where
//! nothing is wanted, no answer is right and any answer is wrong (counted apart, as *wrong on
//! must-not-map*). On a row marked ambiguous no answer is right too: an honest "can mean several" is
//! what we want to hear there. An ambiguous row without a reference answer accepts its alternatives.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::calibration;
use crate::mapped::{Field, Mapped};
use crate::mapper::Mapper;

/// Why a table of labelled values cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// A column is missing.
    #[error("the table has no column {0}")]
    Column(&'static str),
    /// A line is no row.
    #[error("row {row}: {source}")]
    Row {
        /// Line number, counting from 1.
        row: u64,
        /// The reader's reason.
        source: csv::Error,
    },
}

/// How one value came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As the reference says.
    Right,
    /// No answer where one is wanted.
    Missed,
    /// Another answer.
    Wrong,
}

/// Counts of one group of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// As the reference says.
    pub right: u32,
    /// No answer where one is wanted.
    pub missed: u32,
    /// Another answer.
    pub wrong: u32,
}

impl Tally {
    /// How many values there are.
    pub fn total(&self) -> u32 {
        self.right + self.missed + self.wrong
    }

    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Right => self.right += 1,
            Verdict::Missed => self.missed += 1,
            Verdict::Wrong => self.wrong += 1,
        }
    }
}

/// A value that did not come out as the reference says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Odd {
    /// The value.
    pub value: String,
    /// Its language, as the table says.
    pub language: String,
    /// How it came out.
    pub verdict: Verdict,
    /// What the reference wants.
    pub wanted: String,
    /// What the mapper answered.
    pub answered: String,
    /// The mapper's reason.
    pub reason: String,
}

/// The outcome over a table; printed, one line a group: values, right, missed, wrong, share right.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// All values.
    pub all: Tally,
    /// Values that must not map; `missed` is not used.
    pub must_not_map: Tally,
    /// By stress class.
    pub by_stress: BTreeMap<String, Tally>,
    /// By language.
    pub by_language: BTreeMap<String, Tally>,
    /// By class of evidence: the counts for `mappings/calibration.tsv`.
    pub by_evidence: BTreeMap<String, Tally>,
    /// Sides that agree with the reference, over values that have a reference side or were given one.
    pub laterality: Tally,
    /// Values that did not come out right, and sides that differ.
    pub odd: Vec<Odd>,
}

const COLUMNS: &[&str] = &[
    "raw_value",
    "language",
    "field",
    "snomed_id",
    "ambiguous",
    "alt_acceptable_ids",
    "laterality",
    "stress",
];

/// Scores `mapper` on a CSV of labelled values (columns as in the project's dev file; others are ignored).
pub fn evaluate_header_values(csv: &str, mapper: &Mapper) -> Result<Report, EvaluateError> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let row = |source: csv::Error| EvaluateError::Row {
        row: source.position().map_or(0, csv::Position::line),
        source,
    };
    let header = reader.headers().map_err(row)?.clone();
    let at = |name: &'static str| {
        let found = header.iter().position(|h| h == name);
        found.map(|i| (name, i)).ok_or(EvaluateError::Column(name))
    };
    let columns: BTreeMap<&str, usize> = COLUMNS.iter().map(|c| at(c)).collect::<Result<_, _>>()?;
    let mut report = Report::default();
    for record in reader.records() {
        let record = record.map_err(row)?;
        report.count(
            &Labelled {
                record,
                columns: &columns,
            },
            mapper,
        );
    }
    Ok(report)
}

impl Report {
    /// The counts by class of evidence as `mappings/calibration.tsv` holds them.
    pub fn calibration(&self) -> String {
        let mut out = String::from(calibration::TABLE_HEAD);
        for (class, tally) in self.by_evidence.iter().filter(|(class, _)| *class != "none") {
            out.push_str(&format!("{class}\t{}\t{}\n", tally.right, tally.wrong));
        }
        out
    }
}

/// The counts as a table; values are not in it.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["values", "right", "missed", "wrong", "right %"];
        writeln!(
            f,
            "{:<36} {:>6} {:>6} {:>6} {:>6} {:>8}",
            "", head[0], head[1], head[2], head[3], head[4]
        )?;
        let mut line = |name: &str, t: &Tally| {
            let share = 100.0 * f64::from(t.right) / f64::from(t.total().max(1));
            let (right, missed, wrong) = (t.right, t.missed, t.wrong);
            writeln!(
                f,
                "{name:<36} {:>6} {right:>6} {missed:>6} {wrong:>6} {share:>8.1}",
                t.total()
            )
        };
        line("all", &self.all)?;
        line("must not map", &self.must_not_map)?;
        line("laterality", &self.laterality)?;
        let groups = [
            ("stress", &self.by_stress),
            ("language", &self.by_language),
            ("evidence", &self.by_evidence),
        ];
        for (name, tallies) in groups {
            for (key, tally) in tallies {
                line(&format!("{name} {key}"), tally)?;
            }
        }
        Ok(())
    }
}

struct Labelled<'a> {
    record: csv::StringRecord,
    columns: &'a BTreeMap<&'static str, usize>,
}

impl Labelled<'_> {
    fn get(&self, column: &str) -> &str {
        let at = self.columns.get(column).copied();
        at.and_then(|i| self.record.get(i)).unwrap_or("")
    }

    fn ids(&self, column: &str) -> BTreeSet<&str> {
        self.get(column).split('|').filter(|id| !id.is_empty()).collect()
    }

    fn field(&self) -> Field {
        match self.get("field") {
            "desc" | "series" => Field::Series,
            other => other.parse().unwrap_or_default(),
        }
    }

    fn verdict(&self, mapped: &Mapped) -> Verdict {
        let codes: Vec<String> = mapped.targets.iter().map(|s| s.target.code.to_string()).collect();
        let answer: BTreeSet<&str> = codes.iter().map(String::as_str).collect();
        let (wanted, other) = (self.ids("snomed_id"), self.ids("alt_acceptable_ids"));
        let ambiguous = self.get("ambiguous") == "1";
        let alternative = !other.is_empty() && (answer == other || (answer.len() == 1 && answer.is_subset(&other)));
        if answer == wanted || alternative {
            Verdict::Right
        } else if answer.is_empty() {
            if ambiguous { Verdict::Right } else { Verdict::Missed }
        } else {
            Verdict::Wrong
        }
    }
}

impl Report {
    fn count(&mut self, row: &Labelled<'_>, mapper: &Mapper) {
        let mapped = mapper.map(row.get("raw_value"), row.field());
        let verdict = row.verdict(&mapped);
        self.all.add(verdict);
        if row.get("snomed_id").is_empty() {
            self.must_not_map.add(verdict);
        }
        let groups = [
            (&mut self.by_stress, row.get("stress")),
            (&mut self.by_language, row.get("language")),
            (&mut self.by_evidence, mapped.evidence.as_str()),
        ];
        for (group, key) in groups {
            group.entry(key.to_owned()).or_default().add(verdict);
        }
        let side = mapped.laterality.map_or("", bodysite_core::Side::letter);
        let side_verdict = side_verdict(row.get("laterality"), side);
        if let Some(v) = side_verdict {
            self.laterality.add(v);
        }
        let side_wrong = side_verdict.is_some_and(|v| v != Verdict::Right);
        if verdict != Verdict::Right || side_wrong {
            self.odd.push(odd(row, &mapped, verdict, side));
        }
    }
}

fn side_verdict(wanted: &str, side: &str) -> Option<Verdict> {
    match (wanted, side) {
        ("", "") => None,
        (wanted, side) if wanted == side => Some(Verdict::Right),
        (_, "") => Some(Verdict::Missed),
        _ => Some(Verdict::Wrong),
    }
}

fn odd(row: &Labelled<'_>, mapped: &Mapped, verdict: Verdict, side: &str) -> Odd {
    let names: Vec<&str> = mapped.targets.iter().map(|s| s.target.display.as_str()).collect();
    Odd {
        value: row.get("raw_value").to_owned(),
        language: row.get("language").to_owned(),
        verdict,
        wanted: format!("{} {}", row.get("snomed_id"), row.get("laterality"))
            .trim()
            .to_owned(),
        answered: format!("{} {side}", names.join("+")).trim().to_owned(),
        reason: format!("{} {}", mapped.reason, mapped.evidence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_missed_and_wrong_are_counted_apart() {
        let table = "raw_value,language,field,snomed_id,ambiguous,alt_acceptable_ids,laterality,stress\n\
            KNEE RT,en,bpe,72696002,0,,R,plain\n\
            QWRTZ,en,bpe,72696002,0,,,plain\n\
            CHEST,en,bpe,72696002,0,,,plain\n\
            PELVIS,en,bpe,,0,,,nomap\n\
            HEAD,en,bpe,89546000,1,69536005,,plain\n";
        let report = evaluate_header_values(table, Mapper::builtin()).unwrap();
        let tally = |right, missed, wrong| Tally { right, missed, wrong };
        assert_eq!(report.all, tally(2, 1, 2));
        assert_eq!(report.must_not_map, tally(0, 0, 1));
        assert_eq!(report.laterality, tally(1, 0, 0));
        assert_eq!(report.by_stress["plain"], tally(2, 1, 1));
        assert_eq!(report.odd.len(), 3);
        let printed = report.to_string();
        assert!(
            printed.contains("\nall                                       5      2      1      2     40.0\n"),
            "{printed}"
        );
    }
}
