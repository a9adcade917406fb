//! Order, concurrency, back-pressure and resume of a run.
//!
//! A run has two passes. The **header pass** (`read`) finds files, asks the ledger what it knows of each, lets worker
//! threads read, map and resolve the rest, and puts the records into the ledger, a chunk a transaction. The
//! **study pass** (`studies`) pages through the ledger in the order of Study Instance UID, rolls instances up to
//! series, and hands whole studies to the emitters. Two chunks are in flight at most, so memory is flat; results keep
//! the order in which files were found, so the number of threads changes nothing.
//!
//! **Absent on purpose**: clocks (the caller gives times), printing, databases and output formats (traits of `core`).

mod duplicates;
mod inventory;
mod read;
mod report;
mod studies;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use bodysite_core::{Assertion, Emit, EmitError, Header, Issue, Ledger, LedgerError, Outcome, RunStart, Versions};
use bodysite_mapping::Mapper;
use bodysite_reconcile::Policy;
use bodysite_terminology::Terminology;

pub use inventory::{Count, INVENTORIED, Inventory, take_inventory};
pub use report::{HeaderValue, Report};

/// What a run works with.
pub struct Run<'a> {
    /// Folders and files to read.
    pub roots: &'a [PathBuf],
    /// Worker threads.
    pub jobs: usize,
    /// The mapping sets.
    pub mapper: &'a Mapper,
    /// The concept set.
    pub terminology: &'a Terminology,
    /// The image model, if one is used.
    pub classifier: Option<&'a dyn Classify>,
    /// The choices that change an answer.
    pub policy: Policy,
    /// What produces the answers.
    pub versions: Versions,
    /// Start time, RFC 3339.
    pub started: String,
    /// Set from outside to stop; everything put so far stays.
    pub cancel: &'a AtomicBool,
}

/// Ends the policy in [`Versions`] of a run whose ledger keeps accession numbers. Without it they are dropped as soon as
/// a header was read, and files whose records lack them are read again once they are wanted.
pub const KEEPS_ACCESSION: &str = ",accession=kept";

/// The image model as the pipeline sees it.
pub trait Classify: Sync {
    /// Claims about one image, and what was odd. Never fails: an image that cannot be decoded is an issue.
    fn classify(&self, path: &Path, header: &Header) -> (Vec<Assertion>, Vec<Issue>);
}

/// Told how a run gets on.
pub trait Progress {
    /// A file has its outcome; `read` is false where the ledger knew it already.
    fn file(&mut self, outcome: &Outcome, read: bool);
    /// The study pass begins.
    fn studies_begin(&mut self);
    /// A study was emitted.
    fn study(&mut self);
}

/// Progress that nobody watches.
pub struct Quiet;

impl Progress for Quiet {
    fn file(&mut self, _: &Outcome, _: bool) {}
    fn studies_begin(&mut self) {}
    fn study(&mut self) {}
}

/// Why a run ended early. Every one of them can be resumed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The ledger stopped.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// An output could not be written.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// Asked to stop.
    #[error("stopped before the end; run the same command again to go on")]
    Cancelled,
}

/// Runs both passes and gives what the summary shows. `finished` is asked for the end time once all is written.
pub fn run(
    run: &Run<'_>,
    ledger: &mut dyn Ledger,
    emitters: &mut [&mut dyn Emit],
    progress: &mut dyn Progress,
    finished: &dyn Fn() -> String,
) -> Result<Report, RunError> {
    let number = ledger.begin(&RunStart {
        versions: run.versions.clone(),
        roots: run.roots.iter().map(|r| r.display().to_string()).collect(),
        started: run.started.clone(),
    })?;
    read::header_pass(run, number, ledger, progress)?;
    progress.studies_begin();
    let flagged = duplicates::find(number, ledger)?;
    let mut report = Report::default();
    studies::study_pass(run, number, ledger, emitters, &flagged, &mut report, progress)?;
    for emitter in emitters.iter_mut() {
        emitter.finish()?;
    }
    ledger.each_outcome(number, &mut |_, outcome| {
        report.count_outcome(outcome);
        Ok(())
    })?;
    ledger.finish(number, &finished(), &report.summary)?;
    Ok(report.sealed(number))
}

impl Run<'_> {
    fn check_cancel(&self) -> Result<(), RunError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(RunError::Cancelled);
        }
        Ok(())
    }
}
