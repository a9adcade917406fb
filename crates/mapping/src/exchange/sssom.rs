//! SSSOM TSV with literal subjects, <https://mapping-commons.github.io/sssom/>.

use super::{FormatError, Mapping, MappingSet, Words, concept, curie, relationship, word};
use crate::load::COLUMNS;
use bodysite_core::Relationship;

const PREFIXES: &[(&str, &str)] = &[
    ("SCT", "http://snomed.info/id/"),
    ("bodysite", "https://bodysite.example/"),
    ("semapv", "https://w3id.org/semapv/vocab/"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("sssom", "https://w3id.org/sssom/"),
];

/// Reads a set; columns may come in any order and ours that are optional in SSSOM may be missing.
pub fn read_sssom(text: &str) -> Result<MappingSet, FormatError> {
    let head = text.lines().take_while(|l| l.starts_with('#'));
    let metadata = head.filter_map(slot).collect();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let row = |source: csv::Error| FormatError::Row {
        row: source.position().map_or(1, csv::Position::line),
        source,
    };
    let columns = reader.headers().map_err(row)?.clone();
    for needed in ["subject_label", "predicate_id", "object_id"] {
        if !columns.iter().any(|c| c == needed) {
            return Err(FormatError::Column(needed));
        }
    }
    let mapping = |record: Result<csv::StringRecord, csv::Error>| {
        let cells = record.map_err(row)?;
        Cells {
            columns: &columns,
            cells,
        }
        .mapping()
    };
    let mappings = reader.records().map(mapping).collect::<Result<_, _>>()?;
    Ok(MappingSet { metadata, mappings })
}

/// `#mapping_set_id: "…"`; the prefixes are indented and are not ours to keep.
fn slot(line: &str) -> Option<(String, String)> {
    let (name, value) = line.strip_prefix('#')?.split_once(':')?;
    let value = value.trim().trim_matches('"');
    let is_scalar = !name.starts_with(' ') && !value.is_empty();
    is_scalar.then(|| (name.to_owned(), value.to_owned()))
}

struct Cells<'a> {
    columns: &'a csv::StringRecord,
    cells: csv::StringRecord,
}

impl Cells<'_> {
    fn get(&self, column: &str) -> &str {
        let at = self.columns.iter().position(|c| c == column);
        at.and_then(|i| self.cells.get(i)).unwrap_or("")
    }

    fn wrong(&self, column: &'static str, problem: impl Into<String>) -> FormatError {
        FormatError::Cell {
            row: self.cells.position().map_or(0, csv::Position::line),
            column,
            problem: problem.into(),
        }
    }

    fn mapping(&self) -> Result<Mapping, FormatError> {
        let object = concept(self.get("object_id"), self.get("object_label"));
        let object = object.map_err(|problem| self.wrong("object_id", problem))?;
        let predicate = self.get("predicate_id");
        let Some(related) = relationship(predicate, Words::Sssom) else {
            return Err(self.wrong("predicate_id", format!("{predicate:?} is no predicate")));
        };
        let confidence = match self.get("confidence") {
            "" => None,
            number => match number.parse() {
                Ok(value) if (0.0..=1.0).contains(&value) => Some(value),
                _ => return Err(self.wrong("confidence", "is no number from 0 to 1")),
            },
        };
        let own = |column: &str| self.get(column).to_owned();
        Ok(Mapping {
            subject: own("subject_label"),
            category: own("subject_category"),
            relationship: if object.is_some() { related } else { Relationship::NoMap },
            object,
            justification: own("mapping_justification"),
            author: own("author_id"),
            reviewer: own("reviewer_id"),
            confidence,
            comment: own("comment"),
        })
    }
}

/// Writes a set as those in `mappings/` are written.
pub fn write_sssom(set: &MappingSet) -> String {
    let mut out = String::from("#curie_map:\n");
    for (prefix, iri) in PREFIXES {
        out.push_str(&format!("#  {prefix}: \"{iri}\"\n"));
    }
    for (name, value) in &set.metadata {
        out.push_str(&format!("#{name}: \"{value}\"\n"));
    }
    out.push_str(&COLUMNS.join("\t"));
    out.push('\n');
    for mapping in &set.mappings {
        let display = mapping.object.as_ref().map_or("", |o| &o.display);
        let cells = [
            flat(&mapping.subject),
            flat(&mapping.category),
            word(mapping.relationship, Words::Sssom).to_owned(),
            curie(mapping.object.as_ref()),
            flat(display),
            flat(&mapping.justification),
            flat(&mapping.author),
            flat(&mapping.reviewer),
            mapping.confidence.map_or(String::new(), |c| format!("{c:?}")),
            flat(&mapping.comment),
        ];
        out.push_str(&cells.join("\t"));
        out.push('\n');
    }
    out
}

/// A cell holds no tab and no line end.
fn flat(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_sets_come_back_byte_for_byte() {
        for (name, text) in crate::sets::BUILTIN.iter().filter(|s| s.0.ends_with(".sssom.tsv")) {
            assert!(write_sssom(&read_sssom(text).unwrap()) == *text, "{name}");
        }
    }

    #[test]
    fn a_wrong_check_digit_is_refused_with_its_place() {
        let text = "subject_label\tpredicate_id\tobject_id\nknie\tskos:exactMatch\tSCT:72696003\n";
        let error = read_sssom(text).unwrap_err().to_string();
        assert_eq!(error, "row 2, column object_id: 72696003 has a wrong check digit");
    }
}
