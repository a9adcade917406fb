//! Resources of an NDJSON file, with the hash that tells whether one changed.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, anyhow};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The types in an order in which what is referred to comes first.
pub const ORDER: [&str; 5] = ["Device", "ImagingStudy", "Observation", "Provenance", "ConceptMap"];

/// One resource.
pub struct Entry {
    /// `Type/id`.
    pub reference: String,
    /// SHA-256 of its line, in hexadecimal.
    pub hash: String,
    /// The resource.
    pub json: Value,
}

/// The resources of a file, one at a time.
pub fn entries(path: &Path) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Entry>> + use<>> {
    let shown = path.display().to_string();
    let file = File::open(path).with_context(|| shown.clone())?;
    let lines = BufReader::new(file).lines().enumerate();
    Ok(lines.map(move |(at, line)| {
        let place = || format!("{shown}, line {}", at + 1);
        entry(&line.with_context(place)?).with_context(place)
    }))
}

fn entry(line: &str) -> anyhow::Result<Entry> {
    let json: Value = serde_json::from_str(line)?;
    let part = |name: &str| {
        let text = json.get(name).and_then(Value::as_str);
        text.ok_or_else(|| anyhow!("a resource without {name}"))
    };
    Ok(Entry {
        reference: format!("{}/{}", part("resourceType")?, part("id")?),
        hash: hex(&Sha256::digest(line.as_bytes())),
        json,
    })
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
