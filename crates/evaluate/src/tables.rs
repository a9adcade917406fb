//! The report as CSV tables, for a spreadsheet or another program.

use bodysite_core::Sctid;

use crate::report::ImageLine;
use crate::retrieval::{Counts, Figures};
use crate::{Answered, Examined, Group, LabelScore, Proportion, Report, Section, Source};

/// A table under construction; cells are quoted where they must be.
struct Table {
    name: &'static str,
    csv: csv::Writer<Vec<u8>>,
}

impl Table {
    fn new(name: &'static str, columns: &[&str]) -> Table {
        let mut table = Table {
            name,
            csv: csv::Writer::from_writer(Vec::new()),
        };
        table.row(columns.iter().map(|c| (*c).to_owned()));
        table
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        // A writer into memory has no way to fail, and the widths are ours.
        self.csv.write_record(cells).expect("rows have one width");
    }

    fn done(self) -> (&'static str, String) {
        let bytes = self.csv.into_inner().expect("memory takes it");
        (self.name, String::from_utf8(bytes).expect("written from text"))
    }
}

fn number(value: Option<f64>) -> String {
    value.map(|v| format!("{v:.4}")).unwrap_or_default()
}

fn codes(sites: &[Sctid]) -> String {
    let codes: Vec<String> = sites.iter().map(Sctid::to_string).collect();
    codes.join("|")
}

impl Report {
    /// File names and contents: `accuracy.csv`, `labels.csv`, `confusion.csv`, `retrieval.csv`, `images.csv`.
    ///
    /// Only `images.csv` holds paths, and none holds a header value.
    pub fn to_tables(&self) -> Vec<(&'static str, String)> {
        vec![
            self.accuracy(),
            self.labels(),
            self.confusion(),
            self.retrieval(),
            self.images_table(),
        ]
    }

    /// Every section with the column and value it stands for; all images have neither.
    fn sections(&self) -> impl Iterator<Item = ([String; 2], &Section)> {
        let all = ([String::new(), String::new()], &self.all);
        let group = |g: &'_ Group| [g.column.clone(), g.value.clone()];
        std::iter::once(all).chain(self.groups.iter().map(move |g| (group(g), &g.section)))
    }

    fn accuracy(&self) -> (&'static str, String) {
        let columns = [
            "by", "value", "source", "measure", "count", "of", "share", "low95", "high95",
        ];
        let mut table = Table::new("accuracy.csv", &columns);
        for (group, section) in self.sections() {
            for (source, measure, p) in proportions(section) {
                let share = [p.value, p.low, p.high].map(number);
                let counts = [p.count.to_string(), p.of.to_string()];
                let words = [source.to_owned(), measure.to_owned()];
                table.row(group.clone().into_iter().chain(words).chain(counts).chain(share));
            }
        }
        table.done()
    }

    fn labels(&self) -> (&'static str, String) {
        let columns = [
            "by",
            "value",
            "facet",
            "source",
            "code",
            "display",
            "reference",
            "answered",
            "correct",
            "precision",
            "precision_low95",
            "precision_high95",
            "recall",
            "recall_low95",
            "recall_high95",
            "f1",
        ];
        let mut table = Table::new("labels.csv", &columns);
        for (group, section) in self.sections() {
            let examined = section.examined.iter();
            let examined = examined.flat_map(|e| e.labels.iter().map(|l| ("examined", e.source.word(), l)));
            let visible = section.visible.iter().flat_map(|v| &v.labels);
            for (facet, source, label) in examined.chain(visible.map(|l| ("visible", Source::Model.word(), l))) {
                let words = [facet.to_owned(), source.to_owned()];
                table.row(group.clone().into_iter().chain(words).chain(label_cells(label)));
            }
        }
        table.done()
    }

    fn confusion(&self) -> (&'static str, String) {
        let mut table = Table::new("confusion.csv", &["source", "reference", "answer", "images"]);
        for examined in &self.all.examined {
            for cell in &examined.confusion {
                let answer = cell.answer.clone().unwrap_or_default();
                let source = examined.source.word().to_owned();
                table.row([source, cell.reference.clone(), answer, cell.images.to_string()]);
            }
        }
        table.done()
    }

