//! Reads mapping sets in SSSOM TSV and refuses anything that is not exactly right.

use std::cmp::Ordering;

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
    #[error("{file}, row {row}: has {found} cells, not {}", COLUMNS.len())]
    Row {
        /// File.
        file: String,
        /// Line number, counting from 1.
        row: u64,
        /// How many cells it has.
        found: usize,
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

/// The name of a set by its file: `lexicon/de.sssom.tsv` is `de`, `terms.sssom.tsv` is `terms`,
/// and `site.sssom.tsv`, the words of one hospital, is `site`.
pub fn set_name(file: &str) -> Option<&str> {
    let stem = file.strip_suffix(".sssom.tsv")?;
    match stem.strip_prefix("lexicon/") {
        Some(language) if !language.contains('/') => Some(language),
        None if matches!(stem, "terms" | "site") => Some(stem),
        _ => None,
    }
}

/// The cells of one line, by column name.
struct Line<'a> {
    file: &'a str,
    line: u64,
    cells: [&'a str; COLUMNS.len()],
}

impl<'a> Line<'a> {
    fn read(file: &'a str, line: u64, text: &'a str) -> Result<Line<'a>, LoadError> {
        let mut cells = [""; COLUMNS.len()];
        let (mut found, mut start) = (0, 0);
        // Cells are short: a plain loop over the bytes is quicker than a search for each.
        for (at, byte) in text.bytes().chain([b'\t']).enumerate() {
            if byte != b'\t' {
                continue;
            }
            if let Some(slot) = cells.get_mut(found) {
                *slot = &text[start..at];
            }
            (found, start) = (found + 1, at + 1);
        }
        if found != COLUMNS.len() {
            let file = file.to_owned();
            return Err(LoadError::Row { file, row: line, found });
        }
        Ok(Line { file, line, cells })
    }

    fn get(&self, column: &'static str) -> &'a str {
        let at = COLUMNS.iter().position(|c| *c == column);
        at.map_or("", |i| self.cells[i])
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
    let mut lines = (1u64..).zip(text.lines()).skip_while(|(_, l)| l.starts_with('#'));
    let columns = lines.next().map_or("", |(_, line)| line);
    if !columns.split('\t').eq(COLUMNS.iter().copied()) {
        return Err(LoadError::Columns {
            file: file.to_owned(),
            expected: COLUMNS.join(", "),
        });
    }
    let mut rows: Vec<Row> = Vec::new();
    for (number, text) in lines {
        let line = Line::read(file, number, text)?;
        let row = line.row(set, terminology)?;
        check_order(&line, &rows, &row)?;
        rows.push(row);
    }
    Ok(rows)
}

fn check_order(line: &Line<'_>, rows: &[Row], row: &Row) -> Result<(), LoadError> {
    let Some(last) = rows.last() else { return Ok(()) };
    match last.label.as_bytes().cmp(row.label.as_bytes()) {
        Ordering::Greater => return Err(line.wrong("subject_label", "is out of order (rows are sorted by bytes)")),
        Ordering::Less => return Ok(()),
        Ordering::Equal => {}
    }
    for other in rows.iter().rev().take_while(|r| r.label == row.label) {
        check_pair(line, other, row)?;
    }
    Ok(())
}

/// Two rows of one word: neither a repetition nor a contradiction.
fn check_pair(line: &Line<'_>, other: &Row, row: &Row) -> Result<(), LoadError> {
    if other.category == row.category && (other.object == row.object || row.object == Object::Nothing) {
        return Err(line.wrong("subject_label", "the row appears twice"));
    }
    if other.category == row.category || goes_with(other.category, row.category) {
        return Ok(());
    }
    let problem = format!("the word is also {}", other.category.word());
    Err(line.wrong("subject_category", problem))
}

// Two pairs go together: a plural that also says both sides, and a title that is also a modality (`dr`).
fn goes_with(a: Category, b: Category) -> bool {
    matches!(
        (a.min(b), a.max(b)),
        (Category::BodyPart, Category::Side) | (Category::Modality, Category::Person)
    )
}
