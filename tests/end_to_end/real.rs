//! Real files of the shared folder.

use std::fs;

use crate::program::{files, ndjson, normalize, shared};

#[test]
fn every_real_file_gets_an_outcome_and_is_left_alone() {
    let Some(shared) = shared() else { return };
    let input = shared.join("xray/dicom");
    let before = files(&input);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    normalize(
        &input,
        &out,
        &["--dicom-copies", folder.path().join("copies").to_str().unwrap()],
        1,
    );
    assert_eq!(files(&input), before);
    let outcomes = ndjson(&out.join("files.ndjson"));
    assert_eq!(outcomes.len(), before.len());
    assert!(outcomes.iter().filter(|o| o["status"] == "done").count() >= 50);
}

#[test]
fn two_patients_of_one_folder_are_two_studies() {
    let Some(shared) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    fs::create_dir(&input).unwrap();
    let mut taken = 0usize;
    for entry in fs::read_dir(shared.join("xray/dicom/xray")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().contains("DDH") && taken < 2 {
            fs::copy(&path, input.join(format!("{taken}.dcm"))).unwrap();
            taken += 1;
        }
    }
    let out = folder.path().join("out");
    normalize(&input, &out, &[], 0);
    let studies = ndjson(&out.join("fhir/ImagingStudy.ndjson"));
    assert_eq!(studies.len(), taken);
}
