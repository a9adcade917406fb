//! `bodysite mapping diff`: what differs between two states of mapping sets.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use bodysite_mapping::{Difference, MappingSet, OmopConcepts, diff, set_name};
use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::format::{self, text_of};
use crate::exit::{Exit, Failure, Outcome};
use crate::mappings;
use crate::terminal::{Format, bold, safe, say};

/// Lists the mappings that were added, removed and changed between two sets or two folders of sets.
#[derive(ClapArgs)]
#[command(
    after_help = "OLD and NEW are both folders or both files (SSSOM TSV, ConceptMap JSON, Usagi CSV); the word builtin stands for the \
sets that travel in the program.\n\nExamples:\n  bodysite mapping diff builtin mappings\n  bodysite mapping diff old/lexicon/de.sssom.tsv \
de.sssom.tsv --format json"
)]
pub struct Args {
    /// The earlier state
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The later state
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// How differences are printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// The sets of a folder by their names, or the one of a file under no name.
type Sets = BTreeMap<String, MappingSet>;

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let (old, new) = (sets(&args.old)?, sets(&args.new)?);
    if old.contains_key("") != new.contains_key("") {
        let error = anyhow!(
            "one of {} and {} is a folder and one is not",
            args.old.display(),
            args.new.display()
        );
        return Err(Failure::usage(error).remedy("name two folders, or two files"));
    }
    let differences = compare(&old, &new);
    say(&match args.format {
        Format::Json => format!("{:#}\n", document(&differences)),
        Format::Text => text(&differences),
    });
    Ok(Exit::Done)
}

fn sets(place: &Path) -> Result<Sets, Failure> {
    if place.is_file() {
        let set = one(place).map_err(|e| Failure::usage(e).remedy("mend that row"))?;
        return Ok(Sets::from([(String::new(), set)]));
    }
    let builtin = place == Path::new("builtin") && !place.exists();
    let files = mappings::files((!builtin).then_some(place))?;
    let sets = files.iter().filter(|f| set_name(&f.0).is_some());
    let read = |(name, text): &(String, String)| -> Result<(String, MappingSet), Failure> {
        let set = bodysite_mapping::read_sssom(text).with_context(|| place.join(name).display().to_string());
        Ok((
            name.clone(),
            set.map_err(|e| Failure::usage(e).remedy("mend that row"))?,
        ))
    };
    sets.map(read).collect()
}

fn one(path: &Path) -> anyhow::Result<MappingSet> {
    let text = text_of(path)?;
    let format = format::Format::of_file(path, &text)?;
    let (set, _) = format
        .read(&text, &OmopConcepts::default())
        .with_context(|| path.display().to_string())?;
    Ok(set)
}

fn compare(old: &Sets, new: &Sets) -> BTreeMap<String, Difference> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let nothing = MappingSet::default();
    let differs = |name: &String| {
        let of = |sets: &Sets| diff_side(sets, name, &nothing);
        (name.clone(), diff(&of(old), &of(new)))
    };
    let all = names.into_iter().map(differs);
    all.filter(|(_, difference)| !difference.is_empty()).collect()
}

fn diff_side(sets: &Sets, name: &str, nothing: &MappingSet) -> MappingSet {
    sets.get(name).unwrap_or(nothing).clone()
}

fn totals(differences: &BTreeMap<String, Difference>) -> [usize; 3] {
    let mut totals = [0; 3];
    for d in differences.values() {
        for (total, n) in totals.iter_mut().zip([d.added.len(), d.removed.len(), d.changed.len()]) {
            *total += n;
        }
    }
    totals
}

fn document(differences: &BTreeMap<String, Difference>) -> Value {
    let [added, removed, changed] = totals(differences);
    json!({"added": added, "removed": removed, "changed": changed, "sets": differences})
}

fn text(differences: &BTreeMap<String, Difference>) -> String {
    let mut text = String::new();
    for (name, difference) in differences {
        if !name.is_empty() {
            let _ = writeln!(text, "{}", bold(name));
        }
        for line in difference.to_string().lines() {
            let _ = writeln!(text, "{}", safe(line));
        }
    }
    let [added, removed, changed] = totals(differences);
    let _ = writeln!(text, "{added} added, {removed} removed, {changed} changed");
    text
}
