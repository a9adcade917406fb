//! `bodysite mapping check`: whether mapping sets load, and how much is in them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use anyhow::anyhow;
use bodysite_mapping::{LoadError, Mapper, MappingSet, read_sssom};
use bodysite_terminology::{Sources, Terminology};
use clap::Args as ClapArgs;
use serde_json::{Value, json};

use crate::exit::{Exit, Failure, Outcome};
use crate::mappings;
use crate::terminal::{Format, bold, say};

/// Loads mapping sets as strictly as every command does, and counts what they hold.
#[derive(ClapArgs)]
#[command(
    after_help = "A broken set ends with 2 and names file, row and column.\n\nExamples:\n  bodysite mapping check\n  \
bodysite mapping check mappings --format json"
)]
pub struct Args {
    /// Folder of mapping sets [default: the built-in ones]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// How counts are printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

type Files = [(String, String)];

/// What one file holds.
struct Counted {
    file: String,
    rows: usize,
    words: usize,
    reviewed: usize,
    categories: BTreeMap<String, usize>,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let files = mappings::files(args.folder.as_deref())?;
    let terminology = terminology(&files)?;
    let mapper = Mapper::load(&files, terminology).map_err(|first| broken(&files, terminology, &first))?;
    let (sets, other) = counted(&files)?;
    say(&match args.format {
        Format::Json => format!("{:#}\n", document(&mapper, &sets, &other)),
        Format::Text => text(&mapper, &sets, &other),
    });
    Ok(Exit::Done)
}

/// The concept tables of the folder, where it has all four; they are checked as strictly as the sets.
fn terminology(files: &Files) -> Result<&'static Terminology, Failure> {
    let text = |name: &str| files.iter().find(|f| f.0 == name).map(|f| f.1.as_str());
    let tables = [
        "concepts.tsv",
        "finer-concepts.tsv",
        "relations.tsv",
        "code-aliases.sssom.tsv",
    ]
    .map(text);
    let [Some(concepts), Some(finer), Some(relations), Some(aliases)] = tables else {
        return Ok(Terminology::builtin());
    };
    let sources = Sources {
        concepts,
        finer,
        relations,
        aliases,
    };
    let loaded = Terminology::load(&sources).map_err(|e| Failure::usage(e).remedy("mend that row"))?;
    Ok(Box::leak(Box::new(loaded)))
}

/// The first fault of every file.
fn broken(files: &Files, terminology: &'static Terminology, first: &LoadError) -> Failure {
    let alone = |file: &(String, String)| match Mapper::load(std::slice::from_ref(file), terminology) {
        Err(error) if !matches!(error, LoadError::Empty) => Some(error.to_string()),
        _ => None,
    };
    let mut faults: Vec<String> = files.iter().filter_map(alone).collect();
    if faults.is_empty() {
        faults.push(first.to_string());
    }
    Failure::usage(anyhow!("{}", faults.join("\n"))).remedy("mend these rows; each file is read up to its first fault")
}

fn counted(files: &Files) -> Result<(Vec<Counted>, Vec<String>), Failure> {
    let (mut sets, mut other) = (Vec::new(), Vec::new());
    for (file, text) in files {
        let is_set = bodysite_mapping::set_name(file).is_some();
        if is_set {
            let set = read_sssom(text).map_err(|e| Failure::usage(anyhow!("{file}: {e}")))?;
            sets.push(count(file, &set));
        } else if file != "calibration.tsv" {
            other.push(file.clone());
        }
    }
    Ok((sets, other))
}

fn count(file: &str, set: &MappingSet) -> Counted {
    let mut categories = BTreeMap::new();
    for mapping in &set.mappings {
        *categories.entry(mapping.category.clone()).or_default() += 1;
    }
    Counted {
        file: file.to_owned(),
        rows: set.mappings.len(),
        words: set.mappings.chunk_by(|a, b| a.subject == b.subject).count(),
        reviewed: set.mappings.iter().filter(|m| !m.reviewer.is_empty()).count(),
        categories,
    }
}

fn document(mapper: &Mapper, sets: &[Counted], other: &[String]) -> Value {
    let set = |s: &Counted| json!({"file": s.file, "rows": s.rows, "words": s.words, "reviewed": s.reviewed, "categories": s.categories});
    json!({
        "version": mapper.version(),
        "rows": mapper.rows().len(),
        "sets": sets.iter().map(set).collect::<Vec<_>>(),
        "other_files": other,
    })
}

fn text(mapper: &Mapper, sets: &[Counted], other: &[String]) -> String {
    let mut text = String::new();
    for set in sets {
        let cells: Vec<String> = set.categories.iter().map(|(c, n)| format!("{c} {n}")).collect();
        let _ = writeln!(
            text,
            "{:<28}{:>7} rows{:>7} words{:>6} reviewed  {}",
            set.file,
            set.rows,
            set.words,
            set.reviewed,
            cells.join(" · ")
        );
    }
    let rows = bold(&format!("{} rows", mapper.rows().len()));
    let _ = writeln!(
        text,
        "{rows} in {} sets, all right; version {}",
        sets.len(),
        mapper.version()
    );
    if !other.is_empty() {
        let _ = writeln!(text, "no mapping sets: {}", other.join(", "));
    }
    text
}
