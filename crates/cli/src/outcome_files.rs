//! `files.ndjson`, one object an input file, and `summary.json`: the same bytes for the same input and versions.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use bodysite_core::{Ledger, LedgerError, Versions};
use bodysite_pipeline::Report;
use serde_json::{Value, json};

use crate::atomic::{self, AtomicFile};

/// Writes `files.ndjson` from what the ledger knows of a run.
pub fn write_files(folder: &Path, ledger: &mut dyn Ledger, run: i64) -> anyhow::Result<()> {
    let target = folder.join("files.ndjson");
    let mut file = AtomicFile::create(&target).with_context(|| target.display().to_string())?;
    let mut failed: Option<std::io::Error> = None;
    let visited = ledger.each_outcome(run, &mut |path, outcome| {
        let reasons: Vec<&str> = outcome.reasons.iter().map(|r| r.word()).collect();
        let mut line = json!({"path": path, "status": outcome.status, "reasons": reasons});
        if let Some(offset) = outcome.offset {
            line["offset"] = offset.into();
        }
        let written = serde_json::to_writer(&mut file, &line).map_err(std::io::Error::from);
        written.and_then(|()| file.write_all(b"\n")).map_err(|e| {
            failed = Some(e);
            LedgerError::Corrupt("files.ndjson could not be written".to_owned())
        })
    });
    match (visited, failed) {
        (_, Some(e)) => return Err(e).context(target.display().to_string()),
        (visited, None) => visited?,
    }
    file.commit().with_context(|| target.display().to_string())
}

/// The report of a run without what differs from run to run.
pub fn summary(report: &Report, versions: &Versions) -> Value {
    let mut all = serde_json::to_value(report).unwrap_or_default();
    if let Value::Object(fields) = &mut all {
        fields.remove("run");
        fields.insert("versions".to_owned(), json!(versions));
    }
    all
}

/// Writes `summary.json`.
pub fn write_summary(folder: &Path, summary: &Value) -> anyhow::Result<()> {
    let target = folder.join("summary.json");
    let mut text = serde_json::to_vec_pretty(summary)?;
    text.push(b'\n');
    atomic::write(&target, &text).with_context(|| target.display().to_string())
}
