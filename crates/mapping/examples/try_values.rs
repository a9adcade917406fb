//! Tries values against the mapping sets of a folder, without building them in.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::io::Read;

use bodysite_mapping::{Field, Mapper, evaluate_header_values};
use bodysite_terminology::Terminology;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let mut files = Vec::new();
    for (sub, prefix) in [("", ""), ("lexicon", "lexicon/")] {
        for entry in std::fs::read_dir(format!("{}/{sub}", args[1])).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.ends_with(".tsv") {
                files.push((format!("{prefix}{name}"), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mapper = match Mapper::load(&files, Terminology::builtin()) {
        Ok(mapper) => mapper,
        Err(error) => return println!("{error}"),
    };
    if args[2] == "check" {
        return mapper.check().iter().for_each(|f| println!("{f}"));
    }
    if args[2] == "calibrate" {
        let report = evaluate_header_values(&std::fs::read_to_string(&args[3]).unwrap(), &mapper).unwrap();
        return print!("{}", report.calibration());
    }
    if let Some(csv) = args.get(3) {
        let report = evaluate_header_values(&std::fs::read_to_string(csv).unwrap(), &mapper).unwrap();
        for odd in &report.odd {
            println!(
                "{:?}|{}|{}|want {}|got {}|{}",
                odd.verdict, odd.language, odd.value, odd.wanted, odd.answered, odd.reason
            );
        }
        println!(
            "all {:?}\nmust not map {:?}\nsides {:?}",
            report.all, report.must_not_map, report.laterality
        );
        for (name, group) in [
            ("evidence", &report.by_evidence),
            ("stress", &report.by_stress),
            ("language", &report.by_language),
        ] {
            let cells: Vec<String> = group
                .iter()
                .map(|(k, t)| format!("{k} {}/{}/{}", t.right, t.missed, t.wrong))
                .collect();
            println!("{name}: {}", cells.join(", "));
        }
        return;
    }
    let field: Field = args[2].parse().unwrap();
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).unwrap();
    for line in input.lines() {
        let m = mapper.map(line, field);
        let names: Vec<&str> = m.targets.iter().map(|s| s.target.display.as_str()).collect();
        let steps: Vec<String> = m
            .steps
            .iter()
            .map(|s| {
                format!(
                    "{}:{}{}",
                    s.what,
                    s.text,
                    s.row.as_deref().map(|r| format!("<{r}>")).unwrap_or_default()
                )
            })
            .collect();
        println!(
            "{line} => {} [{}] {} {} {} | {}",
            names.join("+"),
            m.exact.as_ref().map_or("-", |e| &e.display),
            m.laterality.map_or("-", |s| s.letter()),
            m.reason,
            m.evidence,
            steps.join(" ")
        );
    }
}
