//! The study pass: pages of instances to whole studies, rolled up and emitted in the order of their UIDs.

use std::collections::HashMap;
use std::sync::Arc;

use bodysite_core::{
    Assertion, Attribute, Cursor, Emit, EmitError, FileRecord, InstanceRecord, Issue, IssueCode, Ledger,
    NormalizedInstance, NormalizedSeries, NormalizedStudy, Outcome, Reason, Status,
};
use bodysite_reconcile::{resolve_instance, resolve_series, resolve_study};
use crossbeam_channel::{Receiver, Sender, bounded};

use crate::duplicates::Flagged;
use crate::report::Report;
use crate::{Progress, Run, RunError};

/// Instances a page.
const PAGE: usize = 1000;

/// Images, in whole studies, that are emitted and written to the ledger together.
const BATCH: usize = 1000;

type Reviews = HashMap<String, Vec<Assertion>>;

type Batch = Arc<Vec<NormalizedStudy>>;

struct Pass<'a, 'r> {
    run: &'a Run<'r>,
    number: i64,
    to_emitters: Sender<Batch>,
    flagged: &'a Flagged,
    reviews: Reviews,
    report: &'a mut Report,
    progress: &'a mut dyn Progress,
    /// Records of the study being gathered.
    gathering: Vec<FileRecord>,
    finished: Vec<NormalizedStudy>,
    images: usize,
    amended: Vec<(String, Outcome)>,
}

