//! Resources of an NDJSON file, with the hash that tells whether one changed.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, bail};
use bodysite_fhir::Resource;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The types in an order in which what is referred to comes first.
pub const ORDER: [&str; 5] = ["Device", "ImagingStudy", "Observation", "Provenance", "ConceptMap"];

/// One resource.
pub struct Entry {
    /// `Type/id`.
    pub reference: String,
    /// SHA-256 of its line, in hexadecimal.
    pub hash: String,
    /// The resource, whose text is the line.
    pub resource: Resource,
}

/// What is looked at in a line.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    resource_type: String,
    id: String,
}

/// The resources of a file that holds one type, one at a time.
pub fn entries(
    path: &Path,
    of_type: &'static str,
) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Entry>> + use<>> {
    let shown = path.display().to_string();
    let file = File::open(path).with_context(|| shown.clone())?;
    let lines = BufReader::new(file).lines().enumerate();
    Ok(lines.map(move |(at, line)| {
        let place = || format!("{shown}, line {}", at + 1);
        entry(line.with_context(place)?, of_type).with_context(place)
    }))
}

fn entry(line: String, of_type: &'static str) -> anyhow::Result<Entry> {
    let Head { resource_type, id } = serde_json::from_str(&line)?;
    if resource_type != of_type {
        bail!("a {resource_type} in place of a {of_type}");
    }
    Ok(Entry {
        reference: format!("{of_type}/{id}"),
        hash: hex(&Sha256::digest(line.as_bytes())),
        resource: Resource {
            resource_type: of_type,
            id,
            json: line,
        },
    })
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
