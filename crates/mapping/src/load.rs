//! Reads mapping sets in SSSOM TSV and refuses anything that is not exactly right.

use std::collections::HashMap;

use bodysite_core::{Relationship, Sctid, SctidError, Side};
use bodysite_terminology::Terminology;

use crate::row::{Category, Object, Row};

/// What is wrong with a mapping set of ours, and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// No set at all was given.
    #[error("no mapping set with words was found")]
    Empty,
    /// The column line is not the expected one.
    #[error("{file}: the columns must be {expected}")]
    Columns {
        /// File.
        file: String,
        /// Expected names.
        expected: String,
    },
    /// A line is no row.
    #[error("{file}, row {row}: {source}")]
    Row {
        /// File.
        file: String,
        /// Line number, counting from 1.
        row: u64,
        /// The reader's reason.
        source: csv::Error,
    },
    /// A cell is wrong.
    #[error("{file}, row {row}, column {column}: {problem}")]
    Cell {
        /// File.
        file: String,
        /// Line number, counting from 1.
        row: u64,
        /// Column name.
        column: &'static str,
        /// What is wrong.
        problem: String,
    },
}

/// The columns of a set, in order; see `mappings/README.md`.
pub(crate) const COLUMNS: &[&str] = &[
    "subject_label",
    "subject_category",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "author_id",
    "reviewer_id",
    "confidence",
    "comment",
];

/// The name of a set by its file: `lexicon/de.sssom.tsv` is `de`, `terms.sssom.tsv` is `terms`.
pub(crate) fn set_name(file: &str) -> Option<&str> {
    let stem = file.strip_suffix(".sssom.tsv")?;
    match stem.strip_prefix("lexicon/") {
        Some(language) if !language.contains('/') => Some(language),
        None if stem == "terms" => Some(stem),
        _ => None,
    }
}

/// The cells of one line, by column name.
struct Line<'a> {
    file: &'a str,
    line: u64,
    cells: csv::StringRecord,
}

impl Line<'_> {
    fn get(&self, column: &'static str) -> &str {
        let at = COLUMNS.iter().position(|c| *c == column);
        at.and_then(|i| self.cells.get(i)).unwrap_or("")
    }

    fn wrong(&self, column: &'static str, problem: impl Into<String>) -> LoadError {
        LoadError::Cell {
            file: self.file.to_owned(),
            row: self.line,
            column,
            problem: problem.into(),
        }
    }

    fn category(&self) -> Result<Category, LoadError> {
        let word = self.get("subject_category");
        Category::from_word(word).ok_or_else(|| self.wrong("subject_category", format!("{word:?} is no category")))
    }

    fn relationship(&self, object: Object) -> Result<Relationship, LoadError> {
        if object == Object::Nothing {
            return match self.get("predicate_id") {
                "skos:exactMatch" => Ok(Relationship::NoMap),
                _ => Err(self.wrong("predicate_id", "must be skos:exactMatch for no term")),
            };
        }
        match self.get("predicate_id") {
            "skos:exactMatch" => Ok(Relationship::Equivalent),
            "skos:broadMatch" => Ok(Relationship::SourceIsNarrowerThanTarget),
            "skos:narrowMatch" => Ok(Relationship::SourceIsBroaderThanTarget),
            "skos:relatedMatch" => Ok(Relationship::RelatedTo),
            other => Err(self.wrong("predicate_id", format!("{other:?} is no predicate"))),
        }
    }

    fn object(&self, category: Category, terminology: &Terminology) -> Result<Object, LoadError> {
        let (id, label) = (self.get("object_id"), self.get("object_label"));
        if id == "sssom:NoTermFound" {
            let needs_one = matches!(category, Category::BodyPart | Category::Side);
            return match (needs_one, label.is_empty()) {
                (true, _) => Err(self.wrong("object_id", "a word of this category needs a concept")),
                (_, false) => Err(self.wrong("object_label", "must be empty for no term")),
                _ => Ok(Object::Nothing),
            };
        }
        let Some(digits) = id.strip_prefix("SCT:") else {
            return Err(self.wrong("object_id", format!("{id:?} is not in SCT")));
        };
        let sctid: Sctid = digits
            .parse()
            .map_err(|e: SctidError| self.wrong("object_id", e.to_string()))?;
        match category {
            Category::Side => self.side(digits),
            Category::BodyPart | Category::Ambiguous => self.concept(sctid, label, terminology),
            _ => Err(self.wrong("object_id", "a word of this category has no concept")),
        }
    }

    fn side(&self, digits: &str) -> Result<Object, LoadError> {
        [Side::Right, Side::Left, Side::Both]
            .into_iter()
            .find(|side| side.coding().code == digits)
            .map(Object::Side)
            .ok_or_else(|| self.wrong("object_id", "is none of the three sides"))
    }

    fn concept(&self, id: Sctid, label: &str, t: &Terminology) -> Result<Object, LoadError> {
        match t.concept(id) {
            None => Err(self.wrong("object_id", format!("{id} is not a concept that we know"))),
            Some(known) if known.display != label => {
                let problem = format!("{label:?} is not the display {:?}", known.display);
                Err(self.wrong("object_label", problem))
            }
            Some(_) => Ok(Object::Concept(id)),
        }
    }

    fn confidence(&self) -> Result<f64, LoadError> {
        match self.get("confidence").parse::<f64>() {
            Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
            _ => Err(self.wrong("confidence", "is no number from 0 to 1")),
        }
    }

    fn check_provenance(&self) -> Result<(), LoadError> {
        if self.get("mapping_justification") != "semapv:ManualMappingCuration" {
            return Err(self.wrong("mapping_justification", "is not semapv:ManualMappingCuration"));
        }
        if self.get("author_id").is_empty() {
            return Err(self.wrong("author_id", "is empty"));
        }
        Ok(())
    }

    fn row(&self, set: u16, terminology: &Terminology) -> Result<Row, LoadError> {
        let label = self.get("subject_label");
        if label.trim().is_empty() || label.trim() != label {
            return Err(self.wrong("subject_label", "is empty or has blanks around it"));
        }
        self.check_provenance()?;
        let category = self.category()?;
        let object = self.object(category, terminology)?;
        Ok(Row {
            set,
            line: self.line,
            label: label.to_owned(),
            category,
            relationship: self.relationship(object)?,
            object,
            confidence: self.confidence()?,
            comment: self.get("comment").to_owned(),
        })
    }
}

