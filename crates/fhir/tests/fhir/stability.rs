//! Same input, same bytes; ids that never clash and never dangle.

use std::collections::BTreeSet;

use bodysite_fhir::{FhirVersion, IdKey, Options, Resource, resources, run_resources, transaction};
use serde_json::Value;

use crate::studies;

fn all(options: &Options) -> Vec<Resource> {
    let studies = studies::all();
    let mut all: Vec<Resource> = studies
        .iter()
        .flat_map(|(_, s)| resources(s, options).unwrap())
        .collect();
    all.extend(run_resources(&studies::versions(), &studies::mapping_sets(), options).unwrap());
    all
}

fn references(json: &Value, into: &mut Vec<String>) {
    match json {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("reference", Value::String(text)) => into.push(text.clone()),
                    _ => references(value, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        _ => {}
    }
}

#[test]
fn the_same_studies_give_the_same_bytes() {
    let options = Options::default();
    assert_eq!(all(&options), all(&options));
}

#[test]
fn elements_are_in_alphabetical_order_and_floats_as_short_as_can_be() {
    for version in [FhirVersion::R4, FhirVersion::R5] {
        let options = Options {
            version,
            ..Options::default()
        };
        for resource in all(&options) {
            assert_eq!(resource.json, studies::json(&resource).to_string());
        }
    }
}

#[test]
fn resources_with_one_id_have_one_content() {
    let mut seen = std::collections::BTreeMap::new();
    for resource in all(&Options::default()) {
        let key = (resource.resource_type, resource.id.clone());
        let first = seen.entry(key).or_insert_with(|| resource.json.clone());
        assert_eq!(*first, resource.json);
    }
}

#[test]
fn every_reference_of_a_study_is_among_its_resources() {
    for (name, study) in studies::all() {
        let all = resources(&study, &Options::default()).unwrap();
        let ids = all.iter().map(|r| format!("{}/{}", r.resource_type, r.id));
        let ids: BTreeSet<String> = ids.collect();
        assert_eq!(ids.len(), all.len(), "{name} repeats an id");
        let mut wanted = Vec::new();
        all.iter().for_each(|r| references(&studies::json(r), &mut wanted));
        for reference in wanted {
            assert!(ids.contains(&reference), "{name}: {reference} dangles");
        }
    }
}

#[test]
fn both_versions_have_the_same_ids_and_a_key_changes_all() {
    let ids = |options: &Options| -> Vec<(&str, String)> {
        all(options).into_iter().map(|r| (r.resource_type, r.id)).collect()
    };
    let r4 = ids(&Options::default());
    let r5 = ids(&Options {
        version: FhirVersion::R5,
        ..Options::default()
    });
    assert_eq!(r4, r5);
    let keyed = ids(&Options {
        id_key: Some(IdKey::new(b"0123456789abcdef".to_vec()).unwrap()),
        ..Options::default()
    });
    assert!(r4.iter().zip(&keyed).all(|(a, b)| a.0 == b.0 && a.1 != b.1));
}

#[test]
fn a_transaction_leaves_issues_out_and_puts_everything_else() {
    let study = studies::all()
        .into_iter()
        .find(|(name, _)| *name == "unmapped")
        .unwrap()
        .1;
    let all = resources(&study, &Options::default()).unwrap();
    let bundle = transaction(&all, "https://hospital.example/fhir").unwrap();
    let bundle: Value = serde_json::from_str(&bundle).unwrap();
    let entries = bundle["entry"].as_array().unwrap();
    assert_eq!(entries.len(), all.len() - 1);
    for entry in entries {
        assert_eq!(entry["request"]["method"], "PUT");
        assert_ne!(entry["resource"]["resourceType"], "OperationOutcome");
    }
    let issues = &all[all.len() - 1..];
    assert_eq!(transaction(issues, "https://x.example"), None);
}

#[test]
fn studies_of_one_shape_have_ids_of_their_own() {
    let of = |number| resources(&studies::ordinary(number, 4), &Options::default()).unwrap();
    let (one, two) = (of(1), of(2));
    assert_eq!(one.len(), two.len());
    for (a, b) in one.iter().zip(&two).filter(|(a, _)| a.resource_type != "Device") {
        assert_ne!(a.id, b.id, "{}", a.resource_type);
    }
}
