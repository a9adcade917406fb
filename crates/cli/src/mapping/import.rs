//! `bodysite mapping import`: a terminology team's file to the mapping set of a site, which wins over the shared ones.
//!
//! What cannot be taken is left out and listed with the reason. The set is written only as the strict loader accepts it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use bodysite_core::{Concept, Side};
use bodysite_mapping::{LoadError, Mapper, Mapping, MappingSet, write_sssom};
use bodysite_terminology::Terminology;
use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::format::{Format, omop, text_of};
use super::publish;
use crate::exit::{Exit, Failure, Outcome};
use crate::terminal::{Format as Print, complain, safe, say};

/// Turns a reviewed ConceptMap, Usagi or SSSOM file into the mapping set of a site.
#[derive(ClapArgs)]
#[command(
    after_help = "The set is named site.sssom.tsv in a folder of mapping sets; its words win over the shared ones. Mappings that nobody \
reviewed are left out unless --reviewer says who has, or --unreviewed takes them as they are. Ends with 1 where rows were left out.\n\n\
Examples:\n  bodysite mapping import usagi.csv --out mappings/site.sssom.tsv\n  bodysite mapping import map.json --reviewer 'A. Terminologist' \
--out mappings/site.sssom.tsv"
)]
pub struct Args {
    /// File to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Its format [default: by its ending]
    #[arg(long, value_enum, value_name = "FORMAT")]
    from: Option<Format>,
    /// CONCEPT.csv of an Athena download, for the OMOP concept ids of Usagi
    #[arg(long, value_name = "FILE")]
    omop: Option<PathBuf>,
    /// Who wrote rows that do not say it
    #[arg(long, value_name = "NAME", default_value = "bodysite:import")]
    author: String,
    /// Who checked the rows that do not say it
    #[arg(long, value_name = "NAME")]
    reviewer: Option<String>,
    /// Take rows that nobody has reviewed
    #[arg(long)]
    unreviewed: bool,
    /// Confidence of rows that do not say it
    #[arg(long, value_name = "P", default_value_t = 0.9)]
    confidence: f64,
    /// File of the set [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How the summary is printed
    #[arg(long, value_enum, default_value = "text")]
    format: Print,
}

const CURATED: &str = "semapv:ManualMappingCuration";

/// A mapping that was not taken.
struct Left {
    /// Where it was, in the words of its format.
    place: String,
    subject: String,
    reason: String,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let (set, mut left) = read(args).map_err(|e| Failure::usage(e).remedy("mend that row, or name another --from"))?;
    let (set, refused) = adapted(&set, args);
    left.extend(refused);
    let set = weeded(set, &mut left)?;
    publish(args.out.as_deref(), &write_sssom(&set))?;
    let summary = match args.format {
        Print::Json => format!("{:#}\n", document(&set, &left)),
        Print::Text => text(&set, &left, args.out.as_deref()),
    };
    match args.out {
        Some(_) => say(&summary),
        None => complain(summary.trim_end()),
    }
    Ok(if left.is_empty() { Exit::Done } else { Exit::Findings })
}

fn read(args: &Args) -> anyhow::Result<(MappingSet, Vec<Left>)> {
    let text = text_of(&args.file)?;
    let format = args.from.map_or_else(|| Format::of_file(&args.file, &text), Ok)?;
    let omop = omop(args.omop.as_deref())?;
    let (set, skipped) = format
        .read(&text, &omop)
        .with_context(|| args.file.display().to_string())?;
    let left = skipped.iter().map(|s| Left {
        place: format!("row {}", s.row),
        subject: String::new(),
        reason: format!("its status is {}", s.status),
    });
    Ok((set, left.collect()))
}

/// Every mapping as a set of ours says it, in the order of our sets.
fn adapted(set: &MappingSet, args: &Args) -> (MappingSet, Vec<Left>) {
    let (mut ours, mut left) = (MappingSet::default(), Vec::new());
    let mut spelt: HashMap<String, &Mapping> = HashMap::new();
    for (at, mapping) in (1..).zip(&set.mappings) {
        let taken = adapt(mapping, args).and_then(|ours| {
            let first = *spelt.entry(ours.subject.clone()).or_insert(mapping);
            match first.subject != mapping.subject && first.object != mapping.object {
                true => Err(format!("{:?} says something else", first.subject)),
                false => Ok(ours),
            }
        });
        match taken {
            Ok(mapping) => ours.mappings.push(mapping),
            Err(reason) => left.push(Left {
                place: format!("mapping {at}"),
                subject: mapping.subject.clone(),
                reason,
            }),
        }
    }
    ours.sort();
    ours.metadata = metadata(set);
    (ours, left)
}

