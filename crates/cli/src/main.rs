//! The command line program `bodysite`: which body part does an X-ray image show, and why do we say so.
//!
//! One file a subcommand. Each returns an [`exit::Exit`]; nothing below this crate prints or ends the process.

mod archive;
mod atomic;
mod classify;
mod clock;
mod correct;
mod correction;
mod decode_worker;
mod demo;
mod emit_copies;
mod emit_fhir;
mod evaluate;
mod exit;
mod image_model;
mod inventory;
mod jobs;
mod load;
mod lock;
mod map;
mod mapping;
mod mappings;
mod normalize;
mod outcome_files;
mod progress;
mod review;
mod roots;
mod samples;
mod signals;
mod status;
mod summary_text;
mod terminal;
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use exit::Exit;

/// Most of what a run does with memory is many small texts that one thread makes and another drops.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Which body part does an X-ray image show, and why do we say so.
///
/// Resolves what DICOM headers say about the body part (free text in many languages) to one of 36 SNOMED CT
/// concepts with laterality, and writes FHIR, database rows and corrected DICOM copies. Source files are never
/// written.
#[derive(Parser)]
#[command(
    name = "bodysite",
    version,
    arg_required_else_help = true,
    after_help = "Examples:\n  bodysite demo --out demo\n  bodysite normalize demo/dicom --out result\n  bodysite map 'RX GINOCCHIO DX'\n\nExit codes: 0 all done; 1 finished, some files failed or were refused; 2 usage or configuration;\n3 stopped, run again to go on; 4 internal error; 130/143 on a signal, state consistent."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Normalize(normalize::Args),
    Map(map::Args),
    Classify(classify::Args),
    Evaluate(evaluate::Args),
    Train(train::Args),
    Inventory(inventory::Args),
    Mapping(mapping::Args),
    Correct(correct::Args),
    Review(review::Args),
    Load(load::Args),
    Status(status::Args),
    Demo(demo::Args),
    /// Decodes frames for the program itself
    #[command(hide = true)]
    DecodeWorker,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            // A closed terminal leaves nobody to tell.
            let _ = error.print();
            return code.into();
        }
    };
    terminal::catch_panics(|| match cli.command {
        Command::Normalize(args) => normalize::run(&args),
        Command::Map(args) => map::run(&args),
        Command::Classify(args) => classify::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Inventory(args) => inventory::run(&args),
        Command::Mapping(args) => mapping::run(&args),
        Command::Correct(args) => correct::run(&args),
        Command::Review(args) => review::run(&args),
        Command::Load(args) => load::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::DecodeWorker => decode_worker::run(),
    })
}
