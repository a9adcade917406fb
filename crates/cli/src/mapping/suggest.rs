//! `bodysite mapping suggest`: what unmapped values may mean, for the terminology team to decide.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bodysite_core::{Concept, Relationship};
use bodysite_mapping::{Field, Mapper, Mapping, MappingSet, OmopConcepts, Suggestion, write_sssom, write_usagi};
use bodysite_pipeline::INVENTORIED;
use bodysite_store::Store;
use clap::{Args as ClapArgs, ValueEnum};
use serde_json::{Value, json};

use super::format::omop;
use super::publish;
use crate::exit::{Exit, Failure, Outcome};
use crate::inventory::field_of;
use crate::terminal::{bold, complain, safe};
use crate::{mappings, normalize, status};

/// Ranks what values that map to nothing may mean, as a list or as a skeleton for the terminology team.
#[derive(ClapArgs)]
#[command(
    after_help = "Suggestions never map by themselves: a skeleton does not load until a person has decided each row. Values that \
look like a person's name are counted and not written.\n\nExamples:\n  bodysite mapping suggest KNEIGELENK '1ST DIGIT'\n  \
bodysite mapping suggest --result result --format usagi --out unmapped.csv"
)]
pub struct Args {
    /// Values to look at
    #[arg(value_name = "TEXT", required_unless_present_any = ["result", "database"], conflicts_with_all = ["result", "database"])]
    texts: Vec<String>,
    /// Look at the unmapped values of the last run with this output folder
    #[arg(long, value_name = "DIR", conflicts_with = "database")]
    result: Option<PathBuf>,
    /// Look at the unmapped values of the last run in sqlite:PATH or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Suggestions a value
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=20))]
    most: u16,
    /// How suggestions are written
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// CONCEPT.csv of an Athena download, for the OMOP concept ids of Usagi
    #[arg(long, value_name = "FILE")]
    omop: Option<PathBuf>,
    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Mapping sets of this folder in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    mappings: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// SSSOM TSV, one row a suggestion
    Sssom,
    /// Usagi CSV, one row a value with its best suggestion
    Usagi,
}

/// A value without a meaning.
struct Asked {
    text: String,
    images: Option<u64>,
    reason: String,
    suggestions: Vec<Suggestion>,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let mapper = mappings::load(args.mappings.as_deref())?;
    let omop = omop(args.omop.as_deref()).map_err(Failure::usage)?;
    let asked = match store(args)? {
        None => args
            .texts
            .iter()
            .map(|t| asked(mapper, args, t, None, Field::Bpe))
            .collect(),
        Some(mut store) => unmapped(&mut store, mapper, args)?,
    };
    let text = match args.format {
        Format::Text => asked.iter().map(text).collect(),
        Format::Json => format!("{:#}\n", Value::from(asked.iter().map(document).collect::<Vec<_>>())),
        Format::Sssom => write_sssom(&skeleton(&asked, usize::MAX)),
        Format::Usagi => usagi(&asked, &omop),
    };
    publish(args.out.as_deref(), &text)?;
    Ok(Exit::Done)
}

fn store(args: &Args) -> Result<Option<Store>, Failure> {
    let url = match (&args.database, &args.result) {
        (Some(url), _) => url.clone(),
        (None, Some(folder)) => status::of_folder(folder)?,
        (None, None) => return Ok(None),
    };
    normalize::open(&url).map(Some)
}

fn asked(mapper: &Mapper, args: &Args, text: &str, images: Option<u64>, field: Field) -> Asked {
    let mapped = mapper.map(text, field);
    Asked {
        text: text.to_owned(),
        images,
        reason: mapped.reason.clone(),
        suggestions: mapper.suggest(text, usize::from(args.most)),
    }
}

/// The values of the last run that a decision could help, the most frequent first.
fn unmapped(store: &mut Store, mapper: &Mapper, args: &Args) -> Result<Vec<Asked>, Failure> {
    let Some(run) = store.runs().map_err(Failure::fatal)?.last().map(|r| r.run) else {
        return Ok(Vec::new());
    };
    let (mut values, mut names) = (BTreeMap::<String, (u64, Field)>::new(), 0u64);
    for attribute in INVENTORIED {
        let field = field_of(attribute);
        for (value, images) in store.header_values(run, attribute).map_err(Failure::fatal)? {
            let mapped = mapper.map(&value, field);
            if mapped.reason == "person_name" {
                names += 1;
            } else if wants_decision(&mapped.reason) {
                values.entry(value).or_insert((0, field)).0 += images;
            }
        }
    }
    if names > 0 {
        complain(&format!("{names} values look like a person's name and are left out"));
    }
    let mut order: Vec<(String, (u64, Field))> = values.into_iter().collect();
    order.sort_by(|a, b| b.1.0.cmp(&a.1.0).then_with(|| a.0.cmp(&b.0)));
    let all = order
        .iter()
        .map(|(text, (images, field))| asked(mapper, args, text, Some(*images), *field));
    Ok(all.collect())
}

