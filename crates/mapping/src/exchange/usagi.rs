//! Usagi CSV, <https://github.com/OHDSI/Usagi>.
//!
//! Usagi points to OMOP concepts. Their identifiers come from the user's own `CONCEPT.csv` (Athena); where
//! there is none, `conceptId` is 0 and the SNOMED CT identifier travels in a column of ours, which Usagi keeps.

use std::collections::HashMap;

use bodysite_core::{Concept, Relationship, Sctid};
use serde::Serialize;

use super::{FormatError, Mapping, MappingSet, NO_TERM, Words, concept, curie, relationship, word};

const COLUMNS: &[&str] = &[
    "sourceCode",
    "sourceName",
    "sourceFrequency",
    "sourceAutoAssignedConceptIds",
    "ADD_INFO:objectId",
    "ADD_INFO:objectLabel",
    "ADD_INFO:category",
    "ADD_INFO:justification",
    "matchScore",
    "mappingStatus",
    "equivalence",
    "statusSetBy",
    "statusSetOn",
    "conceptId",
    "conceptName",
    "domainId",
    "mappingType",
    "comment",
    "createdBy",
    "createdOn",
    "assignedReviewer",
];

/// SNOMED CT concepts with the identifiers that OMOP gives them.
#[derive(Debug, Default)]
pub struct OmopConcepts {
    ids: HashMap<Sctid, u64>,
    concepts: HashMap<u64, Concept>,
}

impl OmopConcepts {
    /// Reads `CONCEPT.csv` of an Athena download; rows of other vocabularies are passed over.
    pub fn read(text: &str) -> Result<OmopConcepts, FormatError> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(b'\t')
            .quoting(false)
            .from_reader(text.as_bytes());
        let columns = reader.headers().map_err(row_error)?.clone();
        let at = |name: &'static str| columns.iter().position(|c| c == name).ok_or(FormatError::Column(name));
        let (id, name) = (at("concept_id")?, at("concept_name")?);
        let (vocabulary, code) = (at("vocabulary_id")?, at("concept_code")?);
        let mut found = OmopConcepts::default();
        for record in reader.records() {
            let record = record.map_err(row_error)?;
            let cell = |i: usize| record.get(i).unwrap_or("");
            if let ("SNOMED", Ok(omop), Ok(code)) = (cell(vocabulary), cell(id).parse(), cell(code).parse()) {
                let display = cell(name).to_owned();
                found.ids.insert(code, omop);
                found.concepts.insert(omop, Concept { code, display });
            }
        }
        Ok(found)
    }

    fn id(&self, code: Sctid) -> u64 {
        self.ids.get(&code).copied().unwrap_or(0)
    }
}

/// A row that was not read as a mapping, since Usagi marks it as no decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Line number, counting from 1.
    pub row: u64,
    /// Its `mappingStatus`.
    pub status: String,
}

fn row_error(source: csv::Error) -> FormatError {
    FormatError::Row {
        row: source.position().map_or(1, csv::Position::line),
        source,
    }
}

/// Writes a set; a mapping with a reviewer is `APPROVED`, one without is `UNCHECKED`.
pub fn write_usagi(set: &MappingSet, omop: &OmopConcepts) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let rows = set.mappings.iter().map(|m| cells(m, omop));
    let header = COLUMNS.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
    for row in std::iter::once(header).chain(rows) {
        // Writing to memory does not fail.
        let _ = writer.write_record(&row);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn cells(mapping: &Mapping, omop: &OmopConcepts) -> Vec<String> {
    let own = str::to_owned;
    let object = mapping.object.as_ref();
    let display = object.map_or("", |o| &o.display);
    let reviewed = !mapping.reviewer.is_empty();
    vec![
        mapping.subject.clone(),
        mapping.subject.clone(),
        own("0"),
        String::new(),
        curie(object),
        own(display),
        mapping.category.clone(),
        mapping.justification.clone(),
        mapping.confidence.map_or(String::new(), |c| format!("{c:?}")),
        own(if reviewed { "APPROVED" } else { "UNCHECKED" }),
        own(word(mapping.relationship, Words::Usagi)),
        mapping.reviewer.clone(),
        own("0"),
        object.map_or(0, |o| omop.id(o.code)).to_string(),
        own(if object.is_some() { display } else { "Unmapped" }),
        own(if object.is_some() { "Spec Anatomic Site" } else { "" }),
        own("MAPS_TO"),
        mapping.comment.clone(),
        mapping.author.clone(),
        own("0"),
        String::new(),
    ]
}

/// Reads a set; rows that are flagged, ignored or point to a target that is no more are told apart.
pub fn read_usagi(text: &str, omop: &OmopConcepts) -> Result<(MappingSet, Vec<Skipped>), FormatError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().map_err(row_error)?.clone();
    for needed in ["sourceName", "mappingStatus", "equivalence", "conceptId"] {
        if !columns.iter().any(|c| c == needed) {
            return Err(FormatError::Column(needed));
        }
    }
    let (mut set, mut skipped) = (MappingSet::default(), Vec::new());
    for record in reader.records() {
        let row = Row {
            columns: &columns,
            cells: record.map_err(row_error)?,
        };
        match row.get("mappingStatus") {
            "APPROVED" | "UNCHECKED" | "AUTO_MAPPED" | "AUTO_MAPPED_TO_1" => set.mappings.push(row.mapping(omop)?),
            "FLAGGED" | "IGNORED" | "INVALID_TARGET" => skipped.push(Skipped {
                row: row.line(),
                status: row.get("mappingStatus").to_owned(),
            }),
            other => return Err(row.wrong("mappingStatus", format!("{other:?} is no status"))),
        }
    }
    Ok((set, skipped))
}

