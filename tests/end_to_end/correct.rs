//! `bodysite correct`, and copies with new UIDs or none at all.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::program::{command, demo, files, ndjson, normalize, run, with_body_part};

/// `correct -` with an object on its standard input.
fn piped(object: &[u8], more: &[&str], code: i32) -> Output {
    let mut child = command()
        .args(["correct", "-"])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let object = object.to_vec();
    // An object that is refused unread closes the pipe.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&object)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(
        output.status.code(),
        Some(code),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stderr).unwrap()
}

#[test]
fn an_object_is_corrected_on_its_way_and_a_second_time_left_alone() {
    let folder = demo();
    let source = fs::read(with_body_part(folder.path(), "KNIE RE")).unwrap();
    let output = piped(&source, &[], 0);
    let told = report(&output);
    assert_eq!(told["status"], "corrected");
    assert!(
        told["changed"].as_array().unwrap().contains(&"BodyPartExamined".into()),
        "{told}"
    );
    assert!(!told.to_string().contains("KNIE"), "{told}");
    let holds = |text: &[u8]| output.stdout.windows(text.len()).any(|w| w == text);
    assert!(holds(b"72696002") && holds(b"KNEE"));
    let again = piped(&output.stdout, &[], 0);
    assert_eq!(again.stdout, output.stdout);
    assert_eq!(report(&again)["status"], "unchanged");
}

#[test]
fn what_is_refused_leaves_standard_output_empty_and_says_why() {
    let folder = demo();
    let reports = folder.path().join("reports.jsonl");
    let options = ["--jsonl", reports.to_str().unwrap()];
    let source = fs::read(with_body_part(folder.path(), "KNIE RE")).unwrap();
    for object in [&source[..source.len() / 3], b"no DICOM at all", b""] {
        let output = piped(object, &options, 1);
        assert_eq!((output.stdout.len(), output.stderr.len()), (0, 0));
    }
    let told = ndjson(&reports);
    assert_eq!(told.len(), 3);
    assert!(
        told.iter().all(|t| t["status"] == "refused" && t["reason"].is_string()),
        "{told:?}"
    );
}

#[test]
fn a_difference_tells_no_name_and_writes_nothing() {
    let folder = demo();
    let path = with_body_part(folder.path(), "KNIE RE");
    let before = fs::read(&path).unwrap();
    let told = String::from_utf8(run(&["correct", "--diff", path.to_str().unwrap()], 0).stdout).unwrap();
    assert!(
        told.contains("- BodyPartExamined: KNIE RE\n+ BodyPartExamined: KNEE\n"),
        "{told}"
    );
    assert!(told.contains("- AnatomicRegionSequence: (absent)\n"), "{told}");
    assert_eq!(fs::read(&path).unwrap(), before);
    let json = run(&["correct", "--diff", "--format", "json", path.to_str().unwrap()], 0);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["status"], "would_write");
}

#[test]
fn a_new_uid_is_the_same_each_time_and_another_than_the_old() {
    let folder = demo();
    let source = fs::read(with_body_part(folder.path(), "KNIE RE")).unwrap();
    let changed = |more: &[&str]| report(&piped(&source, more, 0))["changed"].to_string();
    assert!(!changed(&[]).contains("SOPInstanceUID"));
    assert!(changed(&["--new-uid"]).contains("SOPInstanceUID"));
}

#[test]
fn copies_with_new_uids_and_copies_with_the_old_never_share_a_folder() {
    let folder = demo();
    let (input, out, copies) = (
        folder.path().join("demo/dicom"),
        folder.path().join("out"),
        folder.path().join("copies"),
    );
    let copies = copies.to_str().unwrap();
    let off = ["--model", "off", "--dicom-copies", copies];
    let new = [off.as_slice(), &["--new-uid"]].concat();
    normalize(&input, &out, &new, 0);
    let written = files(Path::new(copies));
    assert!(
        ndjson(&out.join("copies.ndjson"))
            .iter()
            .any(|c| c["changed"].to_string().contains("SOPInstanceUID"))
    );
    normalize(&input, &out, &new, 0);
    assert_eq!(files(Path::new(copies)), written);
    normalize(&input, &out, &off, 2);
    assert_eq!(files(Path::new(copies)), written);
}

#[test]
fn a_dry_run_lists_what_copies_would_change_and_writes_none() {
    let folder = demo();
    let (input, out, copies) = (
        folder.path().join("demo/dicom"),
        folder.path().join("out"),
        folder.path().join("copies"),
    );
    let options = ["--model", "off", "--dicom-copies", copies.to_str().unwrap()];
    normalize(&input, &out, &[options.as_slice(), &["--dry-run"]].concat(), 0);
    assert!(!copies.exists());
    let would = ndjson(&out.join("copies.ndjson"));
    normalize(&input, &out, &options, 0);
    let did = ndjson(&out.join("copies.ndjson"));
    assert_eq!(would.len(), did.len());
    for (would, did) in would.iter().zip(&did) {
        let changes = would["changes"].as_array().into_iter().flatten();
        let attributes: Vec<&Value> = changes.map(|c| &c["attribute"]).collect();
        let changed: Vec<&Value> = did["changed"].as_array().into_iter().flatten().collect();
        assert_eq!(attributes, changed, "{would}");
    }
    assert!(would.iter().any(|w| w["status"] == "would_write"));
}
