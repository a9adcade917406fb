//! The main job on the demo.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::program::{demo, files, ndjson, normalize, query};

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

/// Headers alone: what is answered is true, and most is answered.
#[test]
fn an_answer_from_the_header_is_the_truth_or_none_at_all() {
    let folder = demo();
    let out = folder.path().join("out");
    normalize(&folder.path().join("demo/dicom"), &out, &["--model", "off"], 0);
    let truth = truth(folder.path());
    let rows = query(
        &out,
        "select i.path, e.codes, l.codes from instances i \
         left join resolutions e on e.path = i.path and e.facet = 'examined' \
         left join resolutions l on l.path = i.path and l.facet = 'laterality'",
    );
    assert_eq!(rows.len(), truth.len());
    let mut answered = 0;
    for row in &rows {
        let at = row[0].find("dicom/").unwrap();
        let (codes, side) = &truth[&row[0][at..]];
        if row[1] != "null" {
            assert_eq!(&row[1], codes, "{}", row[0]);
            answered += 1;
        }
        let letter = match row[2].as_str() {
            "24028007" => "R",
            "7771000" => "L",
            "51440002" => "B",
            _ => continue,
        };
        // The truth has no side for ribs, of which a header may name a half.
        assert!(side.is_empty() || letter == side, "{}", row[0]);
    }
    assert!(answered > 45, "{answered} of {} have an answer", rows.len());
}

/// From the text of a header to the answer, its side and what was odd, as the design says.
#[test]
fn helper_attributes_refine_and_contradict() {
    let folder = demo();
    let out = folder.path().join("out");
    normalize(&folder.path().join("demo/dicom"), &out, &["--model", "off"], 0);
    let check = |study: &str, expect: &str| {
        let sql = format!(
            "select e.displays, coalesce(l.displays, '-'), e.verdict, \
             coalesce((select group_concat(code, ' ') from issues x where x.path = e.path), '-') \
             from resolutions e left join resolutions l on l.path = e.path and l.facet = 'laterality' \
             where e.facet = 'examined' and e.path like '%/{study}/%' order by e.path"
        );
        let rows: Vec<String> = query(&out, &sql).iter().map(|r| r.join(", ")).collect();
        assert_eq!(rows.join("; "), expect, "{study}");
    };
    // EXTREMITY beside a French series text that says right ankle.
    check(
        "study06",
        "Ankle joint, Right, agreed, -; Ankle joint, Right, agreed, -",
    );
    // CHEST on series of a femur and of a lower leg.
    check(
        "study28",
        "Thigh, Left, header_only, BS0203; Lower leg, Left, header_only, BS0203",
    );
    // An ambiguous word, a person's name beside a part, and nothing but a view.
    check("study50", "null, -, unresolved, BS0102 BS0202");
    check("study35", "Skull, -, header_only, BS0102 BS0201");
    check("study30", "null, -, unresolved, -");
    let studies = query(
        &out,
        "select displays, laterality, series from v_study_body_site where series > 1 and displays like '%|%'",
    );
    assert_eq!(studies, [["Thigh|Lower leg", "null", "2"]]);
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

#[test]
fn the_time_of_the_run_is_in_provenance_where_it_is_asked_for() {
    let folder = demo();
    let (input, out) = (folder.path().join("demo/dicom"), folder.path().join("out"));
    let provenances = |more: &[&str]| {
        normalize(&input, &out, &[&["--model", "off", "--fresh"], more].concat(), 0);
        ndjson(&out.join("fhir/Provenance.ndjson"))
    };
    for provenance in provenances(&["--recorded", "2026-01-31T13:00:00.5+01:00"]) {
        assert_eq!(provenance["recorded"], "2026-01-31T13:00:00+01:00");
        assert_eq!(provenance.get("_recorded"), None);
    }
    for provenance in provenances(&[]) {
        assert_eq!(provenance.get("recorded"), None);
        assert!(provenance["_recorded"]["extension"].is_array());
    }
    normalize(&input, &out, &["--recorded", "2026-01-31"], 2);
}
