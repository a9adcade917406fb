//! `bodysite load`: FHIR resources of a run to a server, only what changed since the last load.

mod client;
mod ledger;
mod resources;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use anyhow::{Context, anyhow};
use clap::Args as ClapArgs;
use serde_json::{Value, json};

use client::{Answer, Client, Patience};
use ledger::Ledger;
use resources::{Entry, ORDER, entries};

use crate::exit::{Exit, Failure, Outcome};
use crate::terminal::{Format, say};
use crate::{lock, signals};

/// Sends the FHIR resources of a run to a server; what the server has already is not sent again.
#[derive(ClapArgs)]
#[command(
    after_help = "Resources are put under their own ids in transactions, so that sending one twice leaves one. What was taken is \
remembered in DIR/fhir-load; run again to go on. The token is read from BODYSITE_FHIR_TOKEN or a file, never from an argument.\
\n\nExample:\n  bodysite load result --fhir-server https://fhir.example.org/r4 --token-file token.txt"
)]
pub struct Args {
    /// Output folder of `normalize`
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Base address of the server
    #[arg(long, value_name = "URL")]
    fhir_server: String,
    /// File with a bearer token [default: the environment variable BODYSITE_FHIR_TOKEN, where set]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Resources a transaction
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    batch: u16,
    /// How often a request is tried while the server is busy or away
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: u32,
    /// How the report is printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// What became of a load.
#[derive(Default)]
struct Report {
    sent: u64,
    unchanged: u64,
    refused: Vec<Value>,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let files = files(&args.folder)?;
    let client = Client::new(&args.fhir_server, token(args)?, Patience::of(args.attempts))?;
    let own = args.folder.join("fhir-load");
    std::fs::create_dir_all(&own)
        .with_context(|| own.display().to_string())
        .map_err(Failure::fatal)?;
    let _lock = lock::take(&own)?;
    let mut ledger = Ledger::open(&own, client.base()).map_err(Failure::fatal)?;
    let mut report = Report::default();
    for (of_type, path) in files {
        if !load_file(&path, of_type, args, &client, &mut ledger, &mut report)? {
            return Ok(signals::cancelled());
        }
    }
    say(&printed(args, &report));
    Ok(if report.refused.is_empty() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

/// The NDJSON files of a result, in an order in which what is referred to comes first.
fn files(folder: &Path) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
    let named = ORDER.map(|t| (t, folder.join("fhir").join(format!("{t}.ndjson"))));
    let files: Vec<_> = named.into_iter().filter(|(_, path)| path.is_file()).collect();
    if files.is_empty() {
        let error = anyhow!("no FHIR as NDJSON in {}", folder.display());
        return Err(Failure::usage(error).remedy("name the --out folder of bodysite normalize, without --fhir-bundles"));
    }
    Ok(files)
}

fn token(args: &Args) -> Result<Option<String>, Failure> {
    match &args.token_file {
        None => Ok(std::env::var("BODYSITE_FHIR_TOKEN").ok().filter(|t| !t.is_empty())),
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("token file {}", path.display()));
            text.map(|t| Some(t.trim().to_owned())).map_err(Failure::usage)
        }
    }
}

/// False where asked to stop.
fn load_file(
    path: &Path,
    of_type: &'static str,
    args: &Args,
    client: &Client,
    ledger: &mut Ledger,
    report: &mut Report,
) -> Result<bool, Failure> {
    let cancel = signals::cancel_flag();
    let mut batch: Vec<Entry> = Vec::new();
    for entry in entries(path, of_type).map_err(Failure::fatal)? {
        let entry = entry.map_err(Failure::usage)?;
        if ledger.has(&entry) {
            report.unchanged += 1;
            continue;
        }
        batch.push(entry);
        if batch.len() >= usize::from(args.batch) {
            send(&std::mem::take(&mut batch), client, ledger, report)?;
        }
        if cancel.load(Ordering::Relaxed) {
            return Ok(false);
        }
    }
    send(&batch, client, ledger, report)?;
    Ok(!cancel.load(Ordering::Relaxed))
}

/// A transaction that the server refuses is sent again in halves, so that one bad resource holds up no other.
fn send(batch: &[Entry], client: &Client, ledger: &mut Ledger, report: &mut Report) -> Result<(), Failure> {
    if batch.is_empty() {
        return Ok(());
    }
    match client.transaction(batch).map_err(Failure::fatal)? {
        Answer::Taken => {
            report.sent += batch.len() as u64;
            ledger.add(batch).map_err(Failure::fatal)
        }
        Answer::Refused(outcome) if batch.len() == 1 => {
            let of = batch.first().map(|e| e.reference.clone());
            report.refused.push(json!({"resource": of, "outcome": outcome}));
            Ok(())
        }
        Answer::Refused(_) => {
            let halves = batch.split_at(batch.len() / 2);
            send(halves.0, client, ledger, report)?;
            send(halves.1, client, ledger, report)
        }
    }
}

fn printed(args: &Args, report: &Report) -> String {
    let Report {
        sent,
        unchanged,
        refused,
    } = report;
    match args.format {
        Format::Json => format!(
            "{:#}\n",
            json!({"sent": sent, "unchanged": unchanged, "refused": refused})
        ),
        Format::Text => {
            let mut text = format!(
                "{sent} resources sent, {unchanged} unchanged, {} refused\n",
                refused.len()
            );
            for one in refused {
                text.push_str(&format!("  {one}\n"));
            }
            text
        }
    }
}
