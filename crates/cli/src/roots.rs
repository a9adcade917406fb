//! The folders a command is given, checked before anything is done.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};

use crate::exit::Failure;

/// Refuses roots that do not exist and outputs that lie inside an input (they would be read as input next time).
pub fn check(roots: &[PathBuf], outputs: &[&Path]) -> Result<(), Failure> {
    for root in roots {
        fs::symlink_metadata(root)
            .with_context(|| format!("input {}", root.display()))
            .map_err(Failure::usage)?;
        for output in outputs {
            if absolute(output)?.starts_with(absolute(root)?) {
                let text = anyhow!("output {} lies inside input {}", output.display(), root.display());
                return Err(Failure::usage(text).remedy("choose an output folder outside the input"));
            }
        }
    }
    Ok(())
}

/// The path with symbolic links resolved as far as it exists.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let path = std::path::absolute(path).map_err(Failure::usage)?;
    let mut missing = Vec::new();
    let mut existing = path.as_path();
    loop {
        if let Ok(real) = existing.canonicalize() {
            return Ok(missing.iter().rev().fold(real, |path, part| path.join(part)));
        }
        let (Some(name), Some(parent)) = (existing.file_name(), existing.parent()) else {
            return Ok(path);
        };
        missing.push(name.to_owned());
        existing = parent;
    }
}
