//! FHIR as NDJSON, one file a resource type, or as one transaction Bundle a study. All files appear at the end, whole.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use bodysite_core::{Basis, Emit, EmitError, NormalizedStudy, Versions};
use bodysite_fhir::{MappedRow, MappingSet, Options, Resource, resources, run_resources, transaction};
use bodysite_mapping::{Category, Mapper, Object, Row};
use bodysite_terminology::Terminology;

use crate::atomic::AtomicFile;

/// Every file name that this program may have left in the folder.
const TYPES: [&str; 7] = [
    "Bundle",
    "ConceptMap",
    "Device",
    "ImagingStudy",
    "Observation",
    "OperationOutcome",
    "Provenance",
];

/// Writes FHIR below a folder.
pub struct FhirFiles<'a> {
    folder: PathBuf,
    options: Options,
    /// The server that Bundles are meant for; NDJSON where there is none.
    base: Option<String>,
    versions: Versions,
    mapper: &'a Mapper,
    open: BTreeMap<&'static str, AtomicFile>,
    /// Devices recur from study to study.
    devices: HashSet<String>,
    /// Mapping rows that led to an answer, as `set#label`.
    rows: HashSet<String>,
}

impl<'a> FhirFiles<'a> {
    /// Makes the folder.
    pub fn create(
        folder: &Path,
        options: Options,
        base: Option<String>,
        versions: Versions,
        mapper: &'a Mapper,
    ) -> std::io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(FhirFiles {
            folder: folder.to_owned(),
            options,
            base,
            versions,
            mapper,
            open: BTreeMap::new(),
            devices: HashSet::new(),
            rows: HashSet::new(),
        })
    }

    fn put(&mut self, found: Vec<Resource>) -> Result<(), EmitError> {
        let Some(base) = self.base.clone() else {
            return found.iter().try_for_each(|r| self.line_of(r));
        };
        let (issues, kept): (Vec<_>, Vec<_>) = found.into_iter().partition(|r| r.resource_type == "OperationOutcome");
        issues.iter().try_for_each(|r| self.line_of(r))?;
        match transaction(&kept, &base) {
            Some(bundle) => self.line("Bundle", &bundle),
            None => Ok(()),
        }
    }

    fn line_of(&mut self, resource: &Resource) -> Result<(), EmitError> {
        if resource.resource_type == "Device" && !self.devices.insert(resource.id.clone()) {
            return Ok(());
        }
        self.line(resource.resource_type, &resource.json)
    }

    fn line(&mut self, of_type: &'static str, json: &str) -> Result<(), EmitError> {
        let mut write = || -> std::io::Result<()> {
            let file = match self.open.entry(of_type) {
                Entry::Occupied(open) => open.into_mut(),
                Entry::Vacant(empty) => empty.insert(AtomicFile::create(&target(&self.folder, of_type))?),
            };
            file.write_all(json.as_bytes())?;
            file.write_all(b"\n")
        };
        write().map_err(|e| failed(&target(&self.folder, of_type).display().to_string(), e))
    }

    /// The rows that led to an answer of this run, one ConceptMap a set.
    fn used_sets(&self) -> Vec<MappingSet> {
        let mut sets: BTreeMap<&str, Vec<MappedRow>> = BTreeMap::new();
        for row in self.mapper.rows().iter().filter(|r| maps(r)) {
            let set = self.mapper.set_name(row);
            if self.rows.contains(&format!("{set}#{}", row.label)) {
                sets.entry(set).or_default().push(shown(row));
            }
        }
        let named = |(name, rows): (&str, Vec<MappedRow>)| MappingSet {
            name: name.to_owned(),
            version: self.versions.mapping.clone(),
            rows,
        };
        sets.into_iter().map(named).collect()
    }

    fn remove_stale(&self) -> std::io::Result<()> {
        for of_type in TYPES.iter().filter(|t| !self.open.contains_key(**t)) {
            match fs::remove_file(target(&self.folder, of_type)) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        Ok(())
    }
}

fn target(folder: &Path, of_type: &str) -> PathBuf {
    folder.join(format!("{of_type}.ndjson"))
}

/// Words of sides, views and devices map no body part and are left out.
fn maps(row: &Row) -> bool {
    matches!(
        row.category,
        Category::BodyPart | Category::Ambiguous | Category::OutOfScope
    )
}

fn shown(row: &Row) -> MappedRow {
    let target = match &row.object {
        Object::Concept(id) => Terminology::builtin().concept(*id).cloned(),
        Object::Side(_) | Object::Nothing => None,
    };
    MappedRow {
        text: row.label.clone(),
        relationship: row.relationship,
        target,
        comment: Some(row.comment.clone()).filter(|c| !c.is_empty()),
    }
}

fn failed(what: &str, source: impl std::error::Error + Send + Sync + 'static) -> EmitError {
    EmitError {
        what: what.to_owned(),
        source: Box::new(source),
    }
}

impl Emit for FhirFiles<'_> {
    fn study(&mut self, study: &NormalizedStudy) -> Result<(), EmitError> {
        let assertions = study
            .series
            .iter()
            .flat_map(|s| &s.instances)
            .flat_map(|i| &i.assertions);
        let mapped = assertions.filter_map(|a| match &a.basis {
            Basis::Mapped { rows, .. } => Some(rows),
            _ => None,
        });
        for row in mapped.flatten() {
            if !self.rows.contains(row) {
                self.rows.insert(row.clone());
            }
        }
        let found = resources(study, &self.options).map_err(|e| failed("FHIR", e))?;
        self.put(found)
    }

    fn finish(&mut self) -> Result<(), EmitError> {
        let sets = self.used_sets();
        let found = run_resources(&self.versions, &sets, &self.options).map_err(|e| failed("FHIR", e))?;
        self.put(found)?;
        let folder = self.folder.display().to_string();
        self.remove_stale().map_err(|e| failed(&folder, e))?;
        for (_, file) in std::mem::take(&mut self.open) {
            file.commit().map_err(|e| failed(&folder, e))?;
        }
        Ok(())
    }
}
