//! `bodysite review list`: the images that want a decision, the most doubtful first.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::path::PathBuf;

use bodysite_core::{
    Answer, Assertion, Attribute, Basis, BodySite, Cursor, Facet, FileRecord, InstanceRecord, IssueCode, Ledger,
    Resolution, Verdict,
};
use bodysite_reconcile::needs_review;
use clap::{Args as ClapArgs, ValueEnum};
use serde_json::{Value, json};

use super::{open, table};
use crate::exit::{Exit, Failure, Outcome};
use crate::terminal::{bold, complain, say};

/// Lists images that want a decision: contradictions and images without an answer, the most doubtful first.
#[derive(ClapArgs)]
#[command(
    after_help = "The CSV has empty columns examined and laterality; fill them and give the file to bodysite review add.\n\nExamples:\n  \
bodysite review list result\n  bodysite review list --database postgres://user@host/db --format csv --most 200 > work.csv"
)]
pub struct Args {
    /// Output folder of earlier runs
    #[arg(
        value_name = "DIR",
        required_unless_present = "database",
        conflicts_with = "database"
    )]
    folder: Option<PathBuf>,
    /// sqlite:PATH or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Only the N most doubtful images
    #[arg(long, value_name = "N")]
    most: Option<usize>,
    /// How images are listed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One row an image, to fill in
    Csv,
    /// One JSON document
    Json,
}

/// Instances a page.
const PAGE: usize = 1000;

/// Why an image wants a look; the gravest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    /// Header and image contradict each other.
    Conflict,
    /// Two header attributes contradict each other.
    Header,
    /// Two sides are named.
    Side,
    /// Nothing answers.
    Unresolved,
}

impl Question {
    fn word(self) -> &'static str {
        match self {
            Question::Conflict => "conflict",
            Question::Header => "header_contradiction",
            Question::Side => "side_contradiction",
            Question::Unresolved => "unresolved",
        }
    }
}

/// One image. Values of the header are not in it, since they can hold names: only what they were read as.
#[derive(Debug)]
struct Item {
    uid: String,
    path: String,
    question: Question,
    header: Vec<String>,
    image: Vec<String>,
    answer: String,
    confidence: Option<f64>,
    because: String,
}

/// What reviewers have decided already: facets by SOP Instance UID.
type Decided = HashMap<String, HashSet<Facet>>;

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let mut store = open(args.database.as_deref(), args.folder.as_ref())?;
    let Some(run) = store.runs().map_err(Failure::fatal)?.pop() else {
        complain("bodysite: there is no run yet");
        return Ok(Exit::Done);
    };
    if run.finished.is_none() {
        complain("bodysite: the last run has not finished; only what it has met so far is listed");
    }
    let mut items = gathered(&mut store, run.run).map_err(Failure::fatal)?;
    items.sort_by(|a, b| {
        let by_doubt = doubt(b).total_cmp(&doubt(a));
        by_doubt
            .then(a.question.cmp(&b.question))
            .then_with(|| a.path.cmp(&b.path))
    });
    let all = items.len();
    items.truncate(args.most.unwrap_or(all));
    say(&match args.format {
        Format::Text => text(&items, all),
        Format::Csv => csv(&items).map_err(Failure::fatal)?,
        Format::Json => format!("{:#}\n", document(&items, all)),
    });
    Ok(Exit::Done)
}

/// As the evaluation ranks doubt: 1 without an answer, otherwise what the confidence leaves open.
fn doubt(item: &Item) -> f64 {
    match item.confidence {
        _ if item.answer.is_empty() => 1.0,
        Some(confidence) => 1.0 - confidence,
        None => 0.5,
    }
}

/// One item an image, be it in several files.
fn gathered(ledger: &mut dyn Ledger, run: i64) -> Result<Vec<Item>, bodysite_core::LedgerError> {
    let mut decided = Decided::new();
    for (uid, assertion) in ledger.reviews()? {
        decided.entry(uid).or_default().insert(assertion.facet);
    }
    let (mut items, mut met) = (Vec::new(), HashSet::new());
    let mut after: Option<Cursor> = None;
    loop {
        let page = ledger.instances_after(run, after.as_ref(), PAGE)?;
        let Some(last) = page.last() else { return Ok(items) };
        after = Some(last.cursor());
        let found = page.iter().filter_map(|record| item(record, &decided));
        items.extend(found.filter(|i| met.insert(i.uid.clone())));
    }
}

