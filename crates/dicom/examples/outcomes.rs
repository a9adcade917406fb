//! Reads every input below the given paths and prints one object a file: path, status, reasons.

use std::io::Write;
use std::path::PathBuf;

use bodysite_core::{Outcome, Status};
use bodysite_dicom::{discover, read_header};

fn main() -> std::io::Result<()> {
    let roots: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for found in discover(&roots) {
        let outcome = match found.refused {
            Some(outcome) => outcome,
            None => match read_header(&found.path) {
                Ok(scanned) => Outcome::new(Status::Done, scanned.reasons),
                Err(outcome) => outcome,
            },
        };
        let line = serde_json::json!({
            "path": found.display,
            "status": outcome.status,
            "reasons": outcome.reasons,
            "offset": outcome.offset,
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}
