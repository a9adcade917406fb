//! Scanning and copying instances: nothing panics, nothing is half done, and a copy is one.

use std::sync::Arc;

use bodysite_core::{Attribute, Coding, Side, Status};
use bodysite_dicom::copy::{Correction, Region, correct_bytes, diff};
use bodysite_dicom::{Scanned, scan_bytes, scan_reader};

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
        renamed: Arc::default(),
        drop_signatures: false,
    }
}

/// The same for an instance of its own, with references that follow others.
fn renaming() -> Correction {
    let renamed = [("2.25.9", "2.25.900000000"), ("2.25.5001", "2.25.1")];
    Correction {
        new_uid: Some("2.25.424242".into()),
        renamed: Arc::new(renamed.map(|(old, new)| (old.into(), new.into())).into()),
        ..correction()
    }
}

/// A copy can be read, keeps who the instance is and what its pixels are, and needs no further correction.
pub fn splice(data: &[u8]) {
    copied(data, &correction());
    copied(data, &renaming());
}

fn copied(data: &[u8], correction: &Correction) {
    let Ok((copy, report)) = correct_bytes(data, correction) else {
        return;
    };
    let planned = diff(&mut std::io::Cursor::new(data), correction).expect("what can be copied can be compared");
    assert_eq!(planned, report);
    if report.changes.is_empty() && report.notes.is_empty() {
        assert!(copy == data, "an unchanged copy has the source's bytes");
    }
    let source = scan_bytes(data).expect("what was copied was read");
    let scanned = scan_bytes(&copy).expect("a copy can be read");
    let texts =
        |scanned: &Scanned, of: &[Attribute]| of.iter().map(|a| scanned.header.get(*a).clone()).collect::<Vec<_>>();
    let around = [Attribute::SeriesInstanceUID, Attribute::StudyInstanceUID];
    assert_eq!(texts(&source, &around), texts(&scanned, &around));
    let own = correction
        .new_uid
        .as_deref()
        .or(source.header.text(Attribute::SOPInstanceUID));
    assert_eq!(scanned.header.text(Attribute::SOPInstanceUID), own);
    assert_eq!(source.image, scanned.image);
    let length = |scanned: &Scanned| scanned.pixels.as_ref().map(|p| (p.length, p.fragments.len()));
    assert_eq!(length(&source), length(&scanned));
    let (again, report) = correct_bytes(&copy, correction).expect("a copy can be copied");
    assert!(again == copy, "a second run changes nothing: {report:?}");
}
