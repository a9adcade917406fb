//! Corrected copies: the bytes of the source, with the attributes spliced in that we mean to change.
//!
//! Follows PS3.3 C.12.1.1.9: a correction keeps the SOP Instance UID, and an appended item of Original Attributes
//! Sequence says what was there before.

mod change;
mod correction;
mod draft;
mod encode;
mod file;
mod folder;
mod references;
mod refusal;
mod report;
mod splice;
mod trail;
mod uid;

use std::io::{self, Cursor, Read, Seek, Write};

use bodysite_core::Outcome;

pub use correction::{Correction, Region};
pub use file::{Copied, diff_file, write_copy};
pub use folder::check_kind_of_uids;
pub use refusal::Refusal;
pub use report::{Change, Note, Report};
pub use uid::instance_uid;

use crate::scan::{Scanned, scan};
use crate::window::SeekFeed;

/// Why there is no corrected copy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The source cannot be read as a radiograph.
    #[error("the source is not read: {}", .0.reasons.first().map_or("unknown", |r| r.word()))]
    Unread(Outcome),
    /// The source is readable, and a copy would not be right.
    #[error("no copy is made: {}", .0.word())]
    Refused(Refusal),
    /// The correction itself breaks the standard.
    #[error("the correction cannot be written: {0}")]
    Invalid(&'static str),
    /// Reading or writing failed.
    #[error("cannot {what}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// Another file is where the copy should go.
    #[error("a different file is at the place of the copy")]
    Exists,
    /// The copy would lie among the sources, or the sources among the copies.
    #[error("output and input folders lie inside one another")]
    InsideInput,
    /// Copies that keep their UIDs and copies that have new ones would lie in one folder.
    #[error("the output folder has copies {0}")]
    MixedUids(&'static str),
    /// The source is not below the input folder.
    #[error("the source is not below the input folder")]
    OutsideInput,
}

impl CopyError {
    /// A stable word.
    pub fn word(&self) -> &'static str {
        match self {
            CopyError::Unread(outcome) => outcome.reasons.first().map_or("unread", |reason| reason.word()),
            CopyError::Refused(refusal) => refusal.word(),
            CopyError::Invalid(_) => "invalid_correction",
            CopyError::Io { .. } => "io_error",
            CopyError::Exists => "exists",
            CopyError::InsideInput => "inside_input",
            CopyError::MixedUids(_) => "mixed_uids",
            CopyError::OutsideInput => "outside_input",
        }
    }

    fn io(what: &'static str) -> impl FnOnce(io::Error) -> CopyError {
        move |source| CopyError::Io { what, source }
    }
}

/// Writes the corrected copy of `source` to `out`. On an error, what `out` has is not a copy.
pub fn correct(
    source: &mut (impl Read + Seek),
    correction: &Correction,
    out: &mut impl Write,
) -> Result<Report, CopyError> {
    let scanned = scan_all(source)?;
    let mut source = splice::Source::new(source, &scanned.plan);
    let (edits, report) = change::plan(&scanned, correction, &mut source)?;
    source.write(edits, out)?;
    Ok(report)
}

/// The corrected copy of an instance in memory, as for a pipe.
pub fn correct_bytes(source: &[u8], correction: &Correction) -> Result<(Vec<u8>, Report), CopyError> {
    let mut copy = Vec::with_capacity(source.len() + 1024);
    let report = correct(&mut Cursor::new(source), correction, &mut copy)?;
    Ok((copy, report))
}

/// What [`correct`] would change; writes nothing.
pub fn diff(source: &mut (impl Read + Seek), correction: &Correction) -> Result<Report, CopyError> {
    let scanned = scan_all(source)?;
    let mut source = splice::Source::new(source, &scanned.plan);
    change::plan(&scanned, correction, &mut source).map(|(_, report)| report)
}

fn scan_all(source: &mut (impl Read + Seek)) -> Result<Scanned, CopyError> {
    let size = source
        .seek(io::SeekFrom::End(0))
        .map_err(CopyError::io("read the source"))?;
    source.rewind().map_err(CopyError::io("read the source"))?;
    scan(Box::new(SeekFeed::new(source, size)), Some(size), true).map_err(CopyError::Unread)
}
