//! Scanning and copying instances: nothing panics, nothing is half done, and a copy is one.

use bodysite_core::{Coding, Side, Status};
use bodysite_dicom::copy::{Correction, Region, correct_bytes, diff};
use bodysite_dicom::{scan_bytes, scan_reader};

/// Any bytes end in a header or in a reason, and in the same one however they are read.
pub fn scan(data: &[u8]) {
    let from_memory = scan_bytes(data);
    let from_stream = scan_reader(data);
    match (from_memory, from_stream) {
        (Ok(memory), Ok(stream)) => assert_eq!(memory.header, stream.header),
        (Err(outcome), Err(_)) => assert!(outcome.status != Status::Done && !outcome.reasons.is_empty()),
        // Without a known end, a value that is too long is met where it is read and not where it is promised.
        (Ok(_), Err(outcome)) | (Err(outcome), Ok(_)) => assert!(!outcome.reasons.is_empty()),
    }
}

fn correction() -> Correction {
    Correction {
        body_part_examined: Some("HAND".into()),
        anatomic_region: Some(Region {
            concept: Coding::new("SCT", "85562004", "Hand"),
            side: Some(Side::Left),
        }),
        laterality: Some(Side::Left),
        at: "20261124120000+0000".into(),
        system: "BODYSITE".into(),
        software_version: "0.1.0".into(),
        new_uid: None,
        drop_signatures: false,
    }
}

/// A copy can be read, keeps who the instance is and what its pixels are, and needs no further correction.
pub fn splice(data: &[u8]) {
    let correction = correction();
    let Ok((copy, report)) = correct_bytes(data, &correction) else {
        return;
    };
    let planned = diff(&mut std::io::Cursor::new(data), &correction).expect("what can be copied can be compared");
    assert_eq!(planned, report);
    if report.changes.is_empty() && report.notes.is_empty() {
        assert!(copy == data, "an unchanged copy has the source's bytes");
    }
    let source = scan_bytes(data).expect("what was copied was read");
    let scanned = scan_bytes(&copy).expect("a copy can be read");
    let identity = |scanned: &bodysite_dicom::Scanned| {
        use bodysite_core::Attribute as A;
        [A::SOPInstanceUID, A::SeriesInstanceUID, A::StudyInstanceUID].map(|uid| scanned.header.get(uid).clone())
    };
    assert_eq!(identity(&source), identity(&scanned));
    assert_eq!(source.image, scanned.image);
    let length = |scanned: &bodysite_dicom::Scanned| scanned.pixels.as_ref().map(|p| (p.length, p.fragments.len()));
    assert_eq!(length(&source), length(&scanned));
    let (again, report) = correct_bytes(&copy, &correction).expect("a copy can be copied");
    assert!(again == copy, "a second run changes nothing: {report:?}");
}
