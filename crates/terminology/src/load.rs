//! Reads the concept tables and refuses anything that is not exactly right.

use std::collections::{BTreeMap, HashMap};

use bodysite_core::{Concept, Sctid, SctidError};

use crate::{Finer, Level, Relations, Target, Terminology, relations};

/// The texts of the four tables.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// `concepts.tsv`
    pub concepts: &'a str,
    /// `finer-concepts.tsv`
    pub finer: &'a str,
    /// `relations.tsv`
    pub relations: &'a str,
    /// `code-aliases.sssom.tsv`
    pub aliases: &'a str,
}

impl Sources<'static> {
    /// The tables compiled into the program.
    pub fn builtin() -> Self {
        Sources {
            concepts: include_str!("../../../mappings/concepts.tsv"),
            finer: include_str!("../../../mappings/finer-concepts.tsv"),
            relations: include_str!("../../../mappings/relations.tsv"),
            aliases: include_str!("../../../mappings/code-aliases.sssom.tsv"),
        }
    }
}

/// What is wrong with a table of ours, and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The header line is not the expected one.
    #[error("{file}: the columns must be {expected}")]
    Columns {
        /// Table.
        file: &'static str,
        /// Expected column names.
        expected: String,
    },
    /// A line is no row of that table.
    #[error("{file}, row {row}: {source}")]
    Row {
        /// Table.
        file: &'static str,
        /// Line number, counting from 1.
        row: u64,
        /// The reader's reason.
        source: csv::Error,
    },
    /// A cell is wrong.
    #[error("{file}, row {row}, column {column}: {problem}")]
    Cell {
        /// Table.
        file: &'static str,
        /// Line number, counting from 1.
        row: u64,
        /// Column name.
        column: &'static str,
        /// What is wrong.
        problem: String,
    },
}

/// One table row: its cells by position, and where it stands.
struct Row {
    file: &'static str,
    line: u64,
    columns: &'static [&'static str],
    cells: csv::StringRecord,
}

impl Row {
    fn get(&self, column: &'static str) -> &str {
        let at = self.columns.iter().position(|c| *c == column);
        at.and_then(|i| self.cells.get(i)).unwrap_or("")
    }

    fn wrong(&self, column: &'static str, problem: impl Into<String>) -> LoadError {
        LoadError::Cell {
            file: self.file,
            row: self.line,
            column,
            problem: problem.into(),
        }
    }

    fn sctid(&self, column: &'static str) -> Result<Sctid, LoadError> {
        self.parse_id(column, self.get(column))
    }

    fn parse_id(&self, column: &'static str, text: &str) -> Result<Sctid, LoadError> {
        text.parse().map_err(|e: SctidError| self.wrong(column, e.to_string()))
    }

    fn flag(&self, column: &'static str) -> Result<bool, LoadError> {
        match self.get(column) {
            "0" => Ok(false),
            "1" => Ok(true),
            other => Err(self.wrong(column, format!("{other:?} is neither 0 nor 1"))),
        }
    }

    fn concept(&self) -> Result<Concept, LoadError> {
        let display = self.get("display").to_owned();
        if display.is_empty() {
            return Err(self.wrong("display", "is empty"));
        }
        Ok(Concept {
            code: self.sctid("sctid")?,
            display,
        })
    }

    fn term(&self) -> Result<Option<String>, LoadError> {
        let term = self.get("body_part_examined");
        let is_cs = term.len() <= 16
            && term
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if !is_cs {
            return Err(self.wrong("body_part_examined", "is no code string of 16 characters"));
        }
        Ok((!term.is_empty()).then(|| term.to_owned()))
    }
}

const CONCEPTS: &[&str] = &["key", "sctid", "display", "body_part_examined", "level", "paired"];
const FINER: &[&str] = &["sctid", "display", "targets", "kind", "body_part_examined", "paired"];
const RELATIONS: &[&str] = &["subject_id", "subject_label", "predicate", "object_id", "object_label"];
const ALIASES: &[&str] = &[
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "confidence",
    "comment",
];

