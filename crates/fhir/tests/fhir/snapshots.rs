//! Every study against the JSON that is committed beside this file. `BODYSITE_UPDATE_SNAPSHOTS=1` writes it anew.

use std::path::PathBuf;

use bodysite_fhir::{FhirVersion, Options, Resource, resources, run_resources, transaction};
use serde_json::Value;

use crate::studies;

fn folder(version: FhirVersion) -> PathBuf {
    let name = match version {
        FhirVersion::R4 => "r4",
        FhirVersion::R5 => "r5",
    };
    PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for tests"))
        .join("tests/snapshots")
        .join(name)
}

fn check(version: FhirVersion, name: &str, json: &Value) {
    let path = folder(version).join(format!("{name}.json"));
    let text = format!("{json:#}\n");
    if std::env::var_os("BODYSITE_UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(folder(version)).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{name} differs from {}:\n{text}", path.display());
}

fn list(resources: Vec<Resource>) -> Value {
    resources.iter().map(studies::json).collect()
}

fn check_all(version: FhirVersion) {
    let options = Options {
        version,
        ..Options::default()
    };
    for (name, study) in studies::all() {
        check(version, name, &list(resources(&study, &options).unwrap()));
    }
    let run = run_resources(&studies::versions(), &studies::mapping_sets(), &options);
    check(version, "run", &list(run.unwrap()));
    let open = Options {
        version,
        include_accession: true,
        accession_system: Some("https://hospital.example/accession".into()),
        include_descriptions: true,
        default_timezone: Some("-05:30".parse().unwrap()),
        recorded: Some("2026-11-24T09:00:00Z".parse().unwrap()),
        ..Options::default()
    };
    let everything = resources(&studies::plain_chest(), &open).unwrap();
    let bundle = transaction(&everything, "https://hospital.example/fhir/").unwrap();
    let bundle = serde_json::from_str(&bundle).unwrap();
    check(version, "open-bundle", &bundle);
}

#[test]
fn r4_is_as_committed() {
    check_all(FhirVersion::R4);
}

#[test]
fn r5_is_as_committed() {
    check_all(FhirVersion::R5);
}
