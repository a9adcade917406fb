//! What the fuzz targets hold to be true, on small instances with random changes that are the same each time.

#[path = "../../../fuzz/src/dicom.rs"]
mod dicom;
mod instance;
#[path = "../../../fuzz/src/mutate.rs"]
mod mutate;

use instance::Instance;
use mutate::{Numbers, mutated};

fn seeds() -> Vec<Vec<u8>> {
    let mut instances = Vec::new();
    for syntax in [
        instance::EXPLICIT,
        instance::IMPLICIT,
        instance::BIG_ENDIAN,
        instance::DEFLATED,
    ] {
        let mut instance = Instance::new();
        instance.transfer_syntax = syntax;
        instance.size(2, 2).pixels(&[1, 2, 3, 4]);
        instances.push(instance.clone());
        instance.items(
            (0x0008, 0x2218),
            &[&[((0x0008, 0x0100), "SH", b"51185008"), ((0x0008, 0x0102), "SH", b"SCT")]],
        );
        instance.items((0x0400, 0x0561), &[&[((0x0400, 0x0565), "CS", b"COERCE")]]);
        let refers: &[(_, _, &[u8])] = &[((0x0008, 0x1155), "UI", b"2.25.9")];
        instance.items((0x0008, 0x1140), &[refers, refers]);
        instances.push(instance);
    }
    let mut compressed = Instance::new();
    compressed.fragments(instance::RLE, &[0], &[&[0; 64], &[1, 2]]);
    instances.push(compressed);
    instances.iter().map(Instance::build).collect()
}

fn check(rounds: usize, property: impl Fn(&[u8])) {
    let seeds = seeds();
    let mut numbers = Numbers::new(2026);
    for round in 0..rounds {
        let (seed, other) = (&seeds[round % seeds.len()], &seeds[numbers.below(seeds.len())]);
        property(&mutated(seed, other, &mut numbers));
    }
}

#[test]
fn scanning_ends_in_a_header_or_a_reason() {
    check(20_000, dicom::scan);
}

#[test]
fn a_copy_of_anything_is_a_copy() {
    check(20_000, dicom::splice);
}