fn metadata(set: &MappingSet) -> Vec<(String, String)> {
    let mut metadata = vec![
        (
            "mapping_set_id".to_owned(),
            "https://bodysite.example/mappings/site".to_owned(),
        ),
        ("mapping_set_title".to_owned(), "Words of this site".to_owned()),
    ];
    let kept = ["mapping_set_version", "license"].into_iter();
    metadata.extend(kept.filter_map(|slot| Some((slot.to_owned(), set.slot(slot)?.to_owned()))));
    metadata
}

fn adapt(mapping: &Mapping, args: &Args) -> Result<Mapping, String> {
    let words: Vec<&str> = mapping.subject.split_whitespace().collect();
    let reviewer = match &args.reviewer {
        Some(reviewer) if mapping.reviewer.is_empty() => reviewer.clone(),
        _ => mapping.reviewer.clone(),
    };
    if reviewer.is_empty() && !args.unreviewed {
        return Err("nobody has reviewed it".to_owned());
    }
    if reviewer.is_empty() && !matches!(mapping.justification.as_str(), "" | CURATED) {
        return Err(format!(
            "{} is no curation, and nobody has reviewed it",
            mapping.justification
        ));
    }
    let object = mapping.object.as_ref().map(known).transpose()?;
    Ok(Mapping {
        subject: words.join(" ").to_lowercase(),
        category: category(mapping, object.as_ref()),
        object,
        justification: CURATED.to_owned(),
        author: Some(mapping.author.clone())
            .filter(|a| !a.is_empty())
            .unwrap_or_else(|| args.author.clone()),
        reviewer,
        confidence: mapping.confidence.or(Some(args.confidence)),
        ..mapping.clone()
    })
}

fn side_of(code: &str) -> Option<Side> {
    [Side::Right, Side::Left, Side::Both]
        .into_iter()
        .find(|s| s.coding().code == code)
}

/// The concept as our tables have it; codes that the standard replaced are read as what replaced them.
fn known(object: &Concept) -> Result<Concept, String> {
    let code = object.code.to_string();
    if let Some(side) = side_of(&code) {
        let display = side.coding().display;
        return Ok(Concept {
            display,
            ..object.clone()
        });
    }
    let terminology = Terminology::builtin();
    let resolved = terminology.resolve_code("SCT", &code);
    let concept = resolved.and_then(|r| terminology.concept(r.sctid));
    concept
        .cloned()
        .ok_or_else(|| format!("{code} is not a concept that we know"))
}

/// A foreign format has no categories: what maps to nothing then never maps, whatever stands beside it.
fn category(mapping: &Mapping, object: Option<&Concept>) -> String {
    match object {
        _ if !mapping.category.is_empty() => mapping.category.clone(),
        None => "ambiguous".to_owned(),
        Some(concept) if side_of(&concept.code.to_string()).is_some() => "side".to_owned(),
        Some(_) => "body-part".to_owned(),
    }
}

/// Takes out, one by one, the rows that the strict loader refuses.
fn weeded(mut set: MappingSet, left: &mut Vec<Left>) -> Result<MappingSet, Failure> {
    while !set.mappings.is_empty() {
        let text = write_sssom(&set);
        let first = text.lines().position(|l| !l.starts_with('#')).unwrap_or(0) as u64 + 2;
        let files = [("site.sssom.tsv".to_owned(), text)];
        let (row, reason) = match Mapper::load(&files, Terminology::builtin()) {
            Ok(_) => break,
            Err(LoadError::Cell {
                row, column, problem, ..
            }) => (row, format!("{column}: {problem}")),
            Err(error) => return Err(Failure::usage(error)),
        };
        let at = usize::try_from(row.saturating_sub(first)).unwrap_or(usize::MAX);
        if at >= set.mappings.len() {
            return Err(Failure::usage(anyhow::anyhow!("site.sssom.tsv, row {row}: {reason}")));
        }
        let mapping = set.mappings.remove(at);
        left.push(Left {
            place: "its row".to_owned(),
            subject: mapping.subject,
            reason,
        });
    }
    Ok(set)
}

fn document(set: &MappingSet, left: &[Left]) -> Value {
    let row = |l: &Left| json!({"place": l.place, "subject": l.subject, "reason": l.reason});
    json!({"taken": set.mappings.len(), "left_out": left.iter().map(row).collect::<Vec<_>>()})
}

fn text(set: &MappingSet, left: &[Left], out: Option<&Path>) -> String {
    let mut text = format!("{} mappings taken, {} left out\n", set.mappings.len(), left.len());
    for l in left {
        text += &format!("  {} {}: {}\n", l.place, safe(&l.subject), safe(&l.reason));
    }
    if let Some(out) = out {
        text += &format!("The set is {}\n", out.display());
    }
    text
}