    fn retrieval(&self) -> (&'static str, String) {
        let columns = [
            "by",
            "value",
            "strategy",
            "query",
            "display",
            "reviewed",
            "wanted",
            "found",
            "hits",
            "recall",
            "precision",
            "f1",
        ];
        let mut table = Table::new("retrieval.csv", &columns);
        for (group, section) in self.sections() {
            for score in &section.retrieval.strategies {
                for (query, display, reviewed, counts, figures) in score_lines(score) {
                    let head = [score.strategy.word().to_owned(), query, display, reviewed.to_owned()];
                    let cells = head.into_iter().chain(count_cells(counts)).chain(figure_cells(figures));
                    table.row(group.clone().into_iter().chain(cells));
                }
            }
        }
        table.done()
    }

    fn images_table(&self) -> (&'static str, String) {
        let columns = [
            "path",
            "examined",
            "header",
            "model",
            "model_confidence",
            "reconciled",
            "reconciled_confidence",
            "emitted",
            "verdict",
            "correct",
            "visible",
            "visible_model",
        ];
        let mut table = Table::new("images.csv", &columns);
        for line in &self.images {
            table.row(image_cells(line));
        }
        table.done()
    }
}

fn proportions(section: &Section) -> Vec<(&'static str, &'static str, Proportion)> {
    let of = |e: &Examined| {
        [
            (e.source.word(), "accuracy", e.accuracy),
            (e.source.word(), "accuracy_of_answered", e.accuracy_answered),
            (e.source.word(), "accuracy_hierarchical", e.accuracy_hierarchical),
            (e.source.word(), "answered", e.answered),
        ]
    };
    let mut found: Vec<_> = section.examined.iter().flat_map(of).collect();
    let model = Source::Model.word();
    found.extend(section.top3.map(|p| (model, "top3", p)));
    if let Some(visible) = &section.visible {
        found.push((model, "visible_exact_match", visible.exact_match));
        found.push((model, "visible_label_accuracy", visible.label_accuracy));
    }
    if let Some(side) = section.side {
        found.push((Source::Emitted.word(), "side_accuracy", side.accuracy));
        found.push((Source::Emitted.word(), "side_wrong", side.wrong));
    }
    found.push((Source::Emitted.word(), "flagged_for_review", section.flagged));
    found
}

fn label_cells(label: &LabelScore) -> impl Iterator<Item = String> {
    let (p, r) = (label.precision, label.recall);
    let counts = [r.of, p.of, r.count].map(|n| n.to_string());
    let shares = [p.value, p.low, p.high, r.value, r.low, r.high, label.f1].map(number);
    let words = [label.code.to_string(), label.display.clone()];
    words.into_iter().chain(counts).chain(shares)
}

type ScoreLine = (String, String, &'static str, Option<Counts>, Figures);

fn score_lines(score: &crate::StrategyScore) -> Vec<ScoreLine> {
    let total = |name: &str, reviewed, figures| (name.to_owned(), String::new(), reviewed, None, figures);
    let mut lines = vec![
        total("micro", "before", score.micro_before),
        total("micro", "after", score.micro_after),
        total("macro", "before", score.macro_before),
        total("macro", "after", score.macro_after),
    ];
    for query in &score.queries {
        for (reviewed, counts) in [("before", query.before), ("after", query.after)] {
            let (code, display) = (query.code.to_string(), query.display.clone());
            lines.push((code, display, reviewed, Some(counts), counts.figures()));
        }
    }
    lines
}

fn count_cells(counts: Option<Counts>) -> [String; 3] {
    counts.map_or_else(Default::default, |c| [c.wanted, c.found, c.hits].map(|n| n.to_string()))
}

fn figure_cells(figures: Figures) -> [String; 3] {
    [figures.recall, figures.precision, figures.f1].map(number)
}

fn image_cells(line: &ImageLine) -> Vec<String> {
    let (label, p) = (&line.label, &line.prediction);
    let visible = |sites: Option<Vec<Sctid>>| sites.map(|s| codes(&s)).unwrap_or_default();
    let seen = p.visible.as_ref().map(|v| v.iter().map(|s| s.code).collect());
    let answer = |a: &Answered| codes(&a.sites);
    vec![
        p.path.clone(),
        codes(&label.examined),
        answer(&p.header),
        answer(&p.model),
        number(p.model.confidence),
        answer(&p.reconciled),
        number(p.reconciled.confidence),
        answer(&p.emitted),
        word(p.verdict),
        u8::from(p.reconciled.sites == label.examined).to_string(),
        visible(label.visible.clone()),
        visible(seen),
    ]
}

fn word(verdict: bodysite_core::Verdict) -> String {
    let value = serde_json::to_value(verdict).expect("a unit variant");
    value.as_str().unwrap_or_default().to_owned()
}
