//! `bodysite decode-worker`: decodes frames for the program itself, in a process of its own that may fail.

use std::io;

use crate::exit::{Exit, Failure, Outcome};

/// Serves requests on standard input until it ends.
pub fn run() -> Outcome {
    bodysite_dicom::decode_worker(io::stdin().lock(), io::stdout().lock()).map_err(Failure::fatal)?;
    Ok(Exit::Done)
}
