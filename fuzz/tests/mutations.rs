//! The fuzz targets on seeds with random changes: the same each time, and quick.

use bodysite_fuzz::mutate::{Numbers, mutated};
use bodysite_fuzz::{dicom, knowledge};

/// Every target's seeds with changes of as many kinds as `rounds`.
fn check(seeds: &[Vec<u8>], rounds: u64, target: impl Fn(&[u8])) {
    for (number, seed) in seeds.iter().enumerate() {
        target(seed);
        let mut numbers = Numbers::new(number as u64 + 1);
        for _ in 0..rounds {
            let other = &seeds[numbers.below(seeds.len())];
            target(&mutated(seed, other, &mut numbers));
        }
    }
}

/// The seeds of a target, sorted; empty where `seeds.py` has not been run.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = std::path::PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for tests"))
        .join("seeds")
        .join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|f| f.path())
        .collect();
    files.sort();
    if files.is_empty() {
        eprintln!("skipped: seeds.py has made no seeds for {target}");
    }
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

#[test]
fn scanning_never_panics() {
    check(&seeds("scan"), 300, dicom::scan);
}

#[test]
fn copies_are_copies() {
    check(&seeds("splice"), 300, dicom::splice);
}

#[test]
fn codes_are_read_or_refused() {
    check(&seeds("code"), 2000, knowledge::code);
}

#[test]
fn mapping_sets_are_read_or_refused() {
    check(&seeds("mapping"), 60, knowledge::mapping);
}
