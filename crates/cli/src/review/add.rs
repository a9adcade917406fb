//! `bodysite review add`: decisions of a person into the database, all of a file or none.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail, ensure};
use bodysite_core::{Answer, Assertion, Basis, BodySite, Facet, Relationship, Sctid, Side};
use bodysite_store::Store;
use bodysite_terminology::Terminology;
use clap::Args as ClapArgs;
use serde_json::json;

use super::{open, table};
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::terminal::{Format, say};

/// Adds a person's decisions; the next bodysite normalize applies them without reading pixels again.
#[derive(ClapArgs)]
#[command(
    after_help = "FILE.csv has the columns sop_instance_uid, examined (SCTIDs of body parts joined with |, or none) and, if wanted, \
laterality (R, L, B, or none); the other columns of bodysite review list may stay. A row without a decision is passed over. \
Any mistake is named with its row, and then nothing is added.\n\nExamples:\n  \
bodysite review add --result result --reviewer 'A. Radiographer' work.csv\n  \
bodysite review add --database postgres://user@host/db --reviewer radiographer-2 work.csv"
)]
pub struct Args {
    /// Table of decisions
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Who decided; shown with every answer
    #[arg(long, value_name = "NAME")]
    reviewer: String,
    /// sqlite:PATH or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Output folder of earlier runs, in place of --database
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "database",
        conflicts_with = "database"
    )]
    result: Option<PathBuf>,
    /// How the summary is printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// One row with at least one decision.
struct Decision {
    row: u64,
    uid: String,
    answers: Vec<(Facet, Answer)>,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let reviewer = reviewer(&args.reviewer)?;
    let remedy = "mend that row; nothing was added";
    let (decisions, undecided) = read(&args.file).map_err(|e| Failure::usage(e).remedy(remedy))?;
    let mut store = open(args.database.as_deref(), args.result.as_ref())?;
    check_known(&mut store, &args.file, &decisions)?;
    let at = clock::now();
    let reviews: Vec<(String, Assertion)> = decisions.iter().flat_map(|d| assertions(d, reviewer, &at)).collect();
    store.add_reviews(&reviews).map_err(Failure::fatal)?;
    say(&match args.format {
        Format::Json => format!(
            "{:#}\n",
            json!({"images": decisions.len(), "decisions": reviews.len(), "undecided": undecided})
        ),
        Format::Text => format!(
            "{} decisions about {} images added, {undecided} rows without a decision\nNext: run bodysite normalize again\n",
            reviews.len(),
            decisions.len()
        ),
    });
    Ok(Exit::Done)
}

fn reviewer(name: &str) -> Result<&str, Failure> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
        let error = anyhow!("--reviewer is not 1 to 64 characters in one line");
        return Err(Failure::usage(error).remedy("give a name or a role"));
    }
    Ok(name)
}

/// The decisions of a file, and how many rows have none.
fn read(path: &Path) -> anyhow::Result<(Vec<Decision>, usize)> {
    let of_file = || path.display().to_string();
    let mut reader = csv::Reader::from_path(path).with_context(of_file)?;
    let columns = reader.headers().with_context(of_file)?.clone();
    check_columns(&columns).with_context(of_file)?;
    let (mut decisions, mut undecided, mut met) = (Vec::new(), 0, HashMap::new());
    for record in reader.records() {
        let record = record.with_context(of_file)?;
        let row = record.position().map_or(0, csv::Position::line);
        let of_row = || format!("{}, row {row}", path.display());
        let cell = |name: &str| {
            let at = columns.iter().position(|c| c.trim() == name);
            at.and_then(|i| record.get(i)).unwrap_or_default().trim()
        };
        let decision = decision(row, cell(table::UID), cell(table::EXAMINED), cell(table::LATERALITY));
        let Some(decision) = decision.with_context(of_row)? else {
            undecided += 1;
            continue;
        };
        if let Some(first) = met.insert(decision.uid.clone(), row) {
            return Err(anyhow!("the image is decided in row {first} already").context(of_row()));
        }
        decisions.push(decision);
    }
    Ok((decisions, undecided))
}

fn check_columns(columns: &csv::StringRecord) -> anyhow::Result<()> {
    for needed in [table::UID, table::EXAMINED] {
        ensure!(
            columns.iter().any(|c| c.trim() == needed),
            "there is no column {needed}"
        );
    }
    for (at, column) in columns.iter().enumerate() {
        let known = table::COLUMNS.contains(&column.trim());
        ensure!(
            known,
            "column {} ({column:?}) is none of {}",
            at + 1,
            table::COLUMNS.join(", ")
        );
        let again = columns.iter().take(at).any(|c| c.trim() == column.trim());
        ensure!(!again, "column {column} is there twice");
    }
    Ok(())
}

