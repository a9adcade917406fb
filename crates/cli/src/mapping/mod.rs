//! `bodysite mapping`: what a terminology team does with mapping sets.

mod check;
mod diff;
mod export;
mod format;
mod import;
mod suggest;

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow};
use clap::{Args as ClapArgs, Subcommand};

pub use suggest::wants_decision;

use crate::atomic;
use crate::exit::{Failure, Outcome};
use crate::terminal::say;

/// Checks, compares, converts and extends mapping sets.
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  bodysite mapping export --to sssom --out mappings\n  bodysite mapping import reviewed.csv --out mappings/site.sssom.tsv\n  \
bodysite mapping check mappings\n  bodysite normalize archive --out result --mappings mappings"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Args),
    Diff(diff::Args),
    Import(import::Args),
    Export(export::Args),
    Suggest(suggest::Args),
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    match &args.command {
        Command::Check(args) => check::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Import(args) => import::run(args),
        Command::Export(args) => export::run(args),
        Command::Suggest(args) => suggest::run(args),
    }
}

/// Writes a file, or standard output where none is named. Another file that is there is never replaced.
fn publish(out: Option<&Path>, text: &str) -> Result<(), Failure> {
    let Some(path) = out else {
        say(text);
        return Ok(());
    };
    match fs::read(path) {
        Ok(there) if there == text.as_bytes() => Ok(()),
        Ok(_) => {
            let error = anyhow!("{} is there already and differs", path.display());
            Err(Failure::usage(error).remedy("choose another --out, or move that file away"))
        }
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Failure::usage(
            anyhow::Error::new(e).context(path.display().to_string()),
        )),
        Err(_) => atomic::write(path, text.as_bytes())
            .with_context(|| path.display().to_string())
            .map_err(Failure::usage),
    }
}
