//! Corrected DICOM copies, and `copies.ndjson`: one object an image with what became of its copy.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bodysite_core::{Attribute, Emit, EmitError, IssueCode, NormalizedInstance, NormalizedStudy};
use bodysite_dicom::copy::{CopyError, Correction, diff_file, write_copy};
use bodysite_dicom::path_of_display;
use serde_json::{Value, json};

use crate::atomic::AtomicFile;
use crate::correction::{Manner, correction, difference, keywords};

/// How copies are made.
pub struct CopyOptions {
    /// Where the copies go.
    pub folder: PathBuf,
    /// What they have in common.
    pub manner: Manner,
    /// Say what they would change and write none.
    pub dry_run: bool,
}

/// Writes corrected copies below a folder.
pub struct Copies<'a> {
    options: CopyOptions,
    roots: &'a [PathBuf],
    /// Gone once it has its name.
    log: Option<AtomicFile>,
    /// Refused copies so far.
    pub refused: u64,
    seen: BTreeSet<PathBuf>,
    /// Of the study at hand: the UIDs of images that get new ones, and the new ones.
    renamed: Arc<BTreeMap<String, String>>,
}

impl<'a> Copies<'a> {
    /// Opens the log.
    pub fn create(options: CopyOptions, roots: &'a [PathBuf], log: &Path) -> std::io::Result<Self> {
        Ok(Copies {
            options,
            roots,
            log: Some(AtomicFile::create(log)?),
            refused: 0,
            seen: BTreeSet::new(),
            renamed: Arc::default(),
        })
    }

    fn instance(&mut self, instance: &NormalizedInstance, two_patients: bool) -> Result<(), EmitError> {
        let said = match self.copy(instance, two_patients) {
            Ok(said) => said,
            Err(CopyError::Io { what, source }) => {
                return Err(EmitError {
                    what: format!("the corrected copy of {} (cannot {what})", instance.path),
                    source: Box::new(source),
                });
            }
            Err(error) => {
                self.refused += 1;
                json!({"path": instance.path, "status": "refused", "code": IssueCode::CopyRefused.code(), "reason": error.word()})
            }
        };
        self.line(&said).map_err(unwritten)
    }

    fn line(&mut self, said: &Value) -> std::io::Result<()> {
        let Some(log) = &mut self.log else { return Ok(()) };
        serde_json::to_writer(&mut *log, said)?;
        log.write_all(b"\n")
    }

    fn copy(&mut self, instance: &NormalizedInstance, two_patients: bool) -> Result<Value, CopyError> {
        let Some(mut correction) = correction(instance, &self.options.manner).filter(|_| !two_patients) else {
            let why = if two_patients { "two_patients" } else { "unresolved" };
            return Ok(json!({"path": instance.path, "status": "none", "reason": why}));
        };
        correction.renamed = Arc::clone(&self.renamed);
        match self.options.dry_run {
            true => self.would(instance, &correction),
            false => self.write(instance, &correction),
        }
    }

    fn would(&self, instance: &NormalizedInstance, correction: &Correction) -> Result<Value, CopyError> {
        let report = diff_file(&path_of_display(&instance.path), correction)?;
        let told = difference(&report, &instance.header, self.options.manner.mapper);
        Ok(with(json!({"path": instance.path, "status": "would_write"}), told))
    }

    fn write(&mut self, instance: &NormalizedInstance, correction: &Correction) -> Result<Value, CopyError> {
        let source = path_of_display(&instance.path);
        let root = self.roots.iter().find(|r| source.starts_with(r));
        let root = root.ok_or(CopyError::OutsideInput)?;
        let copied = write_copy(&source, root, &self.options.folder, correction)?;
        if !self.seen.insert(copied.path.clone()) {
            return Err(CopyError::Exists);
        }
        // Whether the copy was there already is no property of the copy: a second run writes the same line.
        let written = json!({
            "path": instance.path,
            "status": "written",
            "copy": copied.path.display().to_string(),
        });
        Ok(with(written, keywords(&copied.report)))
    }
}

/// The UIDs of the study's images that get a copy with a UID of its own, and those UIDs. Where two files of one UID get
/// two, nobody knows which of them a reference means.
fn renamed(study: &NormalizedStudy, manner: &Manner) -> BTreeMap<String, String> {
    let mut renamed: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for instance in study.series.iter().flat_map(|s| &s.instances) {
        let Some(correction) = correction(instance, manner) else {
            continue;
        };
        let old = instance.header.text(Attribute::SOPInstanceUID);
        let (Some(old), Some(new)) = (old, &correction.new_uid) else {
            continue;
        };
        if diff_file(&path_of_display(&instance.path), &correction).is_err() {
            continue;
        }
        let known = renamed.entry(old).or_insert_with(|| Some(new.clone()));
        if known.as_ref() != Some(new) {
            *known = None;
        }
    }
    let certain = |(old, new): (&str, Option<String>)| Some((old.to_owned(), new?));
    renamed.into_iter().filter_map(certain).collect()
}

/// The members of both objects.
pub fn with(mut object: Value, more: Value) -> Value {
    if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
        object.extend(more);
    }
    object
}

impl Emit for Copies<'_> {
    fn study(&mut self, study: &NormalizedStudy) -> Result<(), EmitError> {
        let two_patients = study.issues.iter().any(|i| i.code == IssueCode::TwoPatients);
        if self.options.manner.new_uid && !two_patients {
            self.renamed = Arc::new(renamed(study, &self.options.manner));
        }
        for instance in study.series.iter().flat_map(|s| &s.instances) {
            self.instance(instance, two_patients)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), EmitError> {
        self.log.take().map_or(Ok(()), AtomicFile::commit).map_err(unwritten)
    }
}

fn unwritten(error: std::io::Error) -> EmitError {
    EmitError {
        what: "copies.ndjson".to_owned(),
        source: Box::new(error),
    }
}
