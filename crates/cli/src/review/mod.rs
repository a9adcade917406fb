//! `bodysite review`: which images want a person's decision, and the decisions.

mod add;
mod list;
mod table;

use std::path::{Path, PathBuf};

use bodysite_store::Store;
use clap::{Args as ClapArgs, Subcommand};

use crate::exit::{Failure, Outcome};
use crate::{normalize, status};

/// Lists images that want a decision, and takes decisions in.
#[derive(ClapArgs)]
#[command(after_help = "Examples:\n  bodysite review list result --format csv > work.csv\n  \
bodysite review add --result result --reviewer 'A. Radiographer' work.csv\n  bodysite normalize archive --out result")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    List(list::Args),
    Add(add::Args),
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    match &args.command {
        Command::List(args) => list::run(args),
        Command::Add(args) => add::run(args),
    }
}

/// The database named, or that of an output folder.
fn open(database: Option<&str>, folder: Option<&PathBuf>) -> Result<Store, Failure> {
    let url = match (database, folder) {
        (Some(url), _) => url.to_owned(),
        (None, folder) => status::of_folder(folder.map_or(Path::new("."), PathBuf::as_path))?,
    };
    normalize::open(&url)
}
