//! The header pass: files to records, a chunk at a time, in the order in which they were found.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use bodysite_core::{Attribute, FileRecord, InstanceRecord, Issue, IssueCode, Known, Ledger, Outcome, Raw, Status};
use bodysite_dicom::{Found, Scanned, discover, read_header};
use bodysite_reconcile::resolve_instance;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::{KEEPS_ACCESSION, Progress, Run, RunError};

/// Files a chunk; a chunk is one transaction of the ledger.
const CHUNK: usize = 1024;

/// Chunks being worked on while one is written.
const IN_FLIGHT: usize = 2;

/// What has to be done about a file.
enum Work {
    /// Read it.
    Read(Found),
    /// Map its stored header anew, without reading the file.
    Remap(Box<FileRecord>, PathBuf),
}

struct Job {
    chunk: u64,
    slot: usize,
    work: Work,
}

struct Done {
    chunk: u64,
    slot: usize,
    record: FileRecord,
}

/// A chunk on its way: records by slot, and the paths that need nothing done.
struct Chunk {
    number: u64,
    waiting: usize,
    records: Vec<Option<FileRecord>>,
    unchanged: Vec<String>,
}

pub(crate) fn header_pass(
    run: &Run<'_>,
    number: i64,
    ledger: &mut dyn Ledger,
    progress: &mut dyn Progress,
) -> Result<(), RunError> {
    let (to_workers, jobs) = unbounded::<Job>();
    let (to_main, done) = unbounded::<Done>();
    std::thread::scope(|scope| {
        for _ in 0..run.jobs.max(1) {
            let (jobs, to_main) = (jobs.clone(), to_main.clone());
            scope.spawn(move || worker(run, &jobs, &to_main));
        }
        drop((jobs, to_main));
        let (found, chunks) = bounded::<Vec<Found>>(IN_FLIGHT);
        scope.spawn(move || find(run.roots, &found));
        let mut pass = Pass {
            run,
            number,
            ledger,
            progress,
            to_workers,
            done,
            flying: VecDeque::new(),
        };
        pass.all(&chunks)
    })
}

/// Finds files ahead of those that read them, until all are found or nobody wants more.
fn find(roots: &[PathBuf], chunks: &Sender<Vec<Found>>) {
    let mut files = discover(roots);
    loop {
        let chunk: Vec<Found> = files.by_ref().take(CHUNK).collect();
        if chunk.is_empty() || chunks.send(chunk).is_err() {
            return;
        }
    }
}

fn worker(run: &Run<'_>, jobs: &Receiver<Job>, to_main: &Sender<Done>) {
    for job in jobs {
        if run.check_cancel().is_err() {
            return;
        }
        let record = match job.work {
            Work::Read(found) => read(run, found),
            Work::Remap(record, path) => remap(run, *record, &path),
        };
        let (chunk, slot) = (job.chunk, job.slot);
        if to_main.send(Done { chunk, slot, record }).is_err() {
            return;
        }
    }
}

struct Pass<'a, 'r> {
    run: &'a Run<'r>,
    number: i64,
    ledger: &'a mut dyn Ledger,
    progress: &'a mut dyn Progress,
    to_workers: Sender<Job>,
    done: Receiver<Done>,
    flying: VecDeque<Chunk>,
}

impl Pass<'_, '_> {
    fn all(&mut self, chunks: &Receiver<Vec<Found>>) -> Result<(), RunError> {
        for (next, found) in (0u64..).zip(chunks) {
            self.run.check_cancel()?;
            let chunk = self.dispatch(next, found)?;
            self.flying.push_back(chunk);
            if self.flying.len() >= IN_FLIGHT {
                self.land()?;
            }
        }
        while !self.flying.is_empty() {
            self.land()?;
        }
        Ok(())
    }

    fn dispatch(&mut self, number: u64, found: Vec<Found>) -> Result<Chunk, RunError> {
        let paths: Vec<String> = found.iter().map(|f| f.display.clone()).collect();
        let known = self.ledger.known(&paths)?;
        let mut chunk = Chunk {
            number,
            waiting: 0,
            records: Vec::new(),
            unchanged: Vec::new(),
        };
        for (found, known) in found.into_iter().zip(known) {
            match self.decide(found, known)? {
                Ok(work) => {
                    let slot = chunk.records.len();
                    chunk.records.push(None);
                    chunk.waiting += 1;
                    let job = Job {
                        chunk: number,
                        slot,
                        work,
                    };
                    self.to_workers.send(job).map_err(|_| RunError::Cancelled)?;
                }
                Err(path) => chunk.unchanged.push(path),
            }
        }
        Ok(chunk)
    }

    /// `Err` holds the path of a file that needs nothing done.
    fn decide(&mut self, found: Found, known: Option<Known>) -> Result<Result<Work, String>, RunError> {
        let same_file = |k: &Known| k.size == found.size && k.mtime_ns == found.mtime_ns;
        let Some(known) = known.filter(same_file).filter(|_| found.refused.is_none()) else {
            return Ok(Ok(Work::Read(found)));
        };
        let versions = &self.run.versions;
        let model = versions.model.as_ref().map_or("", |m| m.1.as_str());
        if known.mapping == versions.mapping && known.model == model && known.policy == versions.policy {
            return Ok(Err(found.display));
        }
        if keeps_accession(&versions.policy) && !keeps_accession(&known.policy) {
            return Ok(Ok(Work::Read(found)));
        }
        match self.ledger.record(&found.display)? {
            Some(record) => {
                let mut record = Box::new(record);
                if known.model != model
                    && let Some(instance) = &mut record.instance
                {
                    forget_pixels(instance);
                }
                Ok(Ok(Work::Remap(record, found.path)))
            }
            None => Ok(Ok(Work::Read(found))),
        }
    }

