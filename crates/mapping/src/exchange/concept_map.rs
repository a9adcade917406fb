//! FHIR ConceptMap, R4 <https://hl7.org/fhir/R4/conceptmap.html> and R5 <https://hl7.org/fhir/R5/conceptmap.html>.
//!
//! R4 says `equivalence` as seen from the target, R5 `relationship` as seen from the source; R4 writes a
//! reviewed "maps to nothing" as a target without code, R5 as `noMap`. Category, author, reviewer,
//! justification and confidence travel in one extension, which both versions allow. A map is `active` when
//! every mapping has a reviewer and `draft` until then.

use std::str::FromStr;

use bodysite_core::{Concept, Relationship};
use serde_json::{Map, Value, json};

use super::{FormatError, Mapping, MappingSet, Words, relationship, word};

/// A version of FHIR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FhirVersion {
    /// 4.0.1
    R4,
    /// 5.0.0
    R5,
}

impl FromStr for FhirVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "r4" => Ok(FhirVersion::R4),
            "r5" => Ok(FhirVersion::R5),
            other => Err(format!("{other:?} is none of r4, r5")),
        }
    }
}

impl FhirVersion {
    fn words(self) -> Words {
        match self {
            FhirVersion::R4 => Words::R4,
            FhirVersion::R5 => Words::R5,
        }
    }

    fn relation(self) -> &'static str {
        match self {
            FhirVersion::R4 => "equivalence",
            FhirVersion::R5 => "relationship",
        }
    }
}

const SNOMED: &str = "http://snomed.info/sct";
const PROVENANCE: &str = "https://bodysite.example/fhir/StructureDefinition/mapping-provenance";
/// cmd-1: a target that does not cover the whole source says so in words.
const COARSER: &str = "The source is coarser than the target, or one of several.";
const OVERLAPS: &str = "The source stands for the target without being it.";
/// Slots of a set and the elements that hold them.
const SLOTS: &[(&str, &str)] = &[
    ("mapping_set_id", "url"),
    ("mapping_set_version", "version"),
    ("mapping_set_title", "title"),
    ("license", "copyright"),
];

/// Writes a set as one ConceptMap with one group.
pub fn write_concept_map(set: &MappingSet, version: FhirVersion) -> Value {
    let mut map = Map::new();
    let reviewed = set.mappings.iter().all(|m| !m.reviewer.is_empty());
    map.insert("resourceType".to_owned(), json!("ConceptMap"));
    map.insert("status".to_owned(), json!(if reviewed { "active" } else { "draft" }));
    for (slot, element) in SLOTS {
        if let Some(value) = set.slot(slot) {
            map.insert((*element).to_owned(), json!(value));
        }
    }
    let mut elements: Vec<Value> = Vec::new();
    for same in set.mappings.chunk_by(|a, b| a.subject == b.subject) {
        elements.extend(write_elements(same, version));
    }
    let source = format!("{}/subjects", set.slot("mapping_set_id").unwrap_or("urn:bodysite"));
    map.insert(
        "group".to_owned(),
        json!([{"source": source, "target": SNOMED, "element": elements}]),
    );
    Value::Object(map)
}

fn write_elements(same: &[Mapping], version: FhirVersion) -> Vec<Value> {
    let head = |m: &Mapping| json!({"code": m.subject, "display": m.subject});
    let (nothing, targets): (Vec<&Mapping>, Vec<&Mapping>) = same
        .iter()
        .partition(|m| version == FhirVersion::R5 && m.object.is_none());
    let mut out: Vec<Value> = Vec::new();
    for mapping in nothing {
        let mut element = head(mapping);
        element["noMap"] = json!(true);
        element["extension"] = json!([provenance(mapping)]);
        out.push(element);
    }
    if let Some(first) = targets.first() {
        let mut element = head(first);
        let written = targets.iter().map(|m| write_target(m, version));
        element["target"] = written.collect();
        out.push(element);
    }
    out
}

fn write_target(mapping: &Mapping, version: FhirVersion) -> Value {
    let mut target = json!({version.relation(): word(mapping.relationship, version.words())});
    if let Some(object) = &mapping.object {
        target["code"] = json!(object.code.to_string());
        target["display"] = json!(object.display);
        let comment = match (mapping.comment.as_str(), mapping.relationship) {
            ("", Relationship::SourceIsBroaderThanTarget) => COARSER,
            ("", Relationship::RelatedTo) => OVERLAPS,
            (comment, _) => comment,
        };
        if !comment.is_empty() {
            target["comment"] = json!(comment);
        }
    }
    target["extension"] = json!([provenance(mapping)]);
    target
}

fn provenance(mapping: &Mapping) -> Value {
    let mut parts = Vec::new();
    let texts = [
        ("category", &mapping.category),
        ("justification", &mapping.justification),
        ("author", &mapping.author),
        ("reviewer", &mapping.reviewer),
    ];
    for (url, text) in texts.iter().filter(|t| !t.1.is_empty()) {
        parts.push(json!({"url": url, "valueString": text}));
    }
    if let Some(confidence) = mapping.confidence {
        parts.push(json!({"url": "confidence", "valueDecimal": confidence}));
    }
    if mapping.object.is_none() && !mapping.comment.is_empty() {
        parts.push(json!({"url": "comment", "valueString": mapping.comment}));
    }
    json!({"url": PROVENANCE, "extension": parts})
}

