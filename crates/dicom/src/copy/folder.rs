//! One output folder holds copies that keep their UIDs or copies that have new ones, never both: an archive could not
//! tell them apart.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::CopyError;

/// The name of an empty file that marks a folder, and what the copies in it are.
type Mark = (&'static str, &'static str);

const KEPT: Mark = (".bodysite-uids-kept", "that keep their UIDs");
const NEW: Mark = (".bodysite-uids-new", "with new UIDs");

/// The mark of copies of one kind, and that of the other kind.
fn marks(new_uids: bool) -> (Mark, Mark) {
    if new_uids { (NEW, KEPT) } else { (KEPT, NEW) }
}

/// Refuses a folder that has copies of the other kind; one that does not exist has none. Writes nothing.
pub fn check_kind_of_uids(folder: &Path, new_uids: bool) -> Result<(), CopyError> {
    let (_, (mark, kind)) = marks(new_uids);
    match fs::symlink_metadata(folder.join(mark)) {
        Ok(_) => Err(CopyError::MixedUids(kind)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(()),
        Err(error) => Err(CopyError::io("look into the output folder")(error)),
    }
}

/// Marks the folder as one for copies of this kind. Of two runs of different kinds that start at once, none goes on.
pub(super) fn claim(folder: &Path, new_uids: bool) -> Result<(), CopyError> {
    let ((name, _), _) = marks(new_uids);
    let own_mark = folder.join(name);
    check_kind_of_uids(folder, new_uids)?;
    match File::create_new(&own_mark) {
        Ok(_) => check_kind_of_uids(folder, new_uids).inspect_err(|_| {
            let _ = fs::remove_file(&own_mark);
        }),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(CopyError::io("mark the output folder")(error)),
    }
}
