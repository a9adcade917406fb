//! The formats of mapping sets, by name and by file, and reading a file in one of them.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use bodysite_mapping::{
    FhirVersion, MappingSet, OmopConcepts, Skipped, read_concept_map, read_sssom, read_usagi, write_concept_map,
    write_sssom, write_usagi,
};
use clap::ValueEnum;

/// A format of a mapping set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// SSSOM TSV
    Sssom,
    /// FHIR ConceptMap, R4
    ConceptmapR4,
    /// FHIR ConceptMap, R5
    ConceptmapR5,
    /// Usagi CSV
    Usagi,
}

impl Format {
    /// The format of a file, by its ending and, of a ConceptMap, by the words that only one version has.
    pub fn of_file(path: &Path, text: &str) -> anyhow::Result<Format> {
        let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        match ending.as_deref() {
            Some("tsv") => Ok(Format::Sssom),
            Some("csv") => Ok(Format::Usagi),
            Some("json") if text.contains("\"relationship\"") || text.contains("\"noMap\"") => Ok(Format::ConceptmapR5),
            Some("json") => Ok(Format::ConceptmapR4),
            _ => bail!("{}: neither .tsv, .csv nor .json; name the format", path.display()),
        }
    }

    /// How the name of a file in this format ends.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Sssom => "sssom.tsv",
            Format::ConceptmapR4 => "conceptmap-r4.json",
            Format::ConceptmapR5 => "conceptmap-r5.json",
            Format::Usagi => "usagi.csv",
        }
    }

    /// Reads a set, and the rows that Usagi marks as no decision.
    pub fn read(self, text: &str, omop: &OmopConcepts) -> anyhow::Result<(MappingSet, Vec<Skipped>)> {
        Ok(match self {
            Format::Sssom => (read_sssom(text)?, Vec::new()),
            Format::ConceptmapR4 => (read_concept_map(text, FhirVersion::R4)?, Vec::new()),
            Format::ConceptmapR5 => (read_concept_map(text, FhirVersion::R5)?, Vec::new()),
            Format::Usagi => read_usagi(text, omop)?,
        })
    }

    /// Writes a set.
    pub fn write(self, set: &MappingSet, omop: &OmopConcepts) -> String {
        match self {
            Format::Sssom => write_sssom(set),
            Format::ConceptmapR4 => format!("{:#}\n", write_concept_map(set, FhirVersion::R4)),
            Format::ConceptmapR5 => format!("{:#}\n", write_concept_map(set, FhirVersion::R5)),
            Format::Usagi => write_usagi(set, omop),
        }
    }
}

/// The text of a file.
pub fn text_of(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// The OMOP concepts of an Athena download, or none.
pub fn omop(path: Option<&Path>) -> anyhow::Result<OmopConcepts> {
    match path {
        None => Ok(OmopConcepts::default()),
        Some(path) => OmopConcepts::read(&text_of(path)?).with_context(|| path.display().to_string()),
    }
}
