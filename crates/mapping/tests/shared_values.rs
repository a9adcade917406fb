//! The labelled values of the shared terminology folder; runs only where `BODYSITE_SHARED` names it.

use std::path::PathBuf;

use bodysite_core::Sctid;
use bodysite_mapping::{Field, Mapper, evaluate_header_values};
use bodysite_terminology::Terminology;

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn shared(file: &str) -> Option<String> {
    let Some(shared) = std::env::var_os("BODYSITE_SHARED").map(PathBuf::from) else {
        eprintln!("skipped: BODYSITE_SHARED is not set");
        return None;
    };
    Some(std::fs::read_to_string(shared.join("terminology").join(file)).unwrap())
}

/// PS3.16 Annex L, as others have it: a term whose concept we know comes out as that concept, with the targets that
/// its code has; any other says no finer concept than a target.
#[test]
fn every_defined_term_means_its_own_concept() {
    let Some(table) = shared("ps3_16_annex_l.csv") else {
        return;
    };
    let (terminology, mapper) = (Terminology::builtin(), Mapper::builtin());
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let mut known = 0;
    for row in rows.records() {
        let row = row.unwrap();
        if &row[1] != "SCT" || row[3].is_empty() {
            continue;
        }
        let (code, term) = (row[0].parse::<Sctid>().unwrap(), &row[3]);
        let mapped = mapper.map(term, Field::Bpe);
        let exact = mapped.exact.as_ref().map(|c| c.code);
        let targets: Vec<Sctid> = mapped.targets.iter().map(|s| s.target.code).collect();
        match terminology.sites_of(code) {
            Some(sites) => {
                known += 1;
                assert_eq!(exact, Some(code), "{term}");
                assert_eq!(
                    targets,
                    sites.iter().map(|s| s.target.code).collect::<Vec<_>>(),
                    "{term}"
                );
            }
            None => assert!(exact.is_none_or(|e| targets == [e]), "{term}: {exact:?}"),
        }
    }
    assert!(known >= 80, "only {known} terms were compared");
}

#[test]
#[expect(clippy::print_stderr, reason = "misses are listed for whoever runs it")]
fn values_of_the_shared_folder_come_out_right() {
    let Some(table) = shared("header_variants.csv") else {
        return;
    };
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
