//! How fast values are mapped, on one core: repeated ones, distinct ones, and the load of the built-in sets.
//!
//! `cargo bench -p bodysite-mapping` prints values a second beside the time of each.

use std::collections::BTreeSet;
use std::hint::black_box;

use bodysite_mapping::{Field, Mapper};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PARTS: &[&str] = &[
    "KNEE",
    "CHEST",
    "HAND",
    "FOOT AP",
    "LWS",
    "genou",
    "Tobillo",
    "ginocchio",
    "mano",
    "ABDOMEN",
    "C-SPINE",
    "SHOLDER",
    "RXKNEE",
    "HÃœFTE",
    "WRIST",
    "pelvis",
    "Schädel",
    "膝関節",
    "грудная клетка",
    "TIB/FIB",
    "UNKNOWN",
    "DR MOREL",
    "Frobnicator",
];
const SIDES: &[&str] = &["", "RT", "left", "R", "L", "bilat"];
const VIEWS: &[&str] = &["", "AP", "LAT", "2 views", "oblique", "PA/LAT", "standing", "portable"];
const BEFORE: &[&str] = &["", "XR", "RX", "X-RAY", "DX"];

/// Values as archives have them: a part with any of side, view, technique and a number.
fn distinct() -> Vec<String> {
    let mut values = BTreeSet::new();
    for part in PARTS {
        for (before, side) in BEFORE.iter().flat_map(|b| SIDES.iter().map(move |s| (b, s))) {
            for (view, number) in VIEWS.iter().flat_map(|v| (1..=3).map(move |n| (v, n))) {
                values.insert(format!("{before} {part} {side} {view} {number}"));
            }
        }
    }
    values.into_iter().collect()
}

fn benches(c: &mut Criterion) {
    let mapper = Mapper::builtin();
    let values = distinct();
    let mut group = c.benchmark_group("values");
    group.sample_size(10);
    let seen = &values[..1000];
    group.throughput(Throughput::Elements(seen.len() as u64));
    group.bench_function("repeated", |b| {
        b.iter(|| {
            seen.iter()
                .filter(|v| mapper.map(black_box(v), Field::Bpe).ambiguous)
                .count()
        });
    });
    group.throughput(Throughput::Elements(values.len() as u64));
    group.bench_function("distinct", |b| {
        b.iter(|| {
            values
                .iter()
                .filter(|v| mapper.map_uncached(black_box(v), Field::Bpe).ambiguous)
                .count()
        });
    });
    group.finish();
    let mut group = c.benchmark_group("sets");
    group.sample_size(10);
    group.bench_function("load", |b| {
        b.iter_batched(|| (), |()| Mapper::load_builtin(), BatchSize::PerIteration)
    });
    group.finish();
}

criterion_group!(mapping, benches);
criterion_main!(mapping);
