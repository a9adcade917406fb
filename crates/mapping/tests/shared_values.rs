//! The labelled values of the shared terminology folder; runs only where `BODYSITE_SHARED` names it.

use std::path::PathBuf;

use bodysite_mapping::{Mapper, evaluate_header_values};

#[test]
#[expect(
    clippy::print_stderr,
    reason = "a skipped test says so, and misses are listed for whoever runs it"
)]
fn values_of_the_shared_folder_come_out_right() {
    let Some(shared) = std::env::var_os("BODYSITE_SHARED").map(PathBuf::from) else {
        eprintln!("skipped: BODYSITE_SHARED is not set");
        return;
    };
    let path = shared.join("terminology").join("header_variants.csv");
    let table = std::fs::read_to_string(&path).unwrap();
    let report = evaluate_header_values(&table, Mapper::builtin()).unwrap();
    for odd in &report.odd {
        eprintln!("{odd:?}");
    }
    eprintln!(
        "all {:?}\nmust not map {:?}\nsides {:?}",
        report.all, report.must_not_map, report.laterality
    );
    for (class, tally) in report
        .by_evidence
        .iter()
        .chain(&report.by_stress)
        .chain(&report.by_language)
    {
        eprintln!("{class}\t{}\t{}\t{}", tally.right, tally.missed, tally.wrong);
    }
    assert!(f64::from(report.all.right) >= 0.99 * f64::from(report.all.total()));
    assert_eq!(report.all.wrong, 0);
}