fn decision(row: u64, uid: &str, examined: &str, laterality: &str) -> anyhow::Result<Option<Decision>> {
    let is_uid = uid.len() <= 64 && !uid.is_empty() && uid.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    ensure!(is_uid, "column {}: not a UID", table::UID);
    let sites = sites(examined).with_context(|| format!("column {}", table::EXAMINED))?;
    let side = side(laterality).with_context(|| format!("column {}", table::LATERALITY))?;
    if let (Some(Answer::Sites(sites)), Some(Answer::Side(_))) = (&sites, &side) {
        let paired = |s: &BodySite| Terminology::builtin().is_paired(s.exact.as_ref().unwrap_or(&s.target).code);
        ensure!(
            sites.iter().any(paired),
            "column {}: the body part has no sides",
            table::LATERALITY
        );
    }
    let facets = [(Facet::Examined, sites), (Facet::Laterality, side)];
    let answers: Vec<_> = facets
        .into_iter()
        .filter_map(|(f, answer)| Some((f, answer?)))
        .collect();
    Ok((!answers.is_empty()).then(|| Decision {
        row,
        uid: uid.to_owned(),
        answers,
    }))
}

fn sites(text: &str) -> anyhow::Result<Option<Answer>> {
    match text {
        "" => return Ok(None),
        table::NONE => return Ok(Some(Answer::NoMap(NO_PART.to_owned()))),
        _ => {}
    }
    let mut all: Vec<BodySite> = Vec::new();
    for code in text.split('|').map(str::trim) {
        let id = code.parse::<Sctid>().with_context(|| format!("{code:?} is no SCTID"))?;
        let Some(sites) = Terminology::builtin().sites_of(id) else {
            bail!("{code} is none of the body parts; they are in mappings/concepts.tsv and finer-concepts.tsv");
        };
        for site in sites {
            ensure!(
                !all.iter().any(|s| s.target == site.target),
                "{} is named twice",
                site.target.display
            );
            all.push(site);
        }
    }
    Ok(Some(Answer::Sites(all)))
}

const NO_PART: &str = "no_body_part";

fn side(text: &str) -> anyhow::Result<Option<Answer>> {
    match (text, Side::from_letter(text)) {
        ("", _) => Ok(None),
        (table::NONE, _) => Ok(Some(Answer::NoMap("no_side".to_owned()))),
        (_, Some(side)) => Ok(Some(Answer::Side(side))),
        _ => bail!("{text:?} is none of R, L, B, none"),
    }
}

/// A decision about an image that no run has met is a mistyped UID or the wrong database.
fn check_known(store: &mut Store, file: &Path, decisions: &[Decision]) -> Result<(), Failure> {
    let uids: Vec<&str> = decisions.iter().map(|d| d.uid.as_str()).collect();
    let known = store.known_images(&uids).map_err(Failure::fatal)?;
    let Some(stranger) = decisions.iter().find(|d| !known.contains(&d.uid)) else {
        return Ok(());
    };
    let error = anyhow!(
        "{}, row {}: the database has no image {}",
        file.display(),
        stranger.row,
        stranger.uid
    );
    Err(Failure::usage(error).remedy("name the database of the run that met it; nothing was added"))
}

fn assertions(decision: &Decision, reviewer: &str, at: &str) -> Vec<(String, Assertion)> {
    let claim = |(facet, answer): &(Facet, Answer)| {
        let relationship = match answer {
            Answer::NoMap(_) => Relationship::NoMap,
            _ => Relationship::Equivalent,
        };
        let basis = Basis::Reviewed {
            reviewer: reviewer.to_owned(),
            at: at.to_owned(),
        };
        let assertion = Assertion {
            facet: *facet,
            answer: answer.clone(),
            relationship,
            confidence: None,
            probabilities: Vec::new(),
            basis,
        };
        (decision.uid.clone(), assertion)
    };
    decision.answers.iter().map(claim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_read_strictly() {
        let knee = decision(2, "1.2", "72696002", "L").unwrap().unwrap();
        assert_eq!(knee.answers.len(), 2);
        assert!(decision(2, "1.2", "", "").unwrap().is_none());
        let none = decision(2, "1.2", "none", "").unwrap().unwrap();
        assert_eq!(none.answers[0].1, Answer::NoMap(NO_PART.to_owned()));
        for (uid, examined, side) in [
            ("x", "72696002", ""),
            ("1.2", "72696003", ""),
            ("1.2", "knee", ""),
            ("1.2", "72696002|72696002", ""),
            ("1.2", "72696002", "left"),
            ("1.2", "138875005", ""),
        ] {
            assert!(decision(2, uid, examined, side).is_err(), "{uid} {examined} {side}");
        }
    }

    #[test]
    fn a_side_needs_a_part_that_has_two() {
        let skull = Terminology::builtin().by_key("SK").unwrap().concept.code.to_string();
        assert!(decision(2, "1.2", &skull, "L").is_err());
        assert!(decision(2, "1.2", "", "L").unwrap().is_some());
    }
}
