//! One output folder holds copies that keep their UIDs or copies that have new ones, never both: an archive could not
//! tell them apart.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::CopyError;

const KEPT: (&str, &str) = (".bodysite-uids-kept", "that keep their UIDs");
const NEW: (&str, &str) = (".bodysite-uids-new", "with new UIDs");

/// Marks the folder as one for copies of this kind. Of two runs of different kinds that start at once, none goes on.
pub(super) fn claim(folder: &Path, new_uids: bool) -> Result<(), CopyError> {
    let (own, other) = if new_uids { (NEW, KEPT) } else { (KEPT, NEW) };
    let own_mark = folder.join(own.0);
    refuse(folder, other)?;
    match File::create_new(&own_mark) {
        Ok(_) => refuse(folder, other).inspect_err(|_| {
            let _ = fs::remove_file(&own_mark);
        }),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(CopyError::io("mark the output folder")(error)),
    }
}

fn refuse(folder: &Path, (mark, kind): (&str, &'static str)) -> Result<(), CopyError> {
    match fs::symlink_metadata(folder.join(mark)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        _ => Err(CopyError::MixedUids(kind)),
    }
}
