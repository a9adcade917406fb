//! The outside validator over everything that the studies give. It needs `BODYSITE_SHARED` (the folder that holds
//! `tools/fhir/validate.py`), `VALIDATE_PYTHON` and `FHIR_NODE_MODULES`; without them the tests report themselves
//! skipped.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use bodysite_fhir::{FhirVersion, IdKey, Options, Resource, resources, run_resources, transaction};

use crate::studies;

struct Validator {
    python: String,
    script: PathBuf,
}

impl Validator {
    fn find() -> Option<Validator> {
        env::var_os("FHIR_NODE_MODULES")?;
        let shared = env::var_os("BODYSITE_SHARED")?;
        Some(Validator {
            python: env::var("VALIDATE_PYTHON").ok()?,
            script: Path::new(&shared).join("tools/fhir/validate.py"),
        })
    }

    /// Fails with what the validator says, unless it checked `expect` resources and found no error.
    fn check(&self, version: &str, file: &Path, expect: usize) {
        let mut command = Command::new(&self.python);
        command.arg(&self.script).args(["-q", "--fhir", version]);
        let output = command.arg(file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{version}: {said}{error}");
        let wanted = format!("{expect} resource checks, 0 with errors");
        assert!(said.contains(&wanted), "{version}: {said}");
    }
}

fn variants(version: FhirVersion) -> Vec<Options> {
    let closed = Options {
        version,
        ..Options::default()
    };
    let open = Options {
        include_accession: true,
        include_descriptions: true,
        default_timezone: Some("+01:00".parse().unwrap()),
        recorded: Some("2026-11-24T09:00:00+01:00".parse().unwrap()),
        id_key: Some(IdKey::new(b"0123456789abcdef".to_vec()).unwrap()),
        ..closed.clone()
    };
    vec![closed, open]
}

fn everything(options: &Options) -> Vec<Resource> {
    let studies = studies::all();
    let studies = studies.iter().flat_map(|(_, s)| resources(s, options).unwrap());
    let run = run_resources(&studies::versions(), &studies::mapping_sets(), options);
    let mut all: Vec<Resource> = studies.chain(run.unwrap()).collect();
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|r| seen.insert((r.resource_type, r.id.clone())));
    all
}

fn check_version(version: FhirVersion, names: &[&str]) {
    let Some(validator) = Validator::find() else {
        eprintln!("skipped: BODYSITE_SHARED, VALIDATE_PYTHON or FHIR_NODE_MODULES is not set");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let lines = folder.path().join("all.ndjson");
    let bundle = folder.path().join("bundle.json");
    for options in variants(version) {
        let all = everything(&options);
        let text: String = all.iter().map(|r| format!("{}\n", r.json)).collect();
        std::fs::write(&lines, text).unwrap();
        let json = transaction(&all, "https://hospital.example/fhir").unwrap();
        std::fs::write(&bundle, json).unwrap();
        for name in names {
            validator.check(name, &lines, all.len());
            validator.check(name, &bundle, 1);
        }
    }
}

#[test]
fn r4_is_valid_and_so_is_its_reading_as_r4b() {
    check_version(FhirVersion::R4, &["R4", "R4B"]);
}

#[test]
fn r5_is_valid() {
    check_version(FhirVersion::R5, &["R5"]);
}