struct Row<'a> {
    columns: &'a csv::StringRecord,
    cells: csv::StringRecord,
}

impl Row<'_> {
    fn get(&self, column: &str) -> &str {
        let at = self.columns.iter().position(|c| c == column);
        at.and_then(|i| self.cells.get(i)).unwrap_or("")
    }

    fn line(&self) -> u64 {
        self.cells.position().map_or(0, csv::Position::line)
    }

    fn wrong(&self, column: &'static str, problem: impl Into<String>) -> FormatError {
        FormatError::Cell {
            row: self.line(),
            column,
            problem: problem.into(),
        }
    }

    fn mapping(&self, omop: &OmopConcepts) -> Result<Mapping, FormatError> {
        let object = self.object(omop)?;
        let said = self.get("equivalence");
        let related = match said {
            "UNREVIEWED" => Some(Relationship::Equivalent),
            other => relationship(other, Words::Usagi),
        };
        let Some(related) = related else {
            return Err(self.wrong("equivalence", format!("{said:?} is no equivalence")));
        };
        let own = |column: &str| self.get(column).to_owned();
        let approved = self.get("mappingStatus") == "APPROVED";
        Ok(Mapping {
            subject: own("sourceName"),
            category: own("ADD_INFO:category"),
            relationship: if object.is_some() { related } else { Relationship::NoMap },
            object,
            justification: own("ADD_INFO:justification"),
            author: own("createdBy"),
            reviewer: if approved { own("statusSetBy") } else { String::new() },
            confidence: self.get("matchScore").parse().ok(),
            comment: own("comment"),
        })
    }

    fn object(&self, omop: &OmopConcepts) -> Result<Option<Concept>, FormatError> {
        let (ours, id) = (self.get("ADD_INFO:objectId"), self.get("conceptId"));
        let nothing = ours.is_empty() && self.get("equivalence") == "UNMATCHED";
        if nothing || ours == NO_TERM {
            return Ok(None);
        }
        let known = id.parse().ok().and_then(|id: u64| omop.concepts.get(&id));
        match (known, ours) {
            (Some(concept), _) => Ok(Some(concept.clone())),
            (None, "") => Err(self.wrong("conceptId", format!("{id:?} is in no table of OMOP concepts given"))),
            (None, _) => concept(ours, self.get("ADD_INFO:objectLabel"))
                .map_err(|problem| self.wrong("ADD_INFO:objectId", problem)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn every_mapping_comes_back_with_its_review() {
        let text = write_usagi(&sample(), &OmopConcepts::default());
        let (read, skipped) = read_usagi(&text, &OmopConcepts::default()).unwrap();
        assert_eq!(read.mappings, sample().mappings);
        assert_eq!(skipped, []);
    }

    #[test]
    fn a_target_chosen_in_usagi_wins_over_our_column() {
        let concepts = "concept_id\tconcept_name\tvocabulary_id\tconcept_code\n4200\tHand\tSNOMED\t85562004\n";
        let omop = OmopConcepts::read(concepts).unwrap();
        let text = write_usagi(&sample(), &omop);
        assert!(text.contains(",4200,Hand,"));
        let moved = text.replacen("UNCHECKED,EQUIVALENT,,0,0,Knee", "UNCHECKED,EQUIVALENT,,0,4200,Hand", 1);
        let (read, _) = read_usagi(&moved, &omop).unwrap();
        assert_eq!(read.mappings[3].object.as_ref().unwrap().display, "Hand");
    }

    #[test]
    fn a_flagged_row_is_no_mapping() {
        let text = write_usagi(&sample(), &OmopConcepts::default()).replacen("UNCHECKED", "FLAGGED", 1);
        let (read, skipped) = read_usagi(&text, &OmopConcepts::default()).unwrap();
        assert_eq!(read.mappings.len(), sample().mappings.len() - 1);
        assert_eq!(skipped[0].status, "FLAGGED");
    }
}
