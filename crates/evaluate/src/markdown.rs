//! The headline figures as Markdown, for the terminal and for a README.

use std::fmt::Write;

use crate::retrieval::Figures;
use crate::{Examined, Proportion, Report, Section};

pub(crate) fn percent(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |v| format!("{:.1} %", v * 100.0))
}

pub(crate) fn share(p: Proportion) -> String {
    match (p.value, p.low, p.high) {
        (Some(value), Some(low), Some(high)) => {
            format!("{:.1} % ({:.1}–{:.1})", value * 100.0, low * 100.0, high * 100.0)
        }
        _ => "–".to_owned(),
    }
}

pub(crate) fn three(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |v| format!("{v:.3}"))
}

impl Report {
    /// Two tables: accuracy of each source and the retrieval simulation; then the same for each group.
    pub fn to_markdown(&self) -> String {
        let mut text = section(&self.all);
        for group in &self.groups {
            // Writing to a String has no way to fail.
            let _ = write!(
                text,
                "\n### {}: {}\n\n{}",
                group.column,
                group.value,
                section(&group.section)
            );
        }
        text
    }
}

fn section(section: &Section) -> String {
    let mut text = format!("{} images with a reference label\n\n", section.images);
    text +=
        "| examined part | exact (95 %) | of those answered | with part or whole | macro F1 |\n|---|---|---|---|---|\n";
    for examined in &section.examined {
        text += &examined_line(examined);
    }
    if let Some(v) = &section.visible {
        let _ = write!(
            text,
            "\nVisible parts: exact match {}, per label {}, F1 {} micro, {} macro\n",
            share(v.exact_match),
            share(v.label_accuracy),
            three(v.micro_f1),
            three(v.macro_f1)
        );
    }
    text + &retrieval(section)
}

fn examined_line(e: &Examined) -> String {
    format!(
        "| {} | {} | {} | {} | {} |\n",
        e.source.word(),
        share(e.accuracy),
        percent(e.accuracy_answered.value),
        percent(e.accuracy_hierarchical.value),
        three(e.macro_f1)
    )
}

fn retrieval(section: &Section) -> String {
    let r = &section.retrieval;
    let mut text = format!(
        "\n| retrieval | recall | precision | F1 | macro F1 | recall after review of {} images ({} %) | precision | F1 | macro F1 |\n|---|---|---|---|---|---|---|---|---|\n",
        r.reviewed, r.review_percent
    );
    for s in &r.strategies {
        let before = cells(s.micro_before, s.macro_before);
        let after = cells(s.micro_after, s.macro_after);
        let _ = writeln!(text, "| {} |{before}{after}", s.strategy.word());
    }
    text
}

fn cells(micro: Figures, over: Figures) -> String {
    let cells = [micro.recall, micro.precision, micro.f1, over.f1].map(three);
    format!(" {} |", cells.join(" | "))
}
