//! Where a run remembers what it did, so that a killed one goes on where it was.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Assertion, Attribute, Header, Issue, Outcome, Resolution, Versions};

/// What is known of one image after reading and mapping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstanceRecord {
    /// What its header says.
    pub header: Header,
    /// Claims from the header.
    pub assertions: Vec<Assertion>,
    /// Claims from the image model; kept apart, since a changed mapping set leaves them as they are.
    pub image_assertions: Vec<Assertion>,
    /// One answer a facet, from `assertions` followed by `image_assertions` and reviews.
    pub resolutions: Vec<Resolution>,
    /// What was odd.
    pub issues: Vec<Issue>,
}

/// One input file and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileRecord {
    /// The path as given, lossless: bytes that are no UTF-8 are escaped as `\xNN`.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// SHA-256 over the bytes of the header (up to the pixel data) and the file's size; empty when it could not be read.
    pub header_hash: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What is known of the image; only with `Status::Done`.
    pub instance: Option<InstanceRecord>,
}

/// What the ledger already knows of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Size at the time of reading.
    pub size: u64,
    /// Modification time at the time of reading.
    pub mtime_ns: i64,
    /// Hash of the mapping sets that its assertions were made with.
    pub mapping: String,
    /// Weights hash of the model that its image assertions were made with; empty without a model.
    pub model: String,
    /// Policy that its resolutions were made with.
    pub policy: String,
}

/// What a run starts with.
#[derive(Debug, Clone, PartialEq)]
pub struct RunStart {
    /// What produces the answers.
    pub versions: Versions,
    /// The roots given on the command line.
    pub roots: Vec<String>,
    /// Start time, RFC 3339; given by the caller, since nothing below it has a clock.
    pub started: String,
}

/// Counts at the end of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Files met.
    pub files: u64,
    /// Files normalised.
    pub done: u64,
    /// Files skipped.
    pub skipped: u64,
    /// Files failed.
    pub failed: u64,
    /// Studies.
    pub studies: u64,
    /// Series.
    pub series: u64,
    /// Images with an answer for `Examined`.
    pub resolved: u64,
    /// Images without one.
    pub unresolved: u64,
    /// Images whose sources contradict each other.
    pub conflicting: u64,
}

/// Where a page of instances ends: study, series, SOP instance and path, compared in this order as bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Instance UID.
    pub instance: String,
    /// Path.
    pub path: String,
}

impl FileRecord {
    /// The record's place in the order of instances.
    pub fn cursor(&self) -> Cursor {
        let text = |attribute| {
            let header = self.instance.as_ref().map(|i| &i.header);
            let text = header.and_then(|h| h.text(attribute));
            text.unwrap_or_default().to_owned()
        };
        Cursor {
            study: text(Attribute::StudyInstanceUID),
            series: text(Attribute::SeriesInstanceUID),
            instance: text(Attribute::SOPInstanceUID),
            path: self.path.clone(),
        }
    }
}

/// Why the ledger stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The database refused or went away; the run can be resumed.
    #[error("database: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is stored cannot be read back.
    #[error("database holds a row that cannot be read: {0}")]
    Corrupt(String),
}

/// The memory of a run. One writer; every batch is one transaction. What a verb writes may still be on its way when it
/// returns: the other verbs answer as if it were written, and one that failed is told by a later call, `finish` at the
/// latest.
pub trait Ledger {
    /// Opens a run and gives its number.
    fn begin(&mut self, run: &RunStart) -> Result<i64, LedgerError>;

    /// What is known of these paths, in their order.
    fn known(&mut self, paths: &[String]) -> Result<Vec<Option<Known>>, LedgerError>;

    /// The stored record of a path.
    fn record(&mut self, path: &str) -> Result<Option<FileRecord>, LedgerError>;

    /// Writes or replaces these records, all or none, and marks them as seen in this run.
    fn put(&mut self, run: i64, versions: &Versions, files: &[FileRecord]) -> Result<(), LedgerError>;

    /// Marks these paths as seen in this run without changing what is stored of them.
    fn seen(&mut self, run: i64, paths: &[String]) -> Result<(), LedgerError>;

    /// Up to `limit` records seen in this run that come after `after`, ordered by [`Cursor`] in byte order; records
    /// without an instance are left out. Pages: memory does not grow with the number of files.
    fn instances_after(
        &mut self,
        run: i64,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Vec<FileRecord>, LedgerError>;

    /// Path and outcome of every file seen in this run, ordered by path in byte order. Streams.
    fn each_outcome(
        &mut self,
        run: i64,
        visit: &mut dyn FnMut(&str, &Outcome) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError>;

    /// Every (SOP Instance UID, path) seen in this run whose UID several files carry, ordered by both. Streams.
    fn each_duplicate(
        &mut self,
        run: i64,
        visit: &mut dyn FnMut(&str, &str) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError>;

    /// Replaces the outcomes of files whose oddity shows only beside others (duplicates, two patients).
    fn amend(&mut self, run: i64, outcomes: &[(String, Outcome)]) -> Result<(), LedgerError>;

    /// Writes the series and study rows of these studies, replacing those of an earlier run, and the assertions and
    /// resolutions of their instances where a review changed them.
    fn put_studies(&mut self, run: i64, studies: &Arc<Vec<crate::NormalizedStudy>>) -> Result<(), LedgerError>;

    /// Every reviewer's assertion with the SOP Instance UID it is about, ordered by UID, oldest first.
    fn reviews(&mut self) -> Result<Vec<(String, Assertion)>, LedgerError>;

    /// Closes the run.
    fn finish(&mut self, run: i64, finished: &str, summary: &RunSummary) -> Result<(), LedgerError>;
}
