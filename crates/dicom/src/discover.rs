//! Finds input files below the given roots, in the order of their path bytes.
//!
//! Symbolic links to files are read where the target lies inside a root; links to folders are never followed, so there
//! are no loops. Whatever is not a readable file is found too, with the outcome that it has.

use std::ffi::OsString;
use std::fs::{self, FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use bodysite_core::{Outcome, Reason, Status};

use crate::path_text::{display_of_path, path_bytes};

/// One input, found exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its path below the root as the root was given.
    pub path: PathBuf,
    /// The path as text without loss, see [`path_of_display`](crate::path_of_display).
    pub display: String,
    /// Size in bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Set where there is nothing to read, with what became of it.
    pub refused: Option<Outcome>,
}

/// Finds every input below the roots, each once, sorted by path bytes within a root.
///
/// Holds the names of one folder a level and no open file. A root that lies inside another is found with that one.
pub fn discover(roots: &[PathBuf]) -> impl Iterator<Item = Found> + Send + use<> {
    let mut given: Vec<(PathBuf, Option<PathBuf>)> = roots
        .iter()
        .map(|root| (root.clone(), fs::canonicalize(root).ok()))
        .collect();
    given.sort_by(|a, b| path_bytes(&a.0).cmp(&path_bytes(&b.0)));
    let bounds: Vec<PathBuf> = given.iter().filter_map(|(_, real)| real.clone()).collect();
    let roots = outermost(given);
    Discover {
        roots: roots.into_iter(),
        folders: Vec::new(),
        bounds,
    }
}

/// The roots that lie in no other root; of equal ones the first.
fn outermost(given: Vec<(PathBuf, Option<PathBuf>)>) -> Vec<PathBuf> {
    let inside = |i: usize, real: &PathBuf| {
        given.iter().enumerate().any(|(j, (_, other))| {
            other
                .as_ref()
                .is_some_and(|other| real.starts_with(other) && (real != other || j < i))
        })
    };
    given
        .iter()
        .enumerate()
        .filter(|(i, (_, real))| real.as_ref().is_none_or(|real| !inside(*i, real)))
        .map(|(_, (root, _))| root.clone())
        .collect()
}

struct Discover {
    roots: std::vec::IntoIter<PathBuf>,
    folders: Vec<Folder>,
    bounds: Vec<PathBuf>,
}

struct Folder {
    path: PathBuf,
    entries: std::vec::IntoIter<Entry>,
}

struct Entry {
    name: OsString,
    kind: Option<FileType>,
}

impl Iterator for Discover {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            let found = match self.folders.last_mut() {
                None => {
                    let root = self.roots.next()?;
                    self.visit_root(root)
                }
                Some(folder) => match folder.entries.next() {
                    None => {
                        self.folders.pop();
                        None
                    }
                    Some(entry) => {
                        let path = folder.path.join(&entry.name);
                        self.visit(path, entry.kind)
                    }
                },
            };
            if found.is_some() {
                return found;
            }
        }
    }
}

impl Discover {
    fn visit_root(&mut self, root: PathBuf) -> Option<Found> {
        match fs::metadata(&root) {
            Ok(meta) if meta.is_dir() => self.enter(root),
            Ok(meta) => Some(file(root, &meta)),
            Err(error) => Some(refused(root, Outcome::new(Status::Failed, vec![reason_of(&error)]))),
        }
    }

    fn visit(&mut self, path: PathBuf, kind: Option<FileType>) -> Option<Found> {
        match kind {
            Some(kind) if kind.is_dir() => self.enter(path),
            Some(kind) if kind.is_symlink() => Some(self.link(path)),
            Some(_) => Some(match fs::symlink_metadata(&path) {
                Ok(meta) => file(path, &meta),
                Err(error) => failed(path, &error),
            }),
            None => Some(refused(path, Outcome::new(Status::Failed, vec![Reason::IoError]))),
        }
    }

    /// Goes into a folder; gives an outcome only where it cannot be listed.
    fn enter(&mut self, path: PathBuf) -> Option<Found> {
        match list(&path) {
            Ok(entries) => {
                let entries = entries.into_iter();
                self.folders.push(Folder { path, entries });
                None
            }
            Err(error) => Some(failed(path, &error)),
        }
    }

    fn link(&self, path: PathBuf) -> Found {
        let (real, meta) = match fs::canonicalize(&path).and_then(|r| fs::metadata(&r).map(|m| (r, m))) {
            Ok(target) => target,
            Err(error) => return dangling(path, &error),
        };
        if !self.bounds.iter().any(|root| real.starts_with(root)) {
            return skipped(path, Reason::OutsideRoot);
        }
        if !meta.is_dir() {
            return file(path, &meta);
        }
        // A folder inside a root is found at its own place; a link into one of its parents would never end.
        let parent = path.parent().and_then(|parent| fs::canonicalize(parent).ok());
        match parent.is_some_and(|parent| parent.starts_with(&real)) {
            true => skipped(path, Reason::SymlinkLoop),
            false => skipped(path, Reason::Duplicate),
        }
    }
}

/// The entries of a folder, sorted so that walking them gives paths in byte order.
fn list(path: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        entries.push(Entry {
            name: entry.file_name(),
            kind: entry.file_type().ok(),
        });
    }
    entries.sort_by(|a, b| sort_key(a).cmp(sort_key(b)));
    Ok(entries)
}

/// The name's bytes; a folder's with the slash that follows them in its files' paths.
fn sort_key(entry: &Entry) -> impl Iterator<Item = u8> + '_ {
    let slash = entry.kind.is_some_and(|kind| kind.is_dir());
    entry
        .name
        .as_encoded_bytes()
        .iter()
        .copied()
        .chain(slash.then_some(b'/'))
}

fn file(path: PathBuf, meta: &Metadata) -> Found {
    if !meta.is_file() {
        return skipped(path, Reason::NotRegular);
    }
    let mut found = refused_none(path);
    found.size = meta.len();
    found.mtime_ns = mtime_ns(meta);
    found
}

fn mtime_ns(meta: &Metadata) -> i64 {
    let Ok(modified) = meta.modified() else {
        return 0;
    };
    match modified.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |n| -n),
    }
}

fn dangling(path: PathBuf, error: &io::Error) -> Found {
    match reason_of(error) {
        Reason::IoPermission => failed(path, error),
        reason => skipped(path, reason),
    }
}

fn failed(path: PathBuf, error: &io::Error) -> Found {
    refused(path, Outcome::new(Status::Failed, vec![reason_of(error)]))
}

fn skipped(path: PathBuf, reason: Reason) -> Found {
    refused(path, Outcome::new(Status::Skipped, vec![reason]))
}

fn refused(path: PathBuf, outcome: Outcome) -> Found {
    Found {
        refused: Some(outcome),
        ..refused_none(path)
    }
}

fn refused_none(path: PathBuf) -> Found {
    Found {
        display: display_of_path(&path),
        path,
        size: 0,
        mtime_ns: 0,
        refused: None,
    }
}

/// The reason word of an error of the operating system.
pub(crate) fn reason_of(error: &io::Error) -> Reason {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Reason::IoPermission,
        io::ErrorKind::NotFound => Reason::IoNotFound,
        _ if is_loop(error) => Reason::SymlinkLoop,
        _ => Reason::IoError,
    }
}

#[cfg(unix)]
fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

#[cfg(not(unix))]
fn is_loop(_: &io::Error) -> bool {
    false
}
