//! One run at a time in an output folder.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::{Context, anyhow};

use crate::exit::Failure;

/// Takes the folder's lock; it is given back when the file is dropped, also by a killed process.
pub fn take(folder: &Path) -> Result<File, Failure> {
    let path = folder.join(".bodysite.lock");
    let file = File::create(&path)
        .with_context(|| path.display().to_string())
        .map_err(Failure::fatal)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let error = anyhow!("another run writes into {}", folder.display());
            Err(Failure::usage(error).remedy("wait for it, or choose another --out"))
        }
        // Some network file systems have no locks.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}
