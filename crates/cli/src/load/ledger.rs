//! What a server has taken: one line a resource, added after each transaction and synced before the next.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use sha2::{Digest, Sha256};

use super::resources::{Entry, hex};

/// The ledger of one server.
pub struct Ledger {
    file: File,
    shown: String,
    taken: HashMap<String, String>,
}

impl Ledger {
    /// Opens or makes the ledger of the server at `base`.
    pub fn open(folder: &Path, base: &str) -> anyhow::Result<Ledger> {
        let server = hex(&Sha256::digest(base.as_bytes()));
        let path = folder.join(format!("{}.tsv", &server[..16]));
        let shown = path.display().to_string();
        let text = match fs::read_to_string(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            read => read.with_context(|| shown.clone())?,
        };
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let mut ledger = Ledger {
            file: file.with_context(|| shown.clone())?,
            shown,
            taken: taken(&text),
        };
        if !text.is_empty() && !text.ends_with('\n') {
            // A line that was cut by a kill; its resource is sent once more.
            ledger.file.write_all(b"\n").with_context(|| ledger.shown.clone())?;
        }
        Ok(ledger)
    }

    /// Whether the server has this content.
    pub fn has(&self, entry: &Entry) -> bool {
        self.taken.get(&entry.reference) == Some(&entry.hash)
    }

    /// Remembers resources that the server took.
    pub fn add(&mut self, entries: &[Entry]) -> anyhow::Result<()> {
        let lines: String = entries
            .iter()
            .map(|e| format!("{}\t{}\n", e.reference, e.hash))
            .collect();
        let written = self
            .file
            .write_all(lines.as_bytes())
            .and_then(|()| self.file.sync_data());
        written.with_context(|| self.shown.clone())?;
        self.taken
            .extend(entries.iter().map(|e| (e.reference.clone(), e.hash.clone())));
        Ok(())
    }
}

/// Later lines win; a line that is not whole says nothing.
fn taken(text: &str) -> HashMap<String, String> {
    let whole = |line: &str| {
        let (reference, hash) = line.split_once('\t')?;
        (hash.len() == 64).then(|| (reference.to_owned(), hash.to_owned()))
    };
    text.lines().filter_map(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bodysite_fhir::Resource;

    fn entry(hash: char) -> Entry {
        Entry {
            reference: "Device/a".to_owned(),
            hash: hash.to_string().repeat(64),
            resource: Resource {
                resource_type: "Device",
                id: "a".to_owned(),
                json: "{}".to_owned(),
            },
        }
    }

    #[test]
    fn what_was_taken_is_known_after_a_kill_in_the_middle_of_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(folder.path(), "http://a").unwrap();
        ledger.add(&[entry('1')]).unwrap();
        ledger.file.write_all(b"Device/b\t22").unwrap();
        drop(ledger);
        let mut again = Ledger::open(folder.path(), "http://a").unwrap();
        assert!(again.has(&entry('1')) && !again.has(&entry('2')));
        again.add(&[entry('2')]).unwrap();
        drop(again);
        let last = Ledger::open(folder.path(), "http://a").unwrap();
        assert!(last.has(&entry('2')));
        assert!(!Ledger::open(folder.path(), "http://b").unwrap().has(&entry('2')));
    }
}
