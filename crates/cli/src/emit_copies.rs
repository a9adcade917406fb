//! Corrected DICOM copies, and `copies.ndjson`: one object an image with what became of its copy.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use bodysite_core::{Answer, BodySite, Emit, EmitError, Facet, IssueCode, NormalizedInstance, NormalizedStudy};
use bodysite_dicom::copy::{Copied, CopyError, Correction, Region, write_copy};
use bodysite_dicom::path_of_display;
use bodysite_terminology::Terminology;
use serde_json::{Value, json};

use crate::atomic::AtomicFile;

/// How copies are made.
pub struct CopyOptions {
    /// Where the copies go.
    pub folder: PathBuf,
    /// Leave out digital signatures in place of refusing.
    pub drop_signatures: bool,
    /// A DICOM DT: when the run began.
    pub at: String,
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
                json!({"path": instance.path, "status": "refused", "code": IssueCode::CopyRefused.code(), "reason": reason(&error)})
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
        let Some(correction) = correction(instance, &self.options).filter(|_| !two_patients) else {
            let why = if two_patients { "two_patients" } else { "unresolved" };
            return Ok(json!({"path": instance.path, "status": "none", "reason": why}));
        };
        let source = path_of_display(&instance.path);
        let root = self.roots.iter().find(|r| source.starts_with(r));
        let root = root.ok_or(CopyError::OutsideInput)?;
        let copied = write_copy(&source, root, &self.options.folder, &correction)?;
        if !self.seen.insert(copied.path.clone()) {
            return Err(CopyError::Exists);
        }
        Ok(described(instance, &copied))
    }
}

impl Emit for Copies<'_> {
    fn study(&mut self, study: &NormalizedStudy) -> Result<(), EmitError> {
        let two_patients = study.issues.iter().any(|i| i.code == IssueCode::TwoPatients);
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

fn described(instance: &NormalizedInstance, copied: &Copied) -> Value {
    let changed: Vec<&str> = copied.report.changes.iter().map(|c| c.attribute).collect();
    let notes: Vec<&str> = copied.report.notes.iter().map(|n| n.word()).collect();
    // Whether the copy was there already is no property of the copy: a second run writes the same line.
    json!({
        "path": instance.path,
        "status": "written",
        "copy": copied.path.display().to_string(),
        "changed": changed,
        "notes": notes,
    })
}

fn reason(error: &CopyError) -> &'static str {
    match error {
        CopyError::Unread(outcome) => outcome.reasons.first().map_or("unread", |r| r.word()),
        CopyError::Refused(refusal) => refusal.word(),
        CopyError::Invalid(_) => "invalid_correction",
        CopyError::Exists => "exists",
        CopyError::InsideInput => "inside_input",
        CopyError::OutsideInput => "outside_input",
        _ => "io_error",
    }
}

/// What the copy of an image should say; nothing where no body part was resolved.
pub fn correction(instance: &NormalizedInstance, options: &CopyOptions) -> Option<Correction> {
    let answer = |facet| {
        let found = instance.resolutions.iter().find(|r| r.facet == facet)?;
        found.answer.as_ref()
    };
    let Answer::Sites(sites) = answer(Facet::Examined)? else {
        return None;
    };
    let terminology = Terminology::builtin();
    let concept = one_concept(sites, terminology)?;
    let side = match answer(Facet::Laterality) {
        Some(Answer::Side(side)) => Some(*side),
        _ => None,
    };
    let side = side.filter(|_| terminology.is_paired(concept.code));
    Some(Correction {
        body_part_examined: Some(term(&concept, terminology)),
        anatomic_region: Some(Region {
            concept: concept.coding(),
            side,
        }),
        laterality: side,
        at: options.at.clone(),
        system: "BODYSITE".to_owned(),
        software_version: env!("CARGO_PKG_VERSION").to_owned(),
        new_uid: None,
        drop_signatures: options.drop_signatures,
    })
}

/// Anatomic Region Sequence has a single item: one part, the finer where it is known, or a combination.
fn one_concept(sites: &[BodySite], terminology: &Terminology) -> Option<bodysite_core::Concept> {
    match sites {
        [] => None,
        [one] => Some(one.exact.clone().unwrap_or_else(|| one.target.clone())),
        several => {
            let codes: Vec<_> = several.iter().map(|s| s.target.code).collect();
            terminology.combination(&codes).cloned()
        }
    }
}

/// The defined term; empty where the concept has none.
fn term(concept: &bodysite_core::Concept, terminology: &Terminology) -> String {
    terminology
        .body_part_examined(concept.code)
        .unwrap_or_default()
        .to_owned()
}

/// RFC 3339 in UTC as a DICOM DT.
pub fn dicom_date_time(rfc3339: &str) -> String {
    let digits: String = rfc3339.chars().filter(char::is_ascii_digit).take(14).collect();
    format!("{digits}+0000")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bodysite_core::{Attribute, Header, Resolution, Side, Verdict};

    fn options() -> CopyOptions {
        CopyOptions {
            folder: PathBuf::from("copies"),
            drop_signatures: false,
            at: dicom_date_time("2026-11-25T18:00:01Z"),
        }
    }

    fn instance(answers: Vec<(Facet, Answer)>) -> NormalizedInstance {
        let resolution = |(facet, answer)| Resolution {
            facet,
            verdict: Verdict::HeaderOnly,
            answer: Some(answer),
            confidence: None,
            original_text: None,
            from: Vec::new(),
            because: String::new(),
        };
        NormalizedInstance {
            path: "a.dcm".to_owned(),
            header: Header::of(&[(Attribute::BodyPartExamined, "X")]),
            assertions: Vec::new(),
            resolutions: answers.into_iter().map(resolution).collect(),
            issues: Vec::new(),
        }
    }

    fn site(key: &str) -> BodySite {
        BodySite::of(Terminology::builtin().by_key(key).unwrap().concept.clone())
    }

    #[test]
    fn a_copy_names_the_defined_term_and_the_side_of_a_paired_part_only() {
        let side = (Facet::Laterality, Answer::Side(Side::Left));
        let knee = instance(vec![(Facet::Examined, Answer::Sites(vec![site("KN")])), side.clone()]);
        let correction = correction(&knee, &options()).unwrap();
        assert_eq!(correction.body_part_examined.as_deref(), Some("KNEE"));
        assert_eq!(correction.laterality, Some(Side::Left));
        assert_eq!(correction.at, "20261125180001+0000");
        let skull = instance(vec![(Facet::Examined, Answer::Sites(vec![site("SK")])), side]);
        assert_eq!(super::correction(&skull, &options()).unwrap().laterality, None);
    }

    #[test]
    fn parts_without_a_common_concept_get_no_copy() {
        let odd = instance(vec![(Facet::Examined, Answer::Sites(vec![site("KN"), site("SK")]))]);
        assert_eq!(correction(&odd, &options()), None);
        assert_eq!(correction(&instance(Vec::new()), &options()), None);
    }
}
