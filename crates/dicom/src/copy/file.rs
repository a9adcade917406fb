//! Writes corrected copies of files: whole or not at all, in a tree that mirrors the sources.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, BufWriter, Read};
use std::path::{Component, Path, PathBuf};

use super::{CopyError, Correction, Report, correct, diff, folder};
use crate::path_text::path_bytes;

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Where the copy is.
    pub path: PathBuf,
    /// What is different in it.
    pub report: Report,
    /// The copy was there already.
    pub already: bool,
}

const WRITE: &str = "write the copy";

/// Writes the corrected copy of a file below `input_root` to the same place below `output_root`.
///
/// The source is only read. The copy appears whole, by renaming; a file that is there already is never replaced, and
/// is no error if it is this copy, be it with another time of correction.
pub fn write_copy(
    source: &Path,
    input_root: &Path,
    output_root: &Path,
    correction: &Correction,
) -> Result<Copied, CopyError> {
    let (mut file, _) = crate::scan::open(source).map_err(CopyError::Unread)?;
    let target = place(source, input_root, output_root)?;
    folder::claim(output_root, correction.new_uid.is_some())?;
    let temporary = temporary_beside(&target);
    let report = match write_temporary(&mut file, &temporary, correction) {
        Ok(report) => report,
        Err(error) => {
            let _ = fs::remove_file(&temporary);
            return Err(error);
        }
    };
    let published = publish(&mut file, &temporary, &target, correction);
    let _ = fs::remove_file(&temporary);
    Ok(Copied {
        already: published?,
        path: target,
        report,
    })
}

/// What the copy of a file would have different; writes nothing.
pub fn diff_file(source: &Path, correction: &Correction) -> Result<Report, CopyError> {
    let (mut file, _) = crate::scan::open(source).map_err(CopyError::Unread)?;
    diff(&mut file, correction)
}

/// Where the copy goes; makes its folder.
fn place(source: &Path, input_root: &Path, output_root: &Path) -> Result<PathBuf, CopyError> {
    fs::create_dir_all(output_root).map_err(CopyError::io("make the output folder"))?;
    let real = |path: &Path| fs::canonicalize(path).map_err(CopyError::io("resolve a folder"));
    let (input, output) = (real(input_root)?, real(output_root)?);
    let input_folder = if input.is_dir() {
        input.as_path()
    } else {
        input.parent().unwrap_or(&input)
    };
    if output.starts_with(input_folder) || (input.is_dir() && input.starts_with(&output)) {
        return Err(CopyError::InsideInput);
    }
    let relative = match source.strip_prefix(input_root) {
        Ok(relative) if relative != Path::new("") => relative,
        Ok(_) => Path::new(source.file_name().ok_or(CopyError::OutsideInput)?),
        Err(_) => return Err(CopyError::OutsideInput),
    };
    if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(CopyError::OutsideInput);
    }
    let target = output.join(relative);
    let folder = target.parent().unwrap_or(&output);
    fs::create_dir_all(folder).map_err(CopyError::io("make the output folder"))?;
    // A link inside the output folder must not lead elsewhere.
    match real(folder)?.starts_with(&output) {
        true => Ok(target),
        false => Err(CopyError::InsideInput),
    }
}

/// A name of fixed length, the same each time, so that a killed run leaves nothing that the next one does not replace.
fn temporary_beside(target: &Path) -> PathBuf {
    let mut hash = DefaultHasher::new();
    hash.write(&path_bytes(target));
    target.with_file_name(format!(".bodysite-{:016x}.part", hash.finish()))
}

fn write_temporary(source: &mut File, temporary: &Path, correction: &Correction) -> Result<Report, CopyError> {
    let mut out = BufWriter::with_capacity(1 << 16, create(temporary).map_err(CopyError::io(WRITE))?);
    let report = correct(source, correction, &mut out)?;
    let file = out
        .into_inner()
        .map_err(|error| CopyError::io(WRITE)(error.into_error()))?;
    file.sync_all().map_err(CopyError::io(WRITE))?;
    Ok(report)
}

/// A new file; what an interrupted run left goes first.
fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    File::create_new(path)
}

/// Gives the file its name. True if the same copy was there already.
fn publish(source: &mut File, temporary: &Path, target: &Path, correction: &Correction) -> Result<bool, CopyError> {
    match fs::hard_link(temporary, target) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return existing(source, temporary, target, correction);
        }
        // File systems without links: a name that is not taken is taken by renaming.
        Err(_) if fs::symlink_metadata(target).is_err() => {
            fs::rename(temporary, target).map_err(CopyError::io(WRITE))?;
        }
        Err(_) => return existing(source, temporary, target, correction),
    }
    if let Some(folder) = target.parent() {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(CopyError::io(WRITE))?;
    }
    Ok(false)
}

/// A file that is there is this copy, or nothing may happen to it.
fn existing(source: &mut File, temporary: &Path, target: &Path, correction: &Correction) -> Result<bool, CopyError> {
    if !fs::symlink_metadata(target).is_ok_and(|meta| meta.is_file()) {
        return Err(CopyError::Exists);
    }
    if same_bytes(temporary, target).map_err(CopyError::io("compare with the file that is there"))? {
        return Ok(true);
    }
    let Some(at) = corrected_at(target) else {
        return Err(CopyError::Exists);
    };
    let earlier = Correction {
        at,
        ..correction.clone()
    };
    write_temporary(source, temporary, &earlier)?;
    match same_bytes(temporary, target).map_err(CopyError::io("compare with the file that is there"))? {
        true => Ok(true),
        false => Err(CopyError::Exists),
    }
}

/// Instance Coercion DateTime of a copy.
fn corrected_at(path: &Path) -> Option<String> {
    let (mut file, size) = crate::scan::open(path).ok()?;
    let feed = Box::new(crate::window::SeekFeed::new(&mut file, size));
    let scanned = crate::scan::scan(feed, Some(size), true).ok()?;
    scanned.plan.coerced_at
}

fn same_bytes(a: &Path, b: &Path) -> io::Result<bool> {
    let (mut a, mut b) = (File::open(a)?, File::open(b)?);
    if a.metadata()?.len() != b.metadata()?.len() {
        return Ok(false);
    }
    let (mut x, mut y) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let read = a.read(&mut x)?;
        let (Some(x), Some(y)) = (x.get(..read), y.get_mut(..read)) else {
            return Ok(false);
        };
        if read == 0 {
            return Ok(true);
        }
        b.read_exact(y)?;
        if x != y {
            return Ok(false);
        }
    }
}
