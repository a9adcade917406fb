//! From the answers about an image to what its corrected copy should say, and how a change is told without names.

use std::sync::Arc;

use bodysite_core::{Answer, Attribute, BodySite, Concept, Facet, Header, NormalizedInstance, Raw, Side};
use bodysite_dicom::copy::{Change, Correction, Region, Report, instance_uid};
use bodysite_mapping::{Field, Mapped, Mapper};
use bodysite_terminology::Terminology;
use serde_json::{Value, json};

/// What all corrections of a run have in common.
pub struct Manner {
    /// Leave out digital signatures in place of refusing.
    pub drop_signatures: bool,
    /// Give each copy a SOP Instance UID of its own.
    pub new_uid: bool,
    /// A DICOM DT: when the run began.
    pub at: String,
    /// The mapping sets in use.
    pub mapper: &'static Mapper,
}

/// What the copy of an image should say; nothing where no body part was resolved. References to other images stay.
pub fn correction(instance: &NormalizedInstance, manner: &Manner) -> Option<Correction> {
    let answer = |facet| {
        let found = instance.resolutions.iter().find(|r| r.facet == facet)?;
        found.answer.as_ref()
    };
    let Answer::Sites(sites) = answer(Facet::Examined)? else {
        return None;
    };
    let terminology = Terminology::builtin();
    let concept = one_concept(sites, terminology)?;
    let side = match answer(Facet::Laterality) {
        Some(Answer::Side(side)) => Some(*side),
        _ => None,
    };
    let side = side.filter(|_| terminology.is_paired(concept.code));
    let new_uid = || own_uid(&instance.header, &concept, side, manner.mapper.version());
    Some(Correction {
        body_part_examined: Some(term(&concept, terminology)),
        new_uid: manner.new_uid.then(new_uid),
        anatomic_region: Some(Region {
            concept: concept.coding(),
            side,
        }),
        laterality: side,
        at: manner.at.clone(),
        system: "BODYSITE".to_owned(),
        software_version: env!("CARGO_PKG_VERSION").to_owned(),
        renamed: Arc::default(),
        drop_signatures: manner.drop_signatures,
    })
}

/// Two copies that say different things never share a UID, be it only a reviewer who made the difference.
fn own_uid(header: &Header, concept: &Concept, side: Option<Side>, mappings: &str) -> String {
    let source = header.text(Attribute::SOPInstanceUID).unwrap_or_default();
    let side = side.map_or("", Side::letter);
    instance_uid(source, &format!("{mappings} {} {side}", concept.code))
}

/// Anatomic Region Sequence has a single item: one part, the finer where it is known, or a combination.
fn one_concept(sites: &[BodySite], terminology: &Terminology) -> Option<Concept> {
    match sites {
        [] => None,
        [one] => Some(one.exact.clone().unwrap_or_else(|| one.target.clone())),
        several => {
            let codes: Vec<_> = several.iter().map(|s| s.target.code).collect();
            terminology.combination(&codes).cloned()
        }
    }
}

/// The defined term; empty where the concept has none.
fn term(concept: &Concept, terminology: &Terminology) -> String {
    terminology
        .body_part_examined(concept.code)
        .unwrap_or_default()
        .to_owned()
}

/// RFC 3339 in UTC as a DICOM DT.
pub fn dicom_date_time(rfc3339: &str) -> String {
    let digits: String = rfc3339.chars().filter(char::is_ascii_digit).take(14).collect();
    format!("{digits}+0000")
}

/// What is different, by keyword, without any value.
pub fn keywords(report: &Report) -> Value {
    let changed: Vec<&str> = report.changes.iter().map(|c| c.attribute).collect();
    let notes: Vec<&str> = report.notes.iter().map(|n| n.word()).collect();
    json!({"changed": changed, "notes": notes})
}

/// What would be different: what each attribute would say, whether it is there, and what it says unless that might
/// name somebody.
pub fn difference(report: &Report, header: &Header, mapper: &Mapper) -> Value {
    let change = |change: &Change| {
        let mut told = json!({
            "attribute": change.attribute,
            "before": presence(change, header),
            "after": change.after,
        });
        if let Some(was) = shown_before(change, mapper) {
            told["was"] = was.into();
        }
        told
    };
    let changes: Vec<Value> = report.changes.iter().map(change).collect();
    let notes: Vec<&str> = report.notes.iter().map(|n| n.word()).collect();
    json!({"changes": changes, "notes": notes})
}

fn presence(change: &Change, header: &Header) -> &'static str {
    match Attribute::from_keyword(change.attribute).map(|a| header.get(a)) {
        _ if change.before.as_ref().is_some_and(|b| !b.is_empty()) => "present",
        Some(Raw::Empty | Raw::Present(_)) => "empty",
        _ => "absent",
    }
}

