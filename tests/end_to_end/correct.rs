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

/// The first value of a tag of four bytes, explicit and little-endian.
fn uid_at(bytes: &[u8], tag: &[u8; 4]) -> String {
    let head = [tag.as_slice(), b"UI"].concat();
    let at = bytes.windows(6).position(|w| w == head).unwrap();
    let length = usize::from(u16::from_le_bytes([bytes[at + 6], bytes[at + 7]]));
    let value = &bytes[at + 8..at + 8 + length];
    String::from_utf8(value.to_vec())
        .unwrap()
        .trim_end_matches('\0')
        .to_owned()
}

const SOP_INSTANCE: &[u8; 4] = b"\x08\0\x18\0";
const REFERENCED: &[u8; 4] = b"\x08\0\x55\x11";

/// An image with another UID, that refers to one.
fn sibling(image: &[u8], own: &str, other: &str) -> Vec<u8> {
    let (before, after) = (uid_at(image, SOP_INSTANCE), own);
    assert_eq!(before.len(), after.len());
    let mut bytes = image.to_vec();
    let found = image.windows(before.len()).enumerate();
    for (at, _) in found.filter(|(_, w)| *w == before.as_bytes()) {
        bytes[at..at + before.len()].copy_from_slice(after.as_bytes());
    }
    let mut value = other.as_bytes().to_vec();
    value.resize(value.len().next_multiple_of(2), 0);
    let element = [
        REFERENCED,
        b"UI".as_slice(),
        &(value.len() as u16).to_le_bytes(),
        &value,
    ]
    .concat();
    let item = [
        b"\xfe\xff\0\xe0",
        (element.len() as u32).to_le_bytes().as_slice(),
        &element,
    ]
    .concat();
    let head = b"\x08\0\x40\x11SQ\0\0".as_slice();
    let sequence = [head, &(item.len() as u32).to_le_bytes(), &item].concat();
    let patient = bytes.windows(6).position(|w| w == b"\x10\0\x10\0PN").unwrap();
    bytes.splice(patient..patient, sequence);
    bytes
}

#[test]
fn references_between_copies_follow_their_new_uids() {
    let folder = demo();
    let image = fs::read(with_body_part(folder.path(), "KNIE RE")).unwrap();
    let first = uid_at(&image, SOP_INSTANCE);
    let digits = first.len() - 3;
    let [second, third] = ["111", "222"].map(|end| format!("{}{end}", &first[..digits]));
    let input = folder.path().join("in");
    fs::create_dir(&input).unwrap();
    // One refers to the other and back; the third to an image that is not there.
    fs::write(input.join("1.dcm"), sibling(&image, &first, &second)).unwrap();
    fs::write(input.join("2.dcm"), sibling(&image, &second, &first)).unwrap();
    fs::write(input.join("3.dcm"), sibling(&image, &third, "2.25.999")).unwrap();
    let (out, copies) = (folder.path().join("out"), folder.path().join("copies"));
    let options = [
        "--model",
        "off",
        "--new-uid",
        "--dicom-copies",
        copies.to_str().unwrap(),
    ];
    normalize(&input, &out, &options, 0);
    let copy = |name: &str| fs::read(copies.join(name)).unwrap();
    let [one, two, three] = ["1.dcm", "2.dcm", "3.dcm"].map(copy);
    let own = |bytes: &[u8]| uid_at(bytes, SOP_INSTANCE);
    assert_ne!(own(&one), first);
    assert_eq!(uid_at(&one, REFERENCED), own(&two));
    assert_eq!(uid_at(&two, REFERENCED), own(&one));
    assert_eq!(uid_at(&three, REFERENCED), "2.25.999");
    let told = ndjson(&out.join("copies.ndjson"));
    let follows = |line: &&Value| line["changed"].to_string().contains("ReferencedImageSequence");
    assert_eq!(told.iter().filter(follows).count(), 2);
    // Copies that keep their UIDs keep their references.
    let kept = folder.path().join("kept");
    let options = ["--model", "off", "--dicom-copies", kept.to_str().unwrap()];
    normalize(&input, &out, &options, 0);
    let one = fs::read(kept.join("1.dcm")).unwrap();
    assert_eq!((own(&one), uid_at(&one, REFERENCED)), (first, second));
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