fn item(record: &FileRecord, decided: &Decided) -> Option<Item> {
    let instance = record.instance.as_ref()?;
    let uid = instance.header.text(Attribute::SOPInstanceUID)?;
    let is_decided = |facet| decided.get(uid).is_some_and(|facets| facets.contains(&facet));
    let examined = instance.resolutions.iter().find(|r| r.facet == Facet::Examined)?;
    let question = question(instance, examined, &is_decided)?;
    let because = match question {
        Question::Side => instance.resolutions.iter().find(|r| r.facet == Facet::Laterality),
        _ => None,
    };
    Some(Item {
        uid: uid.to_owned(),
        path: record.path.clone(),
        question,
        header: said(&instance.assertions),
        image: said(&instance.image_assertions),
        answer: examined.answer.as_ref().map_or(String::new(), shown),
        confidence: examined.confidence,
        because: because.unwrap_or(examined).because.clone(),
    })
}

fn question(instance: &InstanceRecord, examined: &Resolution, is_decided: &dyn Fn(Facet) -> bool) -> Option<Question> {
    let has = |code| instance.issues.iter().any(|i| i.code == code);
    let asks = needs_review(examined.verdict, &instance.issues);
    let open = !is_decided(Facet::Examined);
    if open && asks && (examined.verdict == Verdict::Conflicting || has(IssueCode::ImageContradiction)) {
        return Some(Question::Conflict);
    }
    if open && asks && has(IssueCode::HeaderContradiction) {
        return Some(Question::Header);
    }
    if has(IssueCode::LateralityConflict) && !is_decided(Facet::Laterality) {
        return Some(Question::Side);
    }
    (open && examined.answer.is_none()).then_some(Question::Unresolved)
}

/// What each source says about part and side, in the order of trust.
fn said(assertions: &[Assertion]) -> Vec<String> {
    let told = assertions
        .iter()
        .filter(|a| matches!(a.facet, Facet::Examined | Facet::Laterality));
    let one = |a: &Assertion| {
        let sure = a
            .confidence
            .map_or(String::new(), |c| format!(" ({:.0} %)", (c * 100.0).clamp(1.0, 99.0)));
        match (&a.basis, a.basis.selector()) {
            (Basis::Classified { .. }, _) => format!("{}{sure}", shown(&a.answer)),
            (_, selector) => format!("{}: {}", selector.unwrap_or("review"), shown(&a.answer)),
        }
    };
    told.map(one).collect()
}

fn shown(answer: &Answer) -> String {
    let name = |s: &BodySite| s.exact.as_ref().unwrap_or(&s.target).display.clone();
    match answer {
        Answer::Sites(sites) => sites.iter().map(name).collect::<Vec<_>>().join(" and "),
        Answer::Side(side) => side.coding().display,
        Answer::View(view) => view.display.clone(),
        Answer::NoMap(reason) => format!("({})", reason.replace('_', " ")),
    }
}

fn text(items: &[Item], all: usize) -> String {
    let mut text = format!("{} images want a decision\n", bold(&all.to_string()));
    for item in items {
        let answer = if item.answer.is_empty() {
            "no answer"
        } else {
            &item.answer
        };
        let _ = writeln!(text, "\n{}  {}  {answer}", bold(&item.path), item.question.word());
        let _ = writeln!(text, "  image      {}", item.uid);
        for (who, said) in [("header", &item.header), ("model", &item.image)] {
            for line in said {
                let _ = writeln!(text, "  {who:<10} {line}");
            }
        }
        let _ = writeln!(text, "  why        {}", item.because);
    }
    if items.len() < all {
        let _ = writeln!(text, "\n… and {} more", all - items.len());
    }
    text
}

fn csv(items: &[Item]) -> anyhow::Result<String> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(table::COLUMNS)?;
    for item in items {
        let cells: [String; 10] = [
            item.uid.clone(),
            String::new(),
            String::new(),
            item.question.word().to_owned(),
            item.path.clone(),
            item.header.join("; "),
            item.image.join("; "),
            item.answer.clone(),
            item.confidence.map_or(String::new(), |c| c.to_string()),
            item.because.clone(),
        ];
        out.write_record(&cells)?;
    }
    Ok(String::from_utf8(out.into_inner()?)?)
}

fn document(items: &[Item], all: usize) -> Value {
    let one = |item: &Item| {
        json!({
            "sop_instance_uid": item.uid,
            "question": item.question.word(),
            "path": item.path,
            "header": item.header,
            "image": item.image,
            "answer": Some(&item.answer).filter(|a| !a.is_empty()),
            "confidence": item.confidence,
            "because": item.because,
        })
    };
    json!({"images": all, "items": items.iter().map(one).collect::<Vec<_>>()})
}
