//! The trail of a correction: what was there before, who changed it and when (PS3.3 Table C.12-1).

use bodysite_core::Coding;

use super::Correction;
use super::encode::{code_sequence, element, item, sequence};
use crate::element::{Syntax, Tag};

/// An item of Original Attributes Sequence; `previous` are encoded elements in the order of their tags.
pub(super) fn originals_item(syntax: Syntax, correction: &Correction, previous: &[u8]) -> Vec<u8> {
    let content = [
        sequence(syntax, Tag(0x0400_0550), &item(syntax, previous)),
        element(syntax, Tag(0x0400_0562), b"DT", correction.at.as_bytes()),
        element(syntax, Tag(0x0400_0563), b"LO", correction.system.as_bytes()),
        element(syntax, Tag(0x0400_0564), b"LO", &[]),
        element(syntax, Tag(0x0400_0565), b"CS", b"CORRECT"),
    ];
    item(syntax, &content.concat())
}

/// An item of Contributing Equipment Sequence, with the purpose of CID 7005.
pub(super) fn equipment_item(syntax: Syntax, correction: &Correction) -> Vec<u8> {
    let purpose = Coding::new("DCM", "109103", "Modifying Equipment");
    let content = [
        element(syntax, Tag(0x0008_0070), b"LO", correction.system.as_bytes()),
        element(syntax, Tag(0x0018_1020), b"LO", correction.software_version.as_bytes()),
        element(syntax, Tag(0x0018_A002), b"DT", correction.at.as_bytes()),
        element(syntax, Tag(0x0018_A003), b"ST", b"Body part normalised"),
        code_sequence(syntax, Tag(0x0040_A170), &purpose, &[]),
    ];
    item(syntax, &content.concat())
}
