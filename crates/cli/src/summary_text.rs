//! The summary of a run for people.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use bodysite_core::{Reason, Verdict};
use bodysite_pipeline::Report;

use crate::terminal::{bold, safe};

/// Lines of each table.
const SHOWN: usize = 12;

/// The text.
pub fn of(report: &Report, out: &Path) -> String {
    let mut text = String::new();
    let s = &report.summary;
    let mut line = |words: String| {
        text.push_str(&words);
        text.push('\n');
    };
    line(format!(
        "{}  {} done, {} skipped, {} failed",
        bold(&format!("{} files", s.files)),
        s.done,
        s.skipped,
        s.failed
    ));
    line(format!(
        "{}  {} series, {} header values",
        bold(&format!("{} studies", s.studies)),
        s.series,
        report.header_values.len()
    ));
    line(format!(
        "{}  {} unresolved, {} conflicting",
        bold(&format!("{} images resolved", s.resolved)),
        s.unresolved,
        s.conflicting
    ));
    verdicts(&mut text, &report.verdicts);
    values(&mut text, report);
    reasons(&mut text, &report.reasons);
    let _ = writeln!(text, "\nResults are in {}", out.display());
    text
}

fn verdicts(text: &mut String, verdicts: &BTreeMap<Verdict, u64>) {
    let cells: Vec<String> = verdicts.iter().map(|(v, n)| format!("{} {n}", word(*v))).collect();
    if !cells.is_empty() {
        let _ = writeln!(text, "  {}", cells.join(" · "));
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Agreed => "agreed",
        Verdict::Refined => "refined",
        Verdict::HeaderOnly => "header only",
        Verdict::ImageOnly => "image only",
        Verdict::Reviewed => "reviewed",
        Verdict::Conflicting => "conflicting",
        Verdict::Unresolved => "unresolved",
    }
}

fn values(text: &mut String, report: &Report) {
    if report.header_values.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{:>7}  {:<24} answer", "images", "BodyPartExamined");
    for value in report.header_values.iter().take(SHOWN) {
        let answers: Vec<String> = value.answers.iter().map(|(a, n)| format!("{a} {n}")).collect();
        let open = value.images - value.resolved;
        let mut cells = answers;
        if open > 0 {
            cells.push(format!("no answer {open}"));
        }
        let _ = writeln!(
            text,
            "{:>7}  {:<24} {}",
            value.images,
            safe(&value.value),
            cells.join(", ")
        );
    }
    let more = report.header_values.len().saturating_sub(SHOWN);
    if more > 0 {
        let _ = writeln!(text, "{:>7}  … and {more} more values (summary.json)", "");
    }
}

fn reasons(text: &mut String, reasons: &BTreeMap<String, u64>) {
    let told = |status: &str| -> Vec<(String, u64)> {
        let of_status = reasons.iter().filter_map(|(word, n)| {
            let (of, reason) = word.split_once(':')?;
            (of == status).then(|| (reason.to_owned(), *n))
        });
        of_status.collect()
    };
    for status in ["failed", "skipped"] {
        for (reason, n) in told(status) {
            let meaning = Reason::from_word(&reason).map_or("", Reason::text);
            let _ = writeln!(text, "{n:>7}  {status}: {reason} ({meaning})");
        }
    }
}
