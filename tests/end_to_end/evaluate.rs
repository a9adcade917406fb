//! `bodysite evaluate` on a simulated archive.

use std::fs;

use serde_json::Value;

use crate::program::{archive, run};

#[test]
fn the_report_is_the_same_from_files_and_from_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive(folder.path()).display().to_string();
    let (truth, dicom) = (format!("{archive}/truth.csv"), format!("{archive}/dicom"));
    let result = folder.path().join("result").display().to_string();
    run(&["normalize", &dicom, "--out", &result, "--model", "off"], 0);
    let now = run(
        &[
            "evaluate", "--labels", &truth, &dicom, "--model", "off", "--format", "json",
        ],
        0,
    );
    let stored = run(
        &["evaluate", "--labels", &truth, "--results", &result, "--format", "json"],
        0,
    );
    let (now, stored): (Value, Value) = (
        serde_json::from_slice(&now.stdout).unwrap(),
        serde_json::from_slice(&stored.stdout).unwrap(),
    );
    assert_eq!(now, stored);
    assert!(now["all"]["images"].as_u64().unwrap() >= 60);
}

#[test]
fn labels_that_do_not_fit_are_refused_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive(folder.path()).display().to_string();
    let csv = folder.path().join("labels.csv");
    for (rows, line) in [
        ("path,examined,visible\nstudy00001/image1.dcm,1234,\n", "line 2"),
        ("path,examined,visible\nnowhere.dcm,72696002,\n", "line 2"),
        (
            "path,examined,visible\nstudy00001/image1.dcm,72696002,\nstudy00001/image1.dcm,72696002,\n",
            "line 3",
        ),
    ] {
        fs::write(&csv, rows).unwrap();
        let output = run(
            &[
                "evaluate",
                "--labels",
                csv.to_str().unwrap(),
                &format!("{archive}/dicom"),
                "--model",
                "off",
            ],
            2,
        );
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(line), "{said}");
    }
}
