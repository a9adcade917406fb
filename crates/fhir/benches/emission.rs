//! How fast studies of four images become R4 and R5, on one core: facts, ids and the bytes of every resource.
//!
//! `cargo bench -p bodysite-fhir` prints images a second beside the time of 100 studies.

use std::hint::black_box;

use bodysite_core::NormalizedStudy;
use bodysite_fhir::{FhirVersion, IdKey, Options, resources};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

#[path = "../tests/fhir/studies.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod studies;

const STUDIES: usize = 100;
const IMAGES: usize = 4;

fn bytes(studies: &[NormalizedStudy], options: &Options) -> usize {
    let of_study = |study| resources(study, options).unwrap();
    let all = studies.iter().flat_map(of_study);
    all.map(|r| r.json.len()).sum()
}

fn benches(c: &mut Criterion) {
    let studies: Vec<_> = (0..STUDIES).map(|n| studies::ordinary(n, IMAGES)).collect();
    let mut group = c.benchmark_group("studies");
    group.throughput(Throughput::Elements((STUDIES * IMAGES) as u64));
    for (name, version, key) in [
        ("r4", FhirVersion::R4, None),
        ("r5", FhirVersion::R5, None),
        ("r4, keyed ids", FhirVersion::R4, Some(b"0123456789abcdef".to_vec())),
    ] {
        let options = Options {
            version,
            id_key: key.map(|k| IdKey::new(k).unwrap()),
            ..Options::default()
        };
        group.bench_function(name, |b| b.iter(|| bytes(black_box(&studies), &options)));
    }
    group.finish();
}

criterion_group!(emission, benches);
criterion_main!(emission);