    /// Waits for the oldest chunk and writes it.
    fn land(&mut self) -> Result<(), RunError> {
        while self.flying.front().is_some_and(|c| c.waiting > 0) {
            let done = self.done.recv().map_err(|_| RunError::Cancelled)?;
            if let Some(chunk) = self.flying.iter_mut().find(|c| c.number == done.chunk) {
                chunk.records[done.slot] = Some(done.record);
                chunk.waiting -= 1;
            }
        }
        let Some(chunk) = self.flying.pop_front() else {
            return Ok(());
        };
        let records: Vec<FileRecord> = chunk.records.into_iter().flatten().collect();
        if !records.is_empty() {
            self.ledger.put(self.number, &self.run.versions, &records)?;
        }
        if !chunk.unchanged.is_empty() {
            self.ledger.seen(self.number, &chunk.unchanged)?;
        }
        for record in &records {
            self.progress.file(&record.outcome, true);
        }
        let unchanged = Outcome::new(Status::Done, Vec::new());
        for _ in &chunk.unchanged {
            self.progress.file(&unchanged, false);
        }
        Ok(())
    }
}

fn keeps_accession(policy: &str) -> bool {
    policy.ends_with(KEEPS_ACCESSION)
}

fn read(run: &Run<'_>, found: Found) -> FileRecord {
    let mut record = FileRecord {
        path: found.display,
        size: found.size,
        mtime_ns: found.mtime_ns,
        header_hash: String::new(),
        outcome: Outcome::new(Status::Done, Vec::new()),
        instance: None,
    };
    if let Some(outcome) = found.refused {
        record.outcome = outcome;
        return record;
    }
    match read_header(&found.path) {
        Err(outcome) => record.outcome = outcome,
        Ok(scanned) => {
            record.outcome = Outcome::new(Status::Done, scanned.reasons.clone());
            record.header_hash.clone_from(&scanned.header_hash);
            record.instance = Some(understand(run, scanned, &found.path));
        }
    }
    record
}

fn understand(run: &Run<'_>, scanned: Scanned, path: &Path) -> InstanceRecord {
    let mut instance = InstanceRecord {
        header: scanned.header,
        assertions: Vec::new(),
        image_assertions: Vec::new(),
        resolutions: Vec::new(),
        issues: scanned.issues,
    };
    map_and_resolve(run, &mut instance, path);
    instance
}

fn remap(run: &Run<'_>, mut record: FileRecord, path: &Path) -> FileRecord {
    if let Some(instance) = &mut record.instance {
        instance.issues.retain(|i| of_reading(i.code) || of_pixels(i.code));
        map_and_resolve(run, instance, path);
    }
    record
}

/// Issues of reading stay; those of understanding are made anew.
fn of_reading(code: IssueCode) -> bool {
    code.code() < "BS0200"
}

fn of_pixels(code: IssueCode) -> bool {
    matches!(
        code,
        IssueCode::PixelsUnreadable | IssueCode::FrameUnsuitable | IssueCode::ModelAbstained
    )
}

fn forget_pixels(instance: &mut InstanceRecord) {
    instance.image_assertions.clear();
    instance.issues.retain(|i| !of_pixels(i.code));
}

/// Pixels that the model could say nothing about were looked at, too.
fn was_looked_at(instance: &InstanceRecord) -> bool {
    !instance.image_assertions.is_empty() || instance.issues.iter().any(|i| of_pixels(i.code))
}

fn map_and_resolve(run: &Run<'_>, instance: &mut InstanceRecord, path: &Path) {
    if !keeps_accession(&run.versions.policy) {
        instance.header.set(Attribute::AccessionNumber, Raw::Absent);
    }
    let (assertions, issues) = run.mapper.assert_header(&instance.header);
    instance.assertions = assertions;
    instance.issues.extend(issues);
    classify(run, instance, path);
    let all = [instance.assertions.as_slice(), &instance.image_assertions].concat();
    let (resolutions, issues) = resolve_instance(&all, &run.policy, run.terminology);
    instance.resolutions = resolutions;
    instance.issues.extend(issues);
    instance.issues.sort();
    instance.issues.dedup();
}

/// Pixels are looked at once a model: what it said before is kept through a change of the mapping sets.
fn classify(run: &Run<'_>, instance: &mut InstanceRecord, path: &Path) {
    let Some(classifier) = run.classifier else {
        forget_pixels(instance);
        return;
    };
    if was_looked_at(instance) {
        return;
    }
    if !instance.header.has_pixel_data {
        instance
            .issues
            .push(Issue::new(IssueCode::PixelsUnreadable).detail("no pixel data"));
        return;
    }
    let (assertions, issues) = classifier.classify(path, &instance.header);
    instance.image_assertions = assertions;
    instance.issues.extend(issues);
}