/// Reads every group of a ConceptMap whose target is SNOMED CT.
pub fn read_concept_map(text: &str, version: FhirVersion) -> Result<MappingSet, FormatError> {
    let map: Value = serde_json::from_str(text)?;
    if map["resourceType"] != "ConceptMap" {
        return Err(wrong("ConceptMap.resourceType", "is not ConceptMap"));
    }
    let slot = |(slot, element): &(&str, &str)| Some(((*slot).to_owned(), map[*element].as_str()?.to_owned()));
    let mut set = MappingSet {
        metadata: SLOTS.iter().filter_map(slot).collect(),
        mappings: Vec::new(),
    };
    for (g, group) in items(&map["group"]) {
        let target = group["target"].as_str().unwrap_or("");
        if target.split('|').next() != Some(SNOMED) {
            return Err(wrong(&format!("ConceptMap.group[{g}].target"), "is not SNOMED CT"));
        }
        for (e, element) in items(&group["element"]) {
            let path = format!("ConceptMap.group[{g}].element[{e}]");
            read_element(element, &path, version, &mut set.mappings)?;
        }
    }
    Ok(set)
}

fn items(value: &Value) -> impl Iterator<Item = (usize, &Value)> {
    value.as_array().into_iter().flatten().enumerate()
}

fn wrong(path: &str, problem: impl Into<String>) -> FormatError {
    FormatError::Element {
        path: path.to_owned(),
        problem: problem.into(),
    }
}

fn read_element(
    element: &Value,
    path: &str,
    version: FhirVersion,
    mappings: &mut Vec<Mapping>,
) -> Result<(), FormatError> {
    let subject = element["code"].as_str().ok_or_else(|| wrong(path, "has no code"))?;
    if element["noMap"] == true {
        mappings.push(read_mapping(subject, element, Relationship::NoMap, None));
    }
    for (t, target) in items(&element["target"]) {
        let path = format!("{path}.target[{t}]");
        let said = target[version.relation()].as_str().unwrap_or("");
        let Some(related) = relationship(said, version.words()) else {
            let problem = format!("{said:?} is no {} that we know", version.relation());
            return Err(wrong(&path, problem));
        };
        let object = match (target["code"].as_str(), related) {
            (_, Relationship::NoMap) => None,
            (None, _) => return Err(wrong(&path, "has no code")),
            (Some(code), _) => Some(Concept {
                code: code
                    .parse()
                    .map_err(|e: bodysite_core::SctidError| wrong(&path, e.to_string()))?,
                display: target["display"].as_str().unwrap_or("").to_owned(),
            }),
        };
        mappings.push(read_mapping(subject, target, related, object));
    }
    Ok(())
}

fn read_mapping(subject: &str, from: &Value, relationship: Relationship, object: Option<Concept>) -> Mapping {
    let provenance = items(&from["extension"]).find(|(_, e)| e["url"] == PROVENANCE);
    let parts = provenance.map_or(&Value::Null, |(_, e)| &e["extension"]);
    let part = |url: &str| items(parts).find(|(_, e)| e["url"] == url).map(|(_, e)| e);
    let text = |url: &str| {
        part(url)
            .and_then(|e| e["valueString"].as_str())
            .unwrap_or("")
            .to_owned()
    };
    let comment = match from["comment"].as_str() {
        Some(COARSER | OVERLAPS) => String::new(),
        Some(comment) => comment.to_owned(),
        None => text("comment"),
    };
    Mapping {
        subject: subject.to_owned(),
        category: text("category"),
        relationship,
        object,
        justification: text("justification"),
        author: text("author"),
        reviewer: text("reviewer"),
        confidence: part("confidence").and_then(|e| e["valueDecimal"].as_f64()),
        comment,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn both_versions_bring_every_mapping_back() {
        for version in [FhirVersion::R4, FhirVersion::R5] {
            let text = write_concept_map(&sample(), version).to_string();
            assert_eq!(read_concept_map(&text, version).unwrap(), sample(), "{version:?}");
        }
    }

    #[test]
    fn each_version_says_narrower_and_nothing_in_its_own_words() {
        let element = |version, at: usize| write_concept_map(&sample(), version)["group"][0]["element"][at].clone();
        assert_eq!(element(FhirVersion::R4, 0)["target"][0]["equivalence"], "unmatched");
        assert_eq!(element(FhirVersion::R5, 0)["noMap"], true);
        assert_eq!(element(FhirVersion::R4, 4)["target"][0]["equivalence"], "wider");
        let narrower = &element(FhirVersion::R5, 4)["target"][0]["relationship"];
        assert_eq!(narrower, "source-is-narrower-than-target");
    }

    #[test]
    fn words_of_the_other_version_are_refused() {
        let text = write_concept_map(&sample(), FhirVersion::R4).to_string();
        let error = read_concept_map(&text, FhirVersion::R5).unwrap_err().to_string();
        assert!(error.starts_with("ConceptMap.group[0].element[0].target[0]"), "{error}");
    }
}
