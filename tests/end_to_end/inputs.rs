//! Inputs are read and nothing more: same bytes, same place, same times, whatever a command writes elsewhere.
//!
//! `tests/inputs_unchanged.sh` does the same on any folder, and looks at the system calls too.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::program::{demo, files, normalize, run};

/// What a file system says of every file and folder below one.
#[cfg(unix)]
fn states(folder: &Path) -> BTreeMap<PathBuf, (u64, u32, i64, i64, i64, i64)> {
    use std::os::unix::fs::MetadataExt;
    let state = |path: &Path| {
        let meta = fs::symlink_metadata(path).unwrap();
        let (modified, changed) = (meta.mtime_nsec(), meta.ctime_nsec());
        (meta.ino(), meta.mode(), meta.mtime(), modified, meta.ctime(), changed)
    };
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    let mut all = BTreeMap::new();
    while let Some(next) = folders.pop() {
        all.insert(next.clone(), state(&next));
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.insert(path.clone(), state(&path));
            }
        }
    }
    all
}

#[cfg(unix)]
#[test]
fn no_command_touches_its_inputs() {
    let folder = demo();
    let input = folder.path().join("demo/dicom");
    let (bytes, before) = (files(&input), states(&input));
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let copies = |name: &str, more: &[&str]| {
        let to = at(&format!("copies-{name}"));
        let options = [&["--model", "off", "--dicom-copies", &to], more].concat();
        normalize(&input, &folder.path().join(name), &options, 0);
    };
    copies("kept", &[]);
    copies("new", &["--new-uid"]);
    copies("dry", &["--dry-run"]);
    let one = input.join(bytes.keys().next().unwrap());
    let one = one.to_str().unwrap();
    run(&["inventory", input.to_str().unwrap()], 0);
    run(&["correct", "--diff", one], 0);
    run(&["classify", one], 0);
    assert_eq!(files(&input), bytes);
    assert_eq!(states(&input), before);
}
