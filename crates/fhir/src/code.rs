//! Codes, each with its system; a code without one cannot be made.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use bodysite_core::{Coding, Concept, coding_system_uri};
use serde::Serialize;

/// A code in a system that FHIR names by URI: FHIR's Coding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Code<'a> {
    pub(crate) code: Cow<'a, str>,
    pub(crate) display: Cow<'a, str>,
    pub(crate) system: &'static str,
}

/// Codes that say the same, and the words they stand for: FHIR's CodeableConcept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Coded<'a> {
    #[serde(rename = "coding", skip_serializing_if = "Vec::is_empty")]
    pub(crate) codes: Vec<Code<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<Cow<'a, str>>,
}

/// One code or, where there is none, words: a CodeableConcept of the program's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) enum Meaning {
    #[serde(rename = "coding")]
    Code([Code<'static>; 1]),
    #[serde(rename = "text")]
    Words(&'static str),
}

/// URIs of code systems and identifier systems.
pub(crate) mod system {
    pub(crate) const DCM: &str = "http://dicom.nema.org/resources/ontology/DCM";
    pub(crate) const SNOMED: &str = "http://snomed.info/sct";
    pub(crate) const URI: &str = "urn:ietf:rfc:3986";
    pub(crate) const DICOM_UID: &str = "urn:dicom:uid";
    pub(crate) const V2_0203: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";
    pub(crate) const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
    pub(crate) const ABSENT: &str = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
    pub(crate) const VALUE: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";
    pub(crate) const OPERATION: &str = "http://terminology.hl7.org/CodeSystem/v3-DataOperation";
    pub(crate) const AGENT: &str = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";
    pub(crate) const ISSUE: &str = "https://github.com/bodysite/bodysite/fhir/CodeSystem/issue";
    pub(crate) const DEVICE: &str = "https://github.com/bodysite/bodysite/fhir/device";
    pub(crate) const MAPPING_SET: &str = "https://github.com/bodysite/bodysite/fhir/mapping-set";
    pub(crate) const RUN: &str = "https://github.com/bodysite/bodysite/fhir/run";
    pub(crate) const CONCEPT_MAP: &str = "https://github.com/bodysite/bodysite/fhir/ConceptMap";
    pub(crate) const HEADER_TEXT: &str = "https://github.com/bodysite/bodysite/fhir/CodeSystem/header-text";
}

impl<'a> Code<'a> {
    pub(crate) fn new(system: &'static str, code: &'a str, display: &'a str) -> Self {
        Code {
            code: Cow::Borrowed(code),
            display: Cow::Borrowed(display),
            system,
        }
    }

    pub(crate) fn dcm(code: &'a str, display: &'a str) -> Self {
        Code::new(system::DCM, code, display)
    }

    /// The concept in SNOMED CT.
    pub(crate) fn concept(concept: &'a Concept) -> Self {
        Code {
            code: Cow::Owned(concept.code.to_string()),
            display: Cow::Borrowed(&concept.display),
            system: system::SNOMED,
        }
    }

    /// The coding, if its scheme is one that FHIR names.
    pub(crate) fn of(coding: Coding) -> Option<Self> {
        Some(Code {
            system: coding_system_uri(&coding.system)?,
            code: Cow::Owned(coding.code),
            display: Cow::Owned(coding.display),
        })
    }

    /// "Artificial Intelligence asserted", the label of what a model says.
    pub(crate) fn ai_asserted() -> Self {
        Code::new(system::VALUE, "AIAST", "Artificial Intelligence asserted")
    }

    /// A modality of the DICOM code tables; other values of Modality have no code.
    pub(crate) fn modality(text: &str) -> Option<Self> {
        let (code, display) = MODALITIES.get_key_value(text.trim())?;
        Some(Code::dcm(code, display))
    }
}

impl<'a> Coded<'a> {
    pub(crate) fn one(code: Code<'a>) -> Self {
        Coded {
            codes: vec![code],
            text: None,
        }
    }

    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Coded {
            codes: Vec::new(),
            text: Some(text.into()),
        }
    }

    pub(crate) fn with_text(mut self, text: &'static str) -> Self {
        self.text = Some(text.into());
        self
    }
}

/// Modalities of PS3.16 CID 29 and CID 33, with RTIMAGE and OT.
static MODALITIES: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    let rows = include_str!("../data/modalities.tsv").lines().skip(1);
    rows.filter_map(|row| row.split_once('\t')).collect()
});

#[cfg(test)]
mod tests {
    use bodysite_core::SCT;

    use super::*;

    #[test]
    fn the_table_of_modalities_is_whole() {
        let lines = include_str!("../data/modalities.tsv").lines().count();
        assert_eq!(MODALITIES.len() + 1, lines);
        assert_eq!(Code::modality("DX "), Some(Code::dcm("DX", "Digital Radiography")));
        assert_eq!(Code::modality("XRAY"), None);
    }

    #[test]
    fn the_systems_are_those_of_the_core() {
        assert_eq!(coding_system_uri(SCT), Some(system::SNOMED));
        assert_eq!(coding_system_uri("DCM"), Some(system::DCM));
        assert_eq!(Code::of(Coding::new("99LOCAL", "1", "x")), None);
    }
}
