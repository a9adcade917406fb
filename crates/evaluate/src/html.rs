//! The report as one HTML page: tables and plots, no script, nothing loaded from elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use bodysite_terminology::Terminology;

use crate::markdown::{percent, share, three};
use crate::retrieval::Figures;
use crate::svg::{Heat, Line, Plot};
use crate::{Examined, LabelScore, Report, Section, Source};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1c2833}\
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}\
th,td{padding:.25rem .6rem;border-bottom:1px solid #d5d8dc;text-align:right}td{white-space:nowrap}\
th:first-child,td:first-child{text-align:left}thead th{border-bottom:2px solid #1c2833}\
svg text{font:10px system-ui,sans-serif;fill:#1c2833}svg{margin-right:1.5rem}\
.grid{stroke:#d5d8dc;stroke-width:.6;fill:none}.even{stroke:#808b96;stroke-dasharray:4 3;fill:none}\
dt{font-weight:600}.scroll{overflow-x:auto}";

impl Report {
    /// The page. Holds no path and no header value.
    pub fn to_html(&self, terminology: &Terminology) -> String {
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>bodysite: evaluation</title>\
             <style>{STYLE}</style></head><body>\n<h1>Evaluation against reference labels</h1>\n"
        );
        page += &whole(&self.all, self.unlabelled, terminology);
        for group in &self.groups {
            let (column, value) = (escaped(&group.column), escaped(&group.value));
            let _ = write!(page, "<h2>{column}: {value}</h2>\n{}", short(&group.section));
        }
        page + "</body></html>\n"
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let cells = |tag: &str, cells: &[String]| -> String {
        cells.iter().map(|c| format!("<{tag}>{}</{tag}>", escaped(c))).collect()
    };
    let head: Vec<String> = head.iter().map(|h| (*h).to_owned()).collect();
    let body: String = rows.map(|r| format!("<tr>{}</tr>\n", cells("td", &r))).collect();
    format!(
        "<div class=\"scroll\"><table><thead><tr>{}</tr></thead><tbody>\n{body}</tbody></table></div>\n",
        cells("th", &head)
    )
}

fn short(section: &Section) -> String {
    format!(
        "<p>{} images. The run flags {} for a person.</p>\n{}{}{}",
        section.images,
        share(section.flagged),
        accuracy(section),
        visible(section),
        retrieval(section)
    )
}

fn whole(section: &Section, unlabelled: usize, terminology: &Terminology) -> String {
    let values = section.header_values;
    let mut page = format!(
        "<p>{unlabelled} images have no reference label and are left out. {} distinct values of Body Part Examined \
         ({} of them on images whose header gives an answer; {} images have none) become {} concepts; the reference \
         has {}. Intervals are 95 % Wilson intervals.</p>\n",
        values.values, values.values_mapped, values.empty_images, values.codes, values.codes_reference
    );
    page += &short(section);
    page += &definitions(section);
    page += &plots(section);
    for source in [Source::Model, Source::Reconciled] {
        let answers = section.source(source).filter(|e| e.answered.count > 0);
        page += &answers.map(|e| details(e, terminology)).unwrap_or_default();
    }
    page + &queries(section)
}

fn accuracy(section: &Section) -> String {
    let row = |e: &Examined| {
        vec![
            e.source.word().to_owned(),
            share(e.accuracy),
            share(e.accuracy_answered),
            percent(e.answered.value),
            percent(e.accuracy_hierarchical.value),
            three(e.macro_recall),
            three(e.macro_precision),
            three(e.macro_f1),
        ]
    };
    let head = [
        "examined part",
        "exact",
        "exact, of answered",
        "answered",
        "exact, part or whole",
        "macro recall",
        "macro precision",
        "macro F1",
    ];
    table(&head, section.examined.iter().map(row))
}

fn visible(section: &Section) -> String {
    let mut text = String::new();
    if let Some(v) = &section.visible {
        let _ = writeln!(
            text,
            "<p>Visible parts: exact match {}, per label {}, F1 {} micro and {} macro, over {} images.</p>",
            share(v.exact_match),
            share(v.label_accuracy),
            three(v.micro_f1),
            three(v.macro_f1),
            v.exact_match.of
        );
    }
    if let Some(s) = section.side {
        let _ = writeln!(
            text,
            "<p>Side: right {}, wrong {}.</p>",
            share(s.accuracy),
            share(s.wrong)
        );
    }
    text
}

fn figures(micro: Figures, over: Figures) -> Vec<String> {
    let all = [
        micro.recall,
        micro.precision,
        micro.f1,
        over.recall,
        over.precision,
        over.f1,
    ];
    all.map(three).into()
}

fn retrieval(section: &Section) -> String {
    let r = &section.retrieval;
    let head = [
        "strategy",
        "recall",
        "precision",
        "F1",
        "macro recall",
        "macro precision",
        "macro F1",
    ];
    let before = r.strategies.iter().map(|s| {
        [
            vec![s.strategy.word().to_owned()],
            figures(s.micro_before, s.macro_before),
        ]
        .concat()
    });
    let after = r.strategies.iter().map(|s| {
        [
            vec![s.strategy.word().to_owned()],
            figures(s.micro_after, s.macro_after),
        ]
        .concat()
    });
    format!(
        "<h3>Retrieval, nothing reviewed</h3>\n{}<h3>Retrieval, {} images ({} %) reviewed</h3>\n{}",
        table(&head, before),
        r.reviewed,
        r.review_percent,
        table(&head, after)
    )
}

fn definitions(section: &Section) -> String {
    let mut text = String::from(
        "<h3>How the retrieval simulation works</h3>\n<p>Each of the 36 concepts is a query. It wants every image \
         whose reference label is the concept or lies in it, and finds an image when an answer is the concept or \
         lies in it. Micro figures add up the counts of all queries; macro figures are means over the queries that \
         want an image, with precision 0 where such a query finds none. The review takes the same images for every \
         strategy: those without a reconciled answer first, then those with the lowest reconciled confidence; a \
         reviewed image counts with its reference label.</p>\n<dl>",
    );
    for s in &section.retrieval.strategies {
        let _ = writeln!(text, "<dt>{}</dt><dd>{}</dd>", s.strategy.word(), s.definition);
    }
    text + "</dl>\n"
}

fn plots(section: &Section) -> String {
    let calibration: Vec<Line> = section
        .calibration
        .iter()
        .map(|c| Line {
            name: format!("{} (ECE {:.3}, Brier {:.3})", c.source.word(), c.ece, c.brier),
            points: c.bins.iter().map(|b| (b.confidence, b.accuracy)).collect(),
            shares: c.bins.iter().map(|b| b.images as f64 / c.images as f64).collect(),
        })
        .collect();
    let coverage: Vec<Line> = section
        .coverage
        .iter()
        .map(|c| Line {
            name: format!("{} (mean risk {:.4})", c.source.word(), c.mean_risk),
            points: c.points.iter().map(|p| (p.coverage, p.risk)).collect(),
            shares: Vec::new(),
        })
        .collect();
    let most = coverage.iter().flat_map(|l| &l.points).map(|p| p.1).fold(0.0, f64::max);
    let curve = Plot {
        title: "Calibration curve",
        across: "confidence",
        up: "share right",
        top: 1.0,
        diagonal: true,
        lines: &calibration,
    };
    let risk = Plot {
        title: "Coverage and risk",
        across: "share of images answered",
        up: "share wrong",
        top: (most * 20.0).ceil().max(1.0) / 20.0,
        diagonal: false,
        lines: &coverage,
    };
    format!(
        "<h3>Calibration, coverage and risk</h3>\n<p>Left, how often answers of a confidence are right; the area of a \
         point is the share of the answers it stands for. Right, how many answers are wrong when the least confident \
         are given up.</p>\n{}\n{}\n",
        curve.svg(),
        risk.svg()
    )
}

fn details(examined: &Examined, terminology: &Terminology) -> String {
    let row = |l: &LabelScore| {
        vec![
            l.display.clone(),
            l.recall.of.to_string(),
            l.precision.of.to_string(),
            share(l.precision),
            share(l.recall),
            three(l.f1),
        ]
    };
    let head = ["label", "reference", "answered", "precision", "recall", "F1"];
    format!(
        "<h3>Labels: {}</h3>\n{}<p>Images by reference label (rows) and answer (columns); the shade is the share of the \
         row. Labels that occur in neither are left out.</p>\n<div class=\"scroll\">{}</div>\n",
        examined.source.word(),
        table(&head, examined.labels.iter().map(row)),
        heat(examined, terminology)
    )
}

/// Several parts at once have a row and a column of their own.
fn heat(examined: &Examined, terminology: &Terminology) -> String {
    let targets = terminology.targets();
    let (several, none) = (targets.len(), targets.len() + 1);
    let place = |codes: &str| {
        let found = targets.iter().position(|t| t.concept.code.to_string() == codes);
        found.unwrap_or(several)
    };
    let mut cells: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for c in &examined.confusion {
        let column = c.answer.as_deref().map_or(none, place);
        *cells.entry((place(&c.reference), column)).or_default() += c.images;
    }
    // One list for both sides, so that right answers lie on the diagonal.
    let used: BTreeSet<usize> = cells.keys().flat_map(|(row, column)| [*row, *column]).collect();
    let used: Vec<usize> = used.into_iter().collect();
    let name = |at: &usize| match targets.get(*at) {
        Some(target) => target.concept.display.clone(),
        None if *at == several => "(several)".to_owned(),
        None => "(no answer)".to_owned(),
    };
    let columns: Vec<String> = used.iter().map(name).collect();
    let rows: Vec<String> = used.iter().filter(|at| **at != none).map(name).collect();
    let drawn = |at: usize| used.iter().position(|u| *u == at).unwrap_or(0);
    let cells: Vec<(usize, usize, usize)> = cells
        .iter()
        .map(|((row, column), images)| (drawn(*row), drawn(*column), *images))
        .collect();
    Heat {
        title: &format!("Confusion matrix of {}", examined.source.word()),
        rows: &rows,
        columns: &columns,
        cells: &cells,
    }
    .svg()
}

fn queries(section: &Section) -> String {
    let head = [
        "query",
        "wanted",
        "recall",
        "precision",
        "F1",
        "recall after review",
        "precision",
        "F1",
    ];
    let mut text = String::new();
    for s in &section.retrieval.strategies {
        let row = |q: &crate::QueryScore| {
            let (before, after) = (q.before.figures(), q.after.figures());
            let shares = [
                before.recall,
                before.precision,
                before.f1,
                after.recall,
                after.precision,
                after.f1,
            ];
            let words = vec![q.display.clone(), q.before.wanted.to_string()];
            [words, shares.map(three).into()].concat()
        };
        let _ = write!(
            text,
            "<details><summary>Queries: {}</summary>\n{}</details>\n",
            s.strategy.word(),
            table(&head, s.queries.iter().map(row))
        );
    }
    text
}
