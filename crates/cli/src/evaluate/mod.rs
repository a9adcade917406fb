//! `bodysite evaluate`: answers against reference labels, and header values against reference answers.

mod header_values;
mod predict;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use bodysite_evaluate::{Labels, Options, Prediction};
use bodysite_pipeline::Classify;
use bodysite_reconcile::Policy;
use bodysite_terminology::Terminology;
use clap::Args as ClapArgs;

use crate::exit::{Exit, Failure, Outcome};
use crate::image_model::{self, Eyes};
use crate::terminal::{Format, say};
use crate::{atomic, jobs, mappings, roots, signals};
use predict::Predictor;

/// Scores answers against reference labels: accuracy, calibration, and retrieval by header, model and both.
#[derive(ClapArgs)]
#[command(
    after_help = "CSV has the columns path, examined, visible (SCTIDs, | between several, empty where unknown); further columns are \
kept for --by. Paths are matched by their ends, and may be DICOM, PNG or JPEG.\n\nExamples:\n  \
bodysite evaluate --labels archive/truth.csv archive/dicom --out report\n  \
bodysite evaluate --labels truth.csv --results result --by group\n  bodysite evaluate --header-values header_variants.csv"
)]
pub struct Args {
    /// Reference labels
    #[arg(long, value_name = "CSV", required_unless_present = "header_values")]
    labels: Option<PathBuf>,
    /// Reference answers for header values (columns raw_value, language, field, snomed_id, …)
    #[arg(long, value_name = "CSV", conflicts_with_all = ["labels", "results", "paths"])]
    header_values: Option<PathBuf>,
    /// Folders and files to answer now [default: the folder of the labels]
    #[arg(value_name = "PATH", conflicts_with = "results")]
    paths: Vec<PathBuf>,
    /// Output folder of `normalize`, whose answers are scored
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    /// Break down by this further column of the labels; may be given again
    #[arg(long, value_name = "COLUMN")]
    by: Vec<String>,
    /// Share of the images, in percent, that a person looks at in the retrieval simulation
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0, value_parser = percent)]
    review: f64,
    /// Write report.json, report.html and CSV tables into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Image model: a folder, or off [default: the built-in one]
    #[arg(long, value_name = "DIR|off")]
    model: Option<PathBuf>,
    /// Mapping sets of this folder in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    mappings: Option<PathBuf>,
    /// Worker threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// How the report is printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

fn percent(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
    if (0.0..=100.0).contains(&value) {
        Ok(value)
    } else {
        Err("a percentage lies between 0 and 100".to_owned())
    }
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    if let Some(csv) = &args.header_values {
        return header_values::run(csv, args.mappings.as_deref(), args.format);
    }
    let Some(path) = &args.labels else {
        return Err(Failure::usage(anyhow!("no labels")));
    };
    let labels = read_labels(path)?;
    let Some(predictions) = predictions(args, path, &labels)? else {
        return Ok(signals::cancelled());
    };
    let options = Options {
        by: args.by.clone(),
        review_percent: args.review,
    };
    let report = bodysite_evaluate::evaluate(&labels, &predictions, &options, Terminology::builtin())
        .with_context(|| path.display().to_string())
        .map_err(Failure::usage)?;
    if let Some(out) = &args.out {
        write(out, &report).map_err(Failure::fatal)?;
    }
    say(&match args.format {
        Format::Json => format!("{}\n", report.to_json()),
        Format::Text => report.to_markdown(),
    });
    Ok(Exit::Done)
}

fn read_labels(path: &Path) -> Result<Labels, Failure> {
    let file = File::open(path)
        .with_context(|| path.display().to_string())
        .map_err(Failure::usage)?;
    Labels::read(file, Terminology::builtin())
        .with_context(|| path.display().to_string())
        .map_err(Failure::usage)
}

/// Nothing where asked to stop.
fn predictions(args: &Args, csv: &Path, labels: &Labels) -> Result<Option<Vec<Prediction>>, Failure> {
    let policy = Policy::default();
    if let Some(folder) = &args.results {
        return predict::stored(folder, &policy).map(Some);
    }
    let own = csv
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let paths = if args.paths.is_empty() {
        vec![own.to_owned()]
    } else {
        args.paths.clone()
    };
    roots::check(&paths, &[])?;
    let eyes = match image_model::load(args.model.as_deref())? {
        Some(model) => Some((model, Eyes::new(model)?)),
        None => None,
    };
    let predictor = Predictor {
        mapper: mappings::load(args.mappings.as_deref())?,
        eyes: eyes.as_ref().map(|(_, e)| e as &dyn Classify),
        pictures: eyes.as_ref().map(|(m, _)| *m),
        policy,
    };
    let jobs = jobs::wanted(args.jobs);
    Ok(predictor.all(&paths, labels, jobs, signals::cancel_flag()))
}

fn write(out: &Path, report: &bodysite_evaluate::Report) -> anyhow::Result<()> {
    fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    let mut files = vec![
        ("report.json", report.to_json()),
        ("report.html", report.to_html(Terminology::builtin())),
        ("report.md", report.to_markdown()),
    ];
    files.extend(report.to_tables());
    for (name, text) in files {
        let target = out.join(name);
        atomic::write(&target, text.as_bytes()).with_context(|| target.display().to_string())?;
    }
    Ok(())
}