/// Reads one set and checks order, repetition and contradiction.
pub(crate) fn read_set(file: &str, text: &str, set: u16, terminology: &Terminology) -> Result<Vec<Row>, LoadError> {
    let mut rows: Vec<Row> = Vec::new();
    let mut first_category: HashMap<String, Category> = HashMap::new();
    for line in lines(file, text)? {
        let row = line.row(set, terminology)?;
        if let Some(last) = rows.last() {
            check_order(&line, last, &row)?;
        }
        check_contradiction(&line, &row, &mut first_category)?;
        rows.push(row);
    }
    Ok(rows)
}

fn check_order(line: &Line<'_>, last: &Row, row: &Row) -> Result<(), LoadError> {
    if last.label.as_bytes() > row.label.as_bytes() {
        return Err(line.wrong("subject_label", "is out of order (rows are sorted by bytes)"));
    }
    if last.label == row.label && last.object == row.object && last.category == row.category {
        return Err(line.wrong("subject_label", "the row appears twice"));
    }
    Ok(())
}

// Two pairs go together: a plural that also says both sides, and a title that is also a modality (`dr`).
fn check_contradiction(line: &Line<'_>, row: &Row, seen: &mut HashMap<String, Category>) -> Result<(), LoadError> {
    let Some(first) = seen.insert(row.label.clone(), row.category) else {
        return Ok(());
    };
    let mut pair = [first, row.category];
    pair.sort();
    let allowed = first == row.category
        || pair == [Category::BodyPart, Category::Side]
        || pair == [Category::Modality, Category::Person];
    let nothing_twice = first == row.category && row.object == Object::Nothing;
    if allowed && !nothing_twice {
        return Ok(());
    }
    let problem = format!("the word is also {}", first.word());
    Err(line.wrong("subject_category", problem))
}

fn lines<'a>(file: &'a str, text: &str) -> Result<Vec<Line<'a>>, LoadError> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let wrong = |row: u64, source| LoadError::Row {
        file: file.to_owned(),
        row,
        source,
    };
    let header = reader.headers().map_err(|e| wrong(1, e))?;
    if !header.iter().eq(COLUMNS.iter().copied()) {
        return Err(LoadError::Columns {
            file: file.to_owned(),
            expected: COLUMNS.join(", "),
        });
    }
    let line = |cells: Result<csv::StringRecord, csv::Error>| {
        let at = |e: &csv::Error| e.position().map_or(0, csv::Position::line);
        let cells = cells.map_err(|e| wrong(at(&e), e))?;
        Ok(Line {
            file,
            line: cells.position().map_or(0, csv::Position::line),
            cells,
        })
    };
    reader.records().map(line).collect()
}
