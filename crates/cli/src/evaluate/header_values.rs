//! Header values against reference answers.

use std::fmt::Write;
use std::path::Path;

use anyhow::Context;
use bodysite_mapping::{Report, evaluate_header_values};
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
        Format::Text => format!("{report}{}", odd(&report)),
    });
    Ok(Exit::Done)
}

/// Values that were not answered as the reference says.
fn odd(report: &Report) -> String {
    let mut text = String::new();
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
