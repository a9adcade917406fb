//! The mapping sets of a command: those that travel in the program, or a folder's.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use bodysite_mapping::{Mapper, builtin_sets};
use bodysite_terminology::Terminology;

use crate::exit::Failure;

/// Loads the sets of `folder`, or the built-in ones.
pub fn load(folder: Option<&Path>) -> Result<&'static Mapper, Failure> {
    let Some(folder) = folder else {
        return Ok(Mapper::builtin());
    };
    let files = read_sets(folder).map_err(Failure::usage)?;
    let mapper = Mapper::load(&files, Terminology::builtin())
        .with_context(|| format!("mapping sets in {}", folder.display()))
        .map_err(|e| Failure::usage(e).remedy("mend that row, or leave --mappings out to use the built-in sets"))?;
    // A command loads its sets once and uses them to its end.
    Ok(Box::leak(Box::new(mapper)))
}

/// The files of a folder, or those that travel in the program: name and text, sorted.
pub fn files(folder: Option<&Path>) -> Result<Vec<(String, String)>, Failure> {
    let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    match folder {
        None => Ok(builtin_sets().iter().map(own).collect()),
        Some(folder) => read_sets(folder).map_err(Failure::usage),
    }
}

fn read_sets(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("folder {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(".tsv") {
                files.push(read_set(folder, path)?);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn read_set(folder: &Path, path: PathBuf) -> anyhow::Result<(String, String)> {
    let text = fs::read_to_string(&path).with_context(|| format!("mapping set {}", path.display()))?;
    let name = path.strip_prefix(folder).unwrap_or(&path);
    Ok((name.to_string_lossy().replace('\\', "/"), text))
}
