//! Files that carry one SOP Instance UID: the same content, or a conflict.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};

use bodysite_core::{Ledger, Reason};
use bodysite_dicom::path_of_display;

use crate::RunError;

/// Reasons to add, by path. Grows with the number of duplicates only.
pub(crate) type Flagged = HashMap<String, Reason>;

/// Compares every file with the first of its UID, in path order. All but the first are flagged; of a conflict, the
/// first too.
pub(crate) fn find(run: i64, ledger: &mut dyn Ledger) -> Result<Flagged, RunError> {
    let mut flagged = Flagged::new();
    let mut first: Option<(String, String)> = None;
    ledger.each_duplicate(run, &mut |uid, path| {
        match &first {
            Some((of, kept)) if of == uid => {
                if same_content(kept, path) {
                    flagged.insert(path.to_owned(), Reason::Duplicate);
                } else {
                    flagged.insert(path.to_owned(), Reason::DuplicateUid);
                    flagged.insert(kept.clone(), Reason::DuplicateUid);
                }
            }
            _ => first = Some((uid.to_owned(), path.to_owned())),
        }
        Ok(())
    })?;
    Ok(flagged)
}

/// A file that can no longer be read is not known to be the same.
fn same_content(a: &str, b: &str) -> bool {
    compare(a, b).unwrap_or(false)
}

fn compare(a: &str, b: &str) -> io::Result<bool> {
    let (a, b) = (File::open(path_of_display(a))?, File::open(path_of_display(b))?);
    let (one, two) = (a.metadata()?, b.metadata()?);
    if same_file(&one, &two) {
        return Ok(true);
    }
    if one.len() != two.len() {
        return Ok(false);
    }
    same_bytes(BufReader::new(a), BufReader::new(b))
}

#[cfg(unix)]
fn same_file(a: &std::fs::Metadata, b: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn same_file(_: &std::fs::Metadata, _: &std::fs::Metadata) -> bool {
    false
}

fn same_bytes(mut a: impl Read, mut b: impl Read) -> io::Result<bool> {
    let (mut x, mut y) = (vec![0u8; 1 << 16], vec![0u8; 1 << 16]);
    loop {
        let n = a.read(&mut x)?;
        if n == 0 {
            return Ok(b.read(&mut y)? == 0);
        }
        b.read_exact(&mut y[..n])?;
        if x[..n] != y[..n] {
            return Ok(false);
        }
    }
}
