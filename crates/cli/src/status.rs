//! `bodysite status`: the runs that a database remembers.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use bodysite_store::RunRow;
use clap::Args as ClapArgs;
use serde_json::{Value, json};

use crate::exit::{Exit, Failure, Outcome};
use crate::normalize;
use crate::terminal::{Format, bold, say};

/// Shows the runs of a database: what they read, with which versions, and whether they finished.
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  bodysite status result\n  bodysite status --database postgres://user@host/db --format json"
)]
pub struct Args {
    /// Output folder of earlier runs
    #[arg(
        value_name = "DIR",
        required_unless_present = "database",
        conflicts_with = "database"
    )]
    out: Option<PathBuf>,
    /// sqlite:PATH or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// How runs are printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let url = match (&args.database, &args.out) {
        (Some(url), _) => url.clone(),
        (None, out) => of_folder(out.as_deref().unwrap_or(Path::new(".")))?,
    };
    let mut store = normalize::open(&url)?;
    let runs = store.runs().map_err(Failure::fatal)?;
    say(&match args.format {
        Format::Json => format!("{:#}\n", Value::from(runs.iter().map(as_json).collect::<Vec<_>>())),
        Format::Text if runs.is_empty() => "no run yet\n".to_owned(),
        Format::Text => runs.iter().map(described).collect(),
    });
    Ok(Exit::Done)
}

/// Looking must not make a database where there is none.
pub fn of_folder(folder: &Path) -> Result<String, Failure> {
    let path = folder.join("bodysite.db");
    if path.is_file() {
        return Ok(format!("sqlite:{}", path.display()));
    }
    let error = anyhow!("no database {}", path.display());
    Err(Failure::usage(error).remedy("name the --out folder of an earlier run, or --database URL"))
}

fn as_json(run: &RunRow) -> Value {
    json!({
        "run": run.run, "started": run.started, "finished": run.finished, "roots": run.roots,
        "versions": run.versions, "summary": run.summary, "files": run.files,
    })
}

fn described(run: &RunRow) -> String {
    let mut text = String::new();
    let end = run.finished.as_deref().unwrap_or("not finished");
    let _ = writeln!(text, "{}  {} to {end}", bold(&format!("run {}", run.run)), run.started);
    let _ = writeln!(text, "  read       {}", run.roots.join(", "));
    let model = run.versions.model.as_ref().map_or("none", |m| m.0.as_str());
    let _ = writeln!(
        text,
        "  versions   bodysite {}, mappings {}, model {model}, {}",
        run.versions.software,
        run.versions.mapping.get(..12).unwrap_or(&run.versions.mapping),
        run.versions.policy
    );
    match &run.summary {
        Some(s) => {
            let _ = writeln!(
                text,
                "  files      {} done, {} skipped, {} failed; {} studies; {} images resolved, {} not, {} conflicting",
                s.done, s.skipped, s.failed, s.studies, s.resolved, s.unresolved, s.conflicting
            );
        }
        None => {
            let so_far: u64 = run.files.values().sum();
            let _ = writeln!(
                text,
                "  files      {so_far} so far; run the same command again to go on"
            );
        }
    }
    text
}