/// A value that says nothing, or that is known to be out of scope, needs no row.
pub fn wants_decision(reason: &str) -> bool {
    matches!(reason, "unknown_word" | "ambiguous" | "unknown_code")
}

fn names(suggestion: &Suggestion) -> String {
    let names: Vec<&str> = suggestion.sites.iter().map(|s| s.target.display.as_str()).collect();
    names.join(" and ")
}

fn text(asked: &Asked) -> String {
    let images = asked.images.map_or(String::new(), |n| format!("  {n} images"));
    let mut text = format!(
        "{}{images}  ({})\n",
        bold(&safe(&asked.text)),
        asked.reason.replace('_', " ")
    );
    for suggestion in &asked.suggestions {
        text += &format!(
            "  {:.3}  {}  by {}\n",
            suggestion.likeness,
            names(suggestion),
            suggestion.row
        );
    }
    if asked.suggestions.is_empty() {
        text += "  nothing is like it\n";
    }
    text
}

fn document(asked: &Asked) -> Value {
    json!({
        "text": asked.text,
        "images": asked.images,
        "reason": asked.reason,
        "suggestions": asked.suggestions,
    })
}

/// Rows that a person has to decide: no justification that our loader takes, and no reviewer.
fn skeleton(asked: &[Asked], most: usize) -> MappingSet {
    let mut set = MappingSet {
        metadata: vec![(
            "mapping_set_title".to_owned(),
            "Suggestions for unmapped values".to_owned(),
        )],
        mappings: Vec::new(),
    };
    for value in asked {
        let of_value = value.suggestions.iter().take(most).flat_map(|s| rows(value, s));
        let before = set.mappings.len();
        set.mappings.extend(of_value);
        if set.mappings.len() == before {
            set.mappings.push(row(value, None, None, String::new()));
        }
    }
    set
}

fn rows(value: &Asked, suggestion: &Suggestion) -> Vec<Mapping> {
    let said = |site: &bodysite_core::BodySite| {
        let concept = site.exact.clone().unwrap_or_else(|| site.target.clone());
        let like = format!("like {}", suggestion.row);
        row(value, Some(concept), Some(suggestion.likeness), like)
    };
    suggestion.sites.iter().map(said).collect()
}

fn row(value: &Asked, object: Option<Concept>, likeness: Option<f64>, like: String) -> Mapping {
    let images = value.images.map(|n| format!("{n} images"));
    let comment = [images, Some(like).filter(|l| !l.is_empty())];
    Mapping {
        subject: value.text.clone(),
        category: if object.is_some() { "body-part" } else { "ambiguous" }.to_owned(),
        relationship: if object.is_some() {
            Relationship::Equivalent
        } else {
            Relationship::NoMap
        },
        justification: if object.is_some() {
            "semapv:LexicalSimilarityThresholdMatching".to_owned()
        } else {
            "semapv:UnspecifiedMatching".to_owned()
        },
        object,
        author: "bodysite:suggest".to_owned(),
        reviewer: String::new(),
        confidence: likeness,
        comment: comment.into_iter().flatten().collect::<Vec<_>>().join("; "),
    }
}

/// Usagi sorts its work by `sourceFrequency`.
fn usagi(asked: &[Asked], omop: &OmopConcepts) -> String {
    let plain = write_usagi(&skeleton(asked, 1), omop);
    let images: BTreeMap<&str, u64> = asked
        .iter()
        .filter_map(|a| Some((a.text.as_str(), a.images?)))
        .collect();
    let mut reader = csv::Reader::from_reader(plain.as_bytes());
    let columns = reader.headers().cloned().unwrap_or_default();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut put = |record: &csv::StringRecord| {
        // Writing to memory does not fail.
        let _ = writer.write_record(record);
    };
    put(&columns);
    for record in reader.records().filter_map(Result::ok) {
        let count = images
            .get(record.get(1).unwrap_or_default())
            .copied()
            .unwrap_or(0)
            .to_string();
        let cells = columns.iter().zip(record.iter());
        let counted = cells.map(|(name, cell)| {
            if name == "sourceFrequency" {
                count.as_str()
            } else {
                cell
            }
        });
        put(&counted.collect());
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