pub(crate) fn study_pass<'e>(
    run: &Run<'_>,
    number: i64,
    ledger: &mut dyn Ledger,
    emitters: &mut [&'e mut (dyn Emit + 'e)],
    flagged: &Flagged,
    report: &mut Report,
    progress: &mut dyn Progress,
) -> Result<(), RunError> {
    let mut reviews = Reviews::new();
    for (uid, assertion) in ledger.reviews()? {
        reviews.entry(uid).or_default().push(assertion);
    }
    let (to_emitters, batches) = bounded::<Batch>(1);
    std::thread::scope(|scope| {
        let emitting = scope.spawn(move || emit_all(emitters, &batches));
        let mut pass = Pass {
            run,
            number,
            to_emitters,
            flagged,
            reviews,
            report,
            progress,
            gathering: Vec::new(),
            finished: Vec::new(),
            images: 0,
            amended: Vec::new(),
        };
        let passed = pass.all(ledger);
        drop(pass);
        match emitting.join() {
            // Where an emitter failed the pass stopped for that reason.
            Ok(emitted) => emitted.map_err(RunError::from).and(passed),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Emits batch by batch until the pass ends or an emitter fails.
fn emit_all<'e>(emitters: &mut [&'e mut (dyn Emit + 'e)], batches: &Receiver<Batch>) -> Result<(), EmitError> {
    for batch in batches {
        for study in batch.iter() {
            for emitter in emitters.iter_mut() {
                emitter.study(study)?;
            }
        }
    }
    Ok(())
}

fn study_uid(record: &FileRecord) -> &str {
    let header = record.instance.as_ref().map(|i| &i.header);
    header
        .and_then(|h| h.text(Attribute::StudyInstanceUID))
        .unwrap_or_default()
}

/// The one reason that a file may also have by itself; reading noted it as an issue, too.
fn has_an_element_twice(record: &FileRecord) -> bool {
    let issues = record.instance.iter().flat_map(|i| &i.issues);
    let mut details = issues.filter_map(|issue| issue.detail.as_deref());
    details.any(|detail| detail == Reason::Duplicate.word())
}

impl Pass<'_, '_> {
    fn all(&mut self, ledger: &mut dyn Ledger) -> Result<(), RunError> {
        let mut after: Option<Cursor> = None;
        loop {
            self.run.check_cancel()?;
            let page = ledger.instances_after(self.number, after.as_ref(), PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.cursor());
            for record in page {
                self.take(record, ledger)?;
            }
        }
        self.close_study(ledger)?;
        self.flush(ledger)
    }

    fn take(&mut self, record: FileRecord, ledger: &mut dyn Ledger) -> Result<(), RunError> {
        let another = self
            .gathering
            .first()
            .is_some_and(|first| study_uid(first) != study_uid(&record));
        if another {
            self.close_study(ledger)?;
        }
        self.gathering.push(record);
        Ok(())
    }

    fn close_study(&mut self, ledger: &mut dyn Ledger) -> Result<(), RunError> {
        let records = std::mem::take(&mut self.gathering);
        if records.is_empty() {
            return Ok(());
        }
        let two_patients = names_two_patients(&records);
        for record in &records {
            self.amend(record, two_patients);
        }
        let study = self.assemble(records, two_patients);
        self.report.count_study(&study);
        self.progress.study();
        self.images += study.series.iter().map(|s| s.instances.len()).sum::<usize>();
        self.finished.push(study);
        if self.images >= BATCH {
            self.flush(ledger)?;
        }
        Ok(())
    }

    fn flush(&mut self, ledger: &mut dyn Ledger) -> Result<(), RunError> {
        if !self.finished.is_empty() {
            let batch = Arc::new(std::mem::take(&mut self.finished));
            self.images = 0;
            // Refused where an emitter failed, whose error the caller learns from it.
            self.to_emitters
                .send(Arc::clone(&batch))
                .map_err(|_| RunError::Cancelled)?;
            ledger.put_studies(self.number, &batch)?;
        }
        if !self.amended.is_empty() {
            ledger.amend(self.number, &self.amended)?;
            self.amended.clear();
        }
        Ok(())
    }

    /// An earlier run may have met other files beside this one: what it added is taken back first.
    fn amend(&mut self, record: &FileRecord, two_patients: bool) {
        let beside_others = [Reason::Duplicate, Reason::DuplicateUid, Reason::TwoPatients];
        let is_own =
            |r: &&Reason| !beside_others.contains(r) || **r == Reason::Duplicate && has_an_element_twice(record);
        let own = record.outcome.reasons.iter().filter(is_own);
        let mut reasons: Vec<Reason> = own.copied().collect();
        reasons.extend(self.flagged.get(&record.path));
        if two_patients {
            reasons.push(Reason::TwoPatients);
        }
        let outcome = Outcome::new(Status::Done, reasons);
        if outcome.reasons != record.outcome.reasons {
            self.amended.push((record.path.clone(), outcome));
        }
    }

    fn assemble(&self, records: Vec<FileRecord>, two_patients: bool) -> NormalizedStudy {
        let uid = study_uid(&records[0]).to_owned();
        let mut series: Vec<(String, Vec<NormalizedInstance>)> = Vec::new();
        for record in records {
            let Some(instance) = record.instance else { continue };
            let instance = self.instance(record.path, instance);
            let of = text(&instance, Attribute::SeriesInstanceUID).to_owned();
            match series.last_mut() {
                Some((uid, instances)) if *uid == of => instances.push(instance),
                _ => series.push((of, vec![instance])),
            }
        }
        let mut series: Vec<NormalizedSeries> = series.into_iter().map(|(uid, i)| roll_up(uid, i)).collect();
        series.sort_by_cached_key(|s| (number(&s.instances[0], Attribute::SeriesNumber), s.uid.clone()));
        let issues = if two_patients {
            vec![Issue::new(IssueCode::TwoPatients)]
        } else {
            Vec::new()
        };
        NormalizedStudy {
            uid,
            resolutions: resolve_study(&series),
            series,
            issues,
            versions: self.run.versions.clone(),
        }
    }

    fn instance(&self, path: String, record: InstanceRecord) -> NormalizedInstance {
        let flag = self.flagged.get(&path).map(|reason| match reason {
            Reason::Duplicate => IssueCode::DuplicateFile,
            _ => IssueCode::DuplicateInstance,
        });
        let mut instance = NormalizedInstance {
            path,
            assertions: [record.assertions, record.image_assertions].concat(),
            header: record.header,
            resolutions: record.resolutions,
            issues: record.issues,
            adjusted: flag.is_some(),
        };
        instance.issues.extend(flag.map(Issue::new));
        let uid = text(&instance, Attribute::SOPInstanceUID).to_owned();
        if let Some(reviews) = self.reviews.get(&uid) {
            instance.assertions.extend(reviews.iter().cloned());
            let (resolutions, _) = resolve_instance(&instance.assertions, &self.run.policy, self.run.terminology);
            instance.resolutions = resolutions;
            instance.adjusted = true;
        }
        instance
    }
}

/// Two files of one study whose patient check differs belong to two patients; a file without one says nothing.
fn names_two_patients(records: &[FileRecord]) -> bool {
    let mut checks = records.iter().filter_map(|r| r.instance.as_ref()?.header.patient_check);
    let first = checks.next();
    checks.any(|c| Some(c) != first)
}

fn text(instance: &NormalizedInstance, attribute: Attribute) -> &str {
    instance.header.text(attribute).unwrap_or_default()
}

/// Instances without a number come last.
fn number(instance: &NormalizedInstance, attribute: Attribute) -> i64 {
    text(instance, attribute).trim().parse().unwrap_or(i64::MAX)
}

fn roll_up(uid: String, mut instances: Vec<NormalizedInstance>) -> NormalizedSeries {
    instances.sort_by_cached_key(|i| {
        let sop = text(i, Attribute::SOPInstanceUID).to_owned();
        (number(i, Attribute::InstanceNumber), sop, i.path.clone())
    });
    let (resolutions, mut issues) = resolve_series(&instances);
    let modality = text(&instances[0], Attribute::Modality);
    if instances.iter().any(|i| text(i, Attribute::Modality) != modality) {
        issues.push(Issue::at(IssueCode::TwoModalities, "Modality"));
    }
    NormalizedSeries {
        uid,
        instances,
        resolutions,
        issues,
    }
}