/// The value that an attribute has, where it is of a closed set or every word of it is a known one that is no name.
fn shown_before<'a>(change: &'a Change, mapper: &Mapper) -> Option<&'a str> {
    let before = change.before.as_deref().filter(|b| !b.is_empty())?;
    let harmless = match change.attribute {
        "BodyPartExamined" => names_nobody(&mapper.map(before, Field::Bpe)),
        "AnatomicRegionSequence" => before
            .split_once(':')
            .is_some_and(|(scheme, code)| Terminology::builtin().resolve_code(scheme, code).is_some()),
        "Laterality" | "ImageLaterality" => before.len() == 1,
        _ => false,
    };
    harmless.then_some(before)
}

/// Whether every word of a text was understood and none is a name or a number that could point to a person.
pub fn names_nobody(mapped: &Mapped) -> bool {
    let long_number = |text: &str| text.chars().filter(char::is_ascii_digit).count() > 3;
    let understood = |step: &bodysite_core::Step| step.what != "unknown" && !long_number(&step.text);
    let named = matches!(mapped.reason.as_str(), "person_name" | "place_name" | "unknown_word");
    !named && !mapped.steps.is_empty() && mapped.steps.iter().all(understood)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bodysite_core::{Resolution, Verdict};

    fn manner(new_uid: bool) -> Manner {
        Manner {
            drop_signatures: false,
            new_uid,
            at: dicom_date_time("2026-11-25T18:00:01Z"),
            mapper: Mapper::builtin(),
        }
    }

    fn instance(answers: Vec<(Facet, Answer)>) -> NormalizedInstance {
        let resolution = |(facet, answer)| Resolution {
            facet,
            verdict: Verdict::HeaderOnly,
            answer: Some(answer),
            confidence: None,
            original_text: None,
            from: Vec::new(),
            because: String::new(),
        };
        NormalizedInstance {
            path: "a.dcm".to_owned(),
            header: Header::of(&[(Attribute::BodyPartExamined, "X"), (Attribute::SOPInstanceUID, "1.2")]),
            assertions: Vec::new(),
            resolutions: answers.into_iter().map(resolution).collect(),
            issues: Vec::new(),
            adjusted: false,
        }
    }

    fn site(key: &str) -> BodySite {
        BodySite::of(Terminology::builtin().by_key(key).unwrap().concept.clone())
    }

    #[test]
    fn a_copy_names_the_defined_term_and_the_side_of_a_paired_part_only() {
        let side = (Facet::Laterality, Answer::Side(Side::Left));
        let knee = instance(vec![(Facet::Examined, Answer::Sites(vec![site("KN")])), side.clone()]);
        let correction = correction(&knee, &manner(false)).unwrap();
        assert_eq!(correction.body_part_examined.as_deref(), Some("KNEE"));
        assert_eq!(correction.laterality, Some(Side::Left));
        assert_eq!(correction.at, "20261125180001+0000");
        assert_eq!(correction.new_uid, None);
        let skull = instance(vec![(Facet::Examined, Answer::Sites(vec![site("SK")])), side]);
        assert_eq!(super::correction(&skull, &manner(false)).unwrap().laterality, None);
    }

    #[test]
    fn parts_without_a_common_concept_get_no_copy() {
        let both = Answer::Sites(vec![site("KN"), site("SK")]);
        assert_eq!(
            correction(&instance(vec![(Facet::Examined, both)]), &manner(false)),
            None
        );
        assert_eq!(correction(&instance(Vec::new()), &manner(false)), None);
    }

    #[test]
    fn copies_that_say_different_things_have_different_uids() {
        let uid = |key: &str| {
            let one = instance(vec![(Facet::Examined, Answer::Sites(vec![site(key)]))]);
            correction(&one, &manner(true)).unwrap().new_uid.unwrap()
        };
        assert_eq!(uid("KN"), uid("KN"));
        assert_ne!(uid("KN"), uid("SK"));
    }

    #[test]
    fn a_value_that_may_be_a_name_is_not_told() {
        let change = |before: &str| Change {
            attribute: "BodyPartExamined",
            before: Some(before.to_owned()),
            after: "KNEE".to_owned(),
        };
        let told = |before: &str| shown_before(&change(before), Mapper::builtin()).is_some();
        assert!(told("KNIE LINKS"));
        for silent in ["DR MOREL", "MOREL^JEAN", "KNEE 4711081", "Zyxwv knee"] {
            assert!(!told(silent), "{silent}");
        }
    }
}
