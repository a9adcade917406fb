//! Header values against reference answers.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::Context;
use bodysite_mapping::{Report, Tally, evaluate_header_values};
use serde_json::json;

use crate::exit::{Exit, Failure, Outcome};
use crate::mappings;
use crate::terminal::{Format, bold, safe, say};

/// Scores a CSV of labelled values.
pub fn run(csv: &Path, folder: Option<&Path>, format: Format) -> Outcome {
    let mapper = mappings::load(folder)?;
    let name = || csv.display().to_string();
    let text = std::fs::read_to_string(csv)
        .with_context(name)
        .map_err(Failure::usage)?;
    let report = evaluate_header_values(&text, mapper)
        .with_context(name)
        .map_err(Failure::usage)?;
    say(&match format {
        Format::Json => format!("{:#}\n", json!(report)),
        Format::Text => table(&report),
    });
    Ok(Exit::Done)
}

fn table(report: &Report) -> String {
    let mut text = format!(
        "{:<34}{:>7}{:>8}{:>7}{:>9}\n",
        "values", "right", "missed", "wrong", "right %"
    );
    line(&mut text, "all", &report.all);
    line(&mut text, "must not map", &report.must_not_map);
    line(&mut text, "side", &report.laterality);
    group(&mut text, "by stress class", &report.by_stress);
    group(&mut text, "by language", &report.by_language);
    group(&mut text, "by evidence", &report.by_evidence);
    if !report.odd.is_empty() {
        let _ = writeln!(text, "\n{}", bold("not as the reference says"));
    }
    for odd in &report.odd {
        let _ = writeln!(
            text,
            "  {:?} {} {:<32} wanted {} got {} ({})",
            odd.verdict,
            odd.language,
            safe(&odd.value),
            odd.wanted,
            odd.answered,
            odd.reason
        );
    }
    text
}

fn group(text: &mut String, title: &str, tallies: &BTreeMap<String, Tally>) {
    let _ = writeln!(text, "\n{}", bold(title));
    for (name, tally) in tallies {
        line(text, &format!("  {name}"), tally);
    }
}

fn line(text: &mut String, name: &str, tally: &Tally) {
    let share = 100.0 * f64::from(tally.right) / f64::from(tally.total().max(1));
    let _ = writeln!(
        text,
        "{name:<34}{:>7}{:>8}{:>7}{share:>9.1}",
        tally.right, tally.missed, tally.wrong
    );
}