fn rows(file: &'static str, text: &str, columns: &'static [&'static str]) -> Result<Vec<Row>, LoadError> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let at = |row: u64| move |source| LoadError::Row { file, row, source };
    let header = reader.headers().map_err(at(1))?;
    if !header.iter().eq(columns.iter().copied()) {
        return Err(LoadError::Columns {
            file,
            expected: columns.join(", "),
        });
    }
    let row = |cells: Result<csv::StringRecord, csv::Error>| {
        let line = |e: &csv::Error| e.position().map_or(0, csv::Position::line);
        let cells = cells.map_err(|source| LoadError::Row {
            file,
            row: line(&source),
            source,
        })?;
        Ok(Row {
            file,
            line: cells.position().map_or(0, csv::Position::line),
            columns,
            cells,
        })
    };
    reader.records().map(row).collect()
}

pub(crate) fn load(sources: &Sources<'_>) -> Result<Terminology, LoadError> {
    let (targets, index) = read_targets(sources.concepts)?;
    let finer = read_finer(sources.finer, &index)?;
    let relations = read_relations(sources.relations, &index)?;
    let aliases = read_aliases(sources.aliases, &index, &finer)?;
    Ok(Terminology {
        targets,
        index,
        finer,
        aliases,
        relations,
    })
}

fn read_targets(text: &str) -> Result<(Vec<Target>, HashMap<Sctid, usize>), LoadError> {
    let mut targets: Vec<Target> = Vec::new();
    let mut index = HashMap::new();
    for row in rows("concepts.tsv", text, CONCEPTS)? {
        let concept = row.concept()?;
        if index.insert(concept.code, targets.len()).is_some() {
            return Err(row.wrong("sctid", "appears twice"));
        }
        let key = row.get("key").to_owned();
        if key.len() != 2 || targets.iter().any(|t| t.key == key) {
            return Err(row.wrong("key", "must be two letters, used once"));
        }
        let level = match row.get("level") {
            "exam" => Level::Exam,
            "coarse" => Level::Coarse,
            other => {
                return Err(row.wrong("level", format!("{other:?} is neither exam nor coarse")));
            }
        };
        targets.push(Target {
            key,
            concept,
            body_part_examined: row.term()?,
            level,
            paired: row.flag("paired")?,
        });
    }
    Ok((targets, index))
}

fn read_finer(text: &str, index: &HashMap<Sctid, usize>) -> Result<BTreeMap<Sctid, Finer>, LoadError> {
    let mut finer = BTreeMap::new();
    for row in rows("finer-concepts.tsv", text, FINER)? {
        let concept = row.concept()?;
        let parse = |t| row.parse_id("targets", t);
        let targets = row
            .get("targets")
            .split('|')
            .map(parse)
            .collect::<Result<Vec<_>, _>>()?;
        if targets.iter().any(|t| !index.contains_key(t)) {
            return Err(row.wrong("targets", "names a concept that is not a target"));
        }
        match (row.get("kind"), targets.len()) {
            ("rollup", 1) => {}
            ("multi", n) if n > 1 => {}
            (kind, n) => return Err(row.wrong("kind", format!("{kind:?} with {n} targets"))),
        }
        if index.contains_key(&concept.code) || finer.contains_key(&concept.code) {
            return Err(row.wrong("sctid", "appears twice"));
        }
        let entry = Finer {
            targets,
            body_part_examined: row.term()?,
            paired: row.flag("paired")?,
            concept,
        };
        finer.insert(entry.concept.code, entry);
    }
    Ok(finer)
}

fn read_relations(text: &str, index: &HashMap<Sctid, usize>) -> Result<Relations, LoadError> {
    let (mut parents, mut visible) = (relations::Pairs::new(), relations::Pairs::new());
    for row in rows("relations.tsv", text, RELATIONS)? {
        let (subject, object) = (row.sctid("subject_id")?, row.sctid("object_id")?);
        for (column, id) in [("subject_id", subject), ("object_id", object)] {
            if !index.contains_key(&id) {
                return Err(row.wrong(column, format!("{id} is not a target")));
            }
        }
        let containment = match row.get("predicate") {
            "part-of" | "is-a" => true,
            "usually-also-visible" => false,
            other => return Err(row.wrong("predicate", format!("{other:?} is not a relation"))),
        };
        let table = if containment { &mut parents } else { &mut visible };
        if !table.entry(subject).or_default().insert(object) {
            return Err(row.wrong("object_id", "the relation appears twice"));
        }
        if containment && relations::closure(&parents, subject).contains(&subject) {
            return Err(row.wrong("object_id", "the relation closes a circle"));
        }
    }
    Ok(Relations::new(&parents, visible))
}

fn read_aliases(
    text: &str,
    index: &HashMap<Sctid, usize>,
    finer: &BTreeMap<Sctid, Finer>,
) -> Result<HashMap<(String, String), Sctid>, LoadError> {
    let mut aliases = HashMap::new();
    for row in rows("code-aliases.sssom.tsv", text, ALIASES)? {
        let Some((scheme, code)) = row.get("subject_id").split_once(':') else {
            return Err(row.wrong("subject_id", "is no CURIE"));
        };
        let Some(object) = row.get("object_id").strip_prefix("SCT:") else {
            return Err(row.wrong("object_id", "is not in SCT"));
        };
        let object = row.parse_id("object_id", object)?;
        if !index.contains_key(&object) && !finer.contains_key(&object) {
            return Err(row.wrong("object_id", format!("{object} is not a concept that we know")));
        }
        let key = (scheme.to_owned(), code.to_owned());
        if aliases.insert(key, object).is_some() {
            return Err(row.wrong("subject_id", "appears twice"));
        }
    }
    Ok(aliases)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl Fn(&mut Sources<'static>), expect: &str) {
        let mut sources = Sources::builtin();
        change(&mut sources);
        let error = Terminology::load(&sources).expect_err(expect).to_string();
        assert_eq!(error, expect);
    }

    #[test]
    fn a_broken_table_names_row_and_column() {
        check(
            |s| {
                s.concepts =
                    "key\tsctid\tdisplay\tbody_part_examined\tlevel\tpaired\nCH\t816094008\tChest\tCHEST\texam\t0\n"
            },
            "concepts.tsv, row 2, column sctid: 816094008 has a wrong check digit",
        );
        check(
            |s| s.relations = "subject_id\tsubject_label\tpredicate\tobject_id\tobject_label\n816094009\tChest\tpart-of\t64234005\tPatella\n",
            "relations.tsv, row 2, column object_id: 64234005 is not a target",
        );
        check(
            |s| s.finer = "sctid\tdisplay\n",
            "finer-concepts.tsv: the columns must be sctid, display, targets, kind, body_part_examined, paired",
        );
    }
}
