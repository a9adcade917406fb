//! `bodysite inventory`: what an archive's headers say, what that maps to, and what maps to nothing.

mod html;
mod table;

use std::path::{Path, PathBuf};

use anyhow::Context;
use bodysite_core::{Attribute, BodySite};
use bodysite_mapping::{Field, Mapped, Mapper};
use bodysite_pipeline::{Count, Inventory, take_inventory};
use clap::{Args as ClapArgs, ValueEnum};
use serde_json::{Value, json};

use crate::exit::{Exit, Failure, Outcome};
use crate::mapping::wants_decision;
use crate::progress::Bar;
use crate::terminal::say;
use crate::{atomic, jobs, mappings, roots, signals};

/// Lists the distinct header values of an archive: how often each occurs, what it maps to and why, what does not map.
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  bodysite inventory archive\n  bodysite inventory archive --format csv --out values.csv\n  \
bodysite inventory archive --format html --out values.html"
)]
pub struct Args {
    /// Folders and files to read
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How values are written
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Write to this file in place of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Worker threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Mapping sets of this folder in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    mappings: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table for people
    Text,
    /// One row a value
    Csv,
    /// One document
    Json,
    /// A self-contained page with a plot of spellings and codes
    Html,
}

/// Unmapped values of an attribute that get suggestions, the most frequent ones.
const SUGGESTED: usize = 2000;

/// One distinct value and what it means.
struct Line {
    attribute: Attribute,
    value: String,
    count: Count,
    mapped: std::sync::Arc<Mapped>,
    suggestions: Vec<String>,
}

impl Line {
    /// The parts it maps to, or the reason why it maps to none.
    fn meaning(&self) -> String {
        if self.mapped.targets.is_empty() {
            return format!("({})", self.mapped.reason.replace('_', " "));
        }
        let names: Vec<&str> = self.mapped.targets.iter().map(|s| s.target.display.as_str()).collect();
        names.join(" and ")
    }

    fn is_mapped(&self) -> bool {
        !self.mapped.targets.is_empty()
    }

    fn modalities(&self) -> String {
        let cells: Vec<String> = self.count.modalities.iter().map(|(m, n)| format!("{m} {n}")).collect();
        cells.join(", ")
    }

    fn as_json(&self) -> Value {
        json!({
            "attribute": self.attribute.keyword(),
            "value": self.value,
            "images": self.count.images,
            "modalities": self.count.modalities,
            "mapped": self.mapped.to_json(),
            "suggestions": self.suggestions,
        })
    }
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    roots::check(&args.paths, &[])?;
    let mapper = mappings::load(args.mappings.as_deref())?;
    let jobs = jobs::wanted(args.jobs);
    let mut bar = Bar::new(None);
    let inventory = take_inventory(&args.paths, jobs, signals::cancel_flag(), &mut bar);
    bar.clear();
    let Some(inventory) = inventory else {
        return Ok(signals::cancelled());
    };
    let lines = understood(&inventory, mapper);
    let text = match args.format {
        Format::Text => table::text(&inventory, &lines),
        Format::Csv => table::csv(&lines).map_err(Failure::fatal)?,
        Format::Json => format!("{:#}\n", document(&inventory, &lines)),
        Format::Html => html::page(&inventory, &lines),
    };
    publish(args.out.as_deref(), &text)?;
    Ok(Exit::Done)
}

fn publish(out: Option<&Path>, text: &str) -> Result<(), Failure> {
    match out {
        None => say(text),
        Some(path) => atomic::write(path, text.as_bytes())
            .with_context(|| path.display().to_string())
            .map_err(Failure::fatal)?,
    }
    Ok(())
}

/// How the mapper reads an attribute's text.
pub fn field_of(attribute: Attribute) -> Field {
    match attribute {
        Attribute::BodyPartExamined => Field::Bpe,
        Attribute::ProtocolName | Attribute::AcquisitionDeviceProcessingDescription => Field::Protocol,
        Attribute::StudyDescription | Attribute::RequestedProcedureDescription => Field::Study,
        _ => Field::Series,
    }
}

/// By attribute, then the most frequent first.
fn understood(inventory: &Inventory, mapper: &Mapper) -> Vec<Line> {
    let mut lines = Vec::new();
    for (attribute, values) in &inventory.values {
        let mut own: Vec<Line> = values
            .iter()
            .map(|(value, count)| line(*attribute, value, count, mapper))
            .collect();
        own.sort_by(|a, b| b.count.images.cmp(&a.count.images).then_with(|| a.value.cmp(&b.value)));
        let unmapped = own.iter_mut().filter(|l| wants_decision(&l.mapped.reason));
        unmapped
            .take(SUGGESTED)
            .for_each(|line| line.suggestions = suggestions(line, mapper));
        lines.extend(own);
    }
    lines
}

fn suggestions(line: &Line, mapper: &Mapper) -> Vec<String> {
    let named = |sites: &[BodySite]| {
        sites
            .iter()
            .map(|s| s.target.display.as_str())
            .collect::<Vec<_>>()
            .join(" and ")
    };
    let found = mapper.suggest(&line.value, 3);
    found.iter().map(|s| named(&s.sites)).collect()
}

fn line(attribute: Attribute, value: &str, count: &Count, mapper: &Mapper) -> Line {
    let mapped = mapper.map(value, field_of(attribute));
    let is_name = mapped.reason == "person_name";
    Line {
        attribute,
        value: if is_name {
            "(a person's name)".to_owned()
        } else {
            value.to_owned()
        },
        count: count.clone(),
        suggestions: Vec::new(),
        mapped,
    }
}

fn document(inventory: &Inventory, lines: &[Line]) -> Value {
    json!({
        "images": inventory.images,
        "other_files": inventory.other_files,
        "values": lines.iter().map(Line::as_json).collect::<Vec<_>>(),
        "cut": inventory.cut.iter().map(|a| a.keyword()).collect::<Vec<_>>(),
    })
}
