//! Answers for labelled images: made now from files, or taken from an earlier run.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::anyhow;
use bodysite_core::{Assertion, FileRecord, Header, Issue, Ledger};
use bodysite_dicom::{Found, discover, read_header};
use bodysite_evaluate::{Labels, Prediction, Stages};
use bodysite_mapping::Mapper;
use bodysite_pipeline::Classify;
use bodysite_reconcile::{OnConflict, Policy, needs_review, resolve_instance};
use bodysite_terminology::Terminology;
use bodysite_vision::{Model, frame_from_image};

use crate::exit::Failure;
use crate::{normalize, status};

/// Instances a page.
const PAGE: usize = 1000;

/// What answers are made with.
pub struct Predictor<'a> {
    pub mapper: &'a Mapper,
    /// For DICOM files.
    pub eyes: Option<&'a dyn Classify>,
    /// For PNG and JPEG.
    pub pictures: Option<&'a Model>,
    pub policy: Policy,
}

impl Predictor<'_> {
    /// Answers for every file below the paths whose name is a labelled one, in the order of paths.
    pub fn all(&self, paths: &[PathBuf], labels: &Labels, jobs: usize, cancel: &AtomicBool) -> Option<Vec<Prediction>> {
        let names: HashSet<&str> = labels.rows.iter().map(|l| name_of(&l.path)).collect();
        let files = Mutex::new(discover(paths).filter(|f| names.contains(name_of(&f.display))));
        let all: Mutex<BTreeMap<String, Prediction>> = Mutex::default();
        std::thread::scope(|scope| {
            for _ in 0..jobs.max(1) {
                scope.spawn(|| {
                    while !cancel.load(Ordering::Relaxed) {
                        let next = files.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some(found) = next else { break };
                        let one = self.one(&found);
                        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                        all.insert(found.display, one);
                    }
                });
            }
        });
        let all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        (!cancel.load(Ordering::Relaxed)).then(|| all.into_values().collect())
    }

    fn one(&self, found: &Found) -> Prediction {
        let read = match found.refused {
            Some(_) => None,
            None => self.picture(&found.path).or_else(|| self.dicom(&found.path)),
        };
        match read {
            Some((header, assertions, issues)) => {
                predicted(&found.display, &header, &assertions, &issues, &self.policy)
            }
            None => Prediction::without_answer(&found.display),
        }
    }

    fn dicom(&self, path: &Path) -> Option<(Header, Vec<Assertion>, Vec<Issue>)> {
        let scanned = read_header(path).ok()?;
        let (mut assertions, mut issues) = self.mapper.assert_header(&scanned.header);
        if let Some(eyes) = self.eyes {
            let (seen, more) = eyes.classify(path, &scanned.header);
            assertions.extend(seen);
            issues.extend(more);
        }
        Some((scanned.header, assertions, issues))
    }

    /// A picture has no header.
    fn picture(&self, path: &Path) -> Option<(Header, Vec<Assertion>, Vec<Issue>)> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        if !["png", "jpg", "jpeg"].contains(&extension.as_str()) {
            return None;
        }
        let frame = frame_from_image(&fs::read(path).ok()?).ok()?;
        let (assertions, issues) = match self.pictures {
            Some(model) => model.assertions(&model.classify(&frame)),
            None => (Vec::new(), Vec::new()),
        };
        Some((Header::default(), assertions, issues))
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn predicted(path: &str, header: &Header, assertions: &[Assertion], issues: &[Issue], policy: &Policy) -> Prediction {
    let terminology = Terminology::builtin();
    let likelier = Policy {
        on_conflict: OnConflict::Likelier,
        ..*policy
    };
    let own = |a: &&Assertion| a.basis.selector().is_some();
    let of_header: Vec<Assertion> = assertions.iter().filter(own).cloned().collect();
    let (alone, _) = resolve_instance(&of_header, policy, terminology);
    let (reconciled, _) = resolve_instance(assertions, &likelier, terminology);
    let (emitted, found) = resolve_instance(assertions, policy, terminology);
    let stages = Stages {
        header: &alone,
        reconciled: &reconciled,
        emitted: &emitted,
    };
    let all = [issues, found.as_slice()].concat();
    let verdict = emitted.first().map(|r| r.verdict);
    let review = verdict.is_some_and(|v| needs_review(v, &all));
    Prediction::new(path, header, assertions, stages, review)
}

/// The answers of the last finished run of a folder.
pub fn stored(folder: &Path, policy: &Policy) -> Result<Vec<Prediction>, Failure> {
    let mut store = normalize::open(&status::of_folder(folder)?)?;
    let runs = store.runs().map_err(Failure::fatal)?;
    let run = runs.iter().rfind(|r| r.finished.is_some()).ok_or_else(|| {
        let error = anyhow!("no finished run in {}", folder.display());
        Failure::usage(error).remedy("let bodysite normalize finish first")
    })?;
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = store
            .instances_after(run.run, after.as_ref(), PAGE)
            .map_err(Failure::fatal)?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.cursor());
        all.extend(page.iter().filter_map(|record| of_record(record, policy)));
    }
}

fn of_record(record: &FileRecord, policy: &Policy) -> Option<Prediction> {
    let instance = record.instance.as_ref()?;
    let assertions = [instance.assertions.as_slice(), &instance.image_assertions].concat();
    Some(predicted(
        &record.path,
        &instance.header,
        &assertions,
        &instance.issues,
        policy,
    ))
}
