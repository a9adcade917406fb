//! The main job on the demo.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::program::{demo, files, ndjson, normalize};

/// Path to SCTIDs and side.
fn truth(folder: &std::path::Path) -> BTreeMap<String, (String, String)> {
    let text = fs::read_to_string(folder.join("demo/truth.csv")).unwrap();
    let rows = text.lines().skip(1).map(|line| {
        let mut cells = line.split(',').map(str::to_owned);
        let mut next = || cells.next().unwrap();
        (next(), (next(), next()))
    });
    rows.collect()
}

#[test]
fn every_file_has_an_outcome_and_every_study_an_imaging_study() {
    let folder = demo();
    let out = folder.path().join("out");
    normalize(&folder.path().join("demo/dicom"), &out, &[], 0);
    let outcomes = ndjson(&out.join("files.ndjson"));
    assert_eq!(outcomes.len(), truth(folder.path()).len());
    assert!(outcomes.iter().all(|o| o["status"] == "done"));
    let studies = ndjson(&out.join("fhir/ImagingStudy.ndjson"));
    let summary: Value = serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary["summary"]["studies"], studies.len());
    assert!(studies.len() > 20);
}

#[test]
fn a_series_body_site_is_a_true_part_or_none_at_all() {
    let folder = demo();
    let out = folder.path().join("out");
    normalize(&folder.path().join("demo/dicom"), &out, &[], 0);
    let known: Vec<String> = truth(folder.path()).into_values().map(|t| t.0).collect();
    let mut coded = 0;
    for study in ndjson(&out.join("fhir/ImagingStudy.ndjson")) {
        for series in study["series"].as_array().unwrap() {
            let site = &series["bodySite"];
            if let Some(code) = site["code"].as_str() {
                assert_eq!(site["system"], "http://snomed.info/sct");
                assert!(!code.is_empty() && !known.is_empty());
                coded += 1;
            }
        }
    }
    assert!(coded > 30, "{coded} series have a body site");
}

#[test]
fn a_second_run_and_another_number_of_threads_change_no_byte() {
    let folder = demo();
    let input = folder.path().join("demo/dicom");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let copies = folder.path().join("copies");
    let copies_option = ["--dicom-copies", copies.to_str().unwrap(), "--jobs", "1"];
    normalize(&input, &one, &copies_option, 0);
    let first = (files(&one), files(&copies));
    normalize(&input, &one, &copies_option, 0);
    assert_eq!((files(&one), files(&copies)), first);
    normalize(&input, &two, &["--jobs", "7"], 0);
    let without_copies = |mut all: BTreeMap<PathBuf, Vec<u8>>| {
        all.remove(&PathBuf::from("copies.ndjson"));
        all
    };
    assert_eq!(without_copies(files(&two)), without_copies(first.0));
}

#[test]
fn sources_are_left_as_they_are_and_outputs_inside_them_refused() {
    let folder = demo();
    let input = folder.path().join("demo/dicom");
    let before = files(&input);
    normalize(
        &input,
        &folder.path().join("out"),
        &["--dicom-copies", folder.path().join("c").to_str().unwrap()],
        0,
    );
    assert_eq!(files(&input), before);
    normalize(&input, &input.join("out"), &[], 2);
    assert_eq!(files(&input), before);
}
