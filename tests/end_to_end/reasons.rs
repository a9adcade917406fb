//! What the line of a file in `files.ndjson` says was odd about it.

use std::fs;

use crate::dicom_file::dicom;
use crate::program::{ndjson, normalize};

#[test]
fn an_element_that_is_there_twice_is_told_though_no_other_file_is_alike() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir_all(&input).unwrap();
    let twice = dicom(&[
        (0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.1"),
        (0x0008_0018, "UI", "2.25.77.1.1"),
        (0x0008_0060, "CS", "CR"),
        (0x0018_0015, "CS", "KNEE"),
        (0x0018_0015, "CS", "HAND"),
        (0x0020_000D, "UI", "2.25.77"),
        (0x0020_000E, "UI", "2.25.77.1"),
    ]);
    fs::write(input.join("twice.dcm"), twice).unwrap();
    normalize(&input, &out, &["--model", "off"], 0);
    let line = ndjson(&out.join("files.ndjson")).remove(0);
    let reasons = line["reasons"].as_array().unwrap();
    assert!(reasons.contains(&"duplicate".into()), "{line}");
}
