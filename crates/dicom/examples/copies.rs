//! Writes a corrected copy of every radiograph below a folder: `copies INPUT OUTPUT [TERM CODE MEANING]`.

use std::io::Write;
use std::path::PathBuf;

use bodysite_core::Coding;
use bodysite_dicom::copy::{Correction, Region, write_copy};
use bodysite_dicom::discover;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err(std::io::Error::other("usage: copies INPUT OUTPUT [TERM CODE MEANING]"));
    };
    let mut text = |default: &str| {
        arguments
            .next()
            .map_or(default.to_owned(), |a| a.to_string_lossy().into_owned())
    };
    let correction = Correction {
        body_part_examined: Some(text("HAND")),
        anatomic_region: Some(Region {
            concept: Coding::new("SCT", &text("85562004"), &text("Hand")),
            side: None,
        }),
        laterality: None,
        at: "20261124120000+0000".into(),
        system: "BODYSITE".into(),
        software_version: env!("CARGO_PKG_VERSION").into(),
        new_uid: None,
        renamed: Default::default(),
        drop_signatures: false,
    };
    let (input, output) = (PathBuf::from(input), PathBuf::from(output));
    let mut out = std::io::stdout().lock();
    for found in discover(std::slice::from_ref(&input)).filter(|found| found.refused.is_none()) {
        match write_copy(&found.path, &input, &output, &correction) {
            Ok(copied) => {
                let state = if copied.already { "already" } else { "written" };
                writeln!(out, "{state}\t{}\t{}", found.display, copied.path.display())?;
            }
            Err(error) => writeln!(out, "none\t{}\t{error}", found.display)?,
        }
    }
    Ok(())
}
