//! `bodysite correct`: one DICOM object through a pipe, its body part corrected from its own header.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use bodysite_core::{Facet, NormalizedInstance};
use bodysite_dicom::copy::{CopyError, Correction, correct_bytes, diff};
use bodysite_dicom::scan_bytes;
use bodysite_reconcile::{Policy, resolve_instance};
use bodysite_terminology::Terminology;
use clap::Args as ClapArgs;
use serde_json::{Value, json};

use crate::correction::{Manner, correction, dicom_date_time, difference, keywords};
use crate::emit_copies::with;
use crate::exit::{Exit, Failure, Outcome};
use crate::terminal::{Format, complain, safe, say};
use crate::{clock, mappings};

/// A larger object is refused: it is held in memory.
const MOST: u64 = 2 << 30;

/// Corrects one DICOM object on its way through a pipe: the object in, the corrected one out.
#[derive(ClapArgs)]
#[command(
    after_help = "Body part and side are taken from the object's own header. Where no body part is found, or a copy would not be \
right, nothing is written to standard output and the command ends with 1; the report says why. The report names attributes \
and holds no values.\n\nExamples:\n  bodysite correct - < in.dcm > out.dcm\n  receive | bodysite correct - --jsonl changes.jsonl | deidentify\n  \
bodysite correct --diff in.dcm"
)]
pub struct Args {
    /// The object: - for standard input, or a file
    #[arg(value_name = "FILE")]
    source: PathBuf,
    /// Append the report, one JSON object a line, to this file in place of standard error
    #[arg(long, value_name = "FILE")]
    jsonl: Option<PathBuf>,
    /// Show what would change; no object is written
    #[arg(long, conflicts_with = "jsonl")]
    diff: bool,
    /// How --diff is printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Make the corrected object an instance of its own, with a SOP Instance UID that is the same each time
    #[arg(long)]
    new_uid: bool,
    /// Leave out digital signatures, which any change breaks, in place of refusing
    #[arg(long)]
    drop_signatures: bool,
    /// Mapping sets of this folder in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    mappings: Option<PathBuf>,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let manner = Manner {
        drop_signatures: args.drop_signatures,
        new_uid: args.new_uid,
        at: dicom_date_time(&clock::now()),
        mapper: mappings::load(args.mappings.as_deref())?,
    };
    if !args.diff && io::stdout().is_terminal() {
        let error = anyhow!("a DICOM object is not for a terminal");
        return Err(Failure::usage(error).remedy("send standard output to a file or a program, or use --diff"));
    }
    let source = read(&args.source).map_err(Failure::usage)?;
    let answer = if args.diff {
        differs(&source, &manner).inspect(|told| say(&shown(told, args.format)))
    } else {
        corrected(&source, &manner).and_then(|(copy, told)| written(&copy).map(|()| told))
    };
    let (told, exit) = match answer {
        Ok(told) => (told, Exit::Done),
        Err(Stop::Refused(told)) => (told, Exit::Findings),
        Err(Stop::Unwritten(error)) => {
            let failure = anyhow::Error::new(error).context("standard output");
            return Err(Failure::fatal(failure).remedy("send the object again"));
        }
    };
    if !args.diff || exit == Exit::Findings {
        report(args.jsonl.as_deref(), &told).map_err(Failure::fatal)?;
    }
    Ok(exit)
}

/// Why nothing was written.
enum Stop {
    Refused(Value),
    Unwritten(io::Error),
}

fn refused(reason: &str) -> Stop {
    Stop::Refused(json!({"status": "refused", "reason": reason}))
}

fn read(source: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if source == Path::new("-") {
        io::stdin()
            .lock()
            .take(MOST + 1)
            .read_to_end(&mut bytes)
            .context("standard input")?;
    } else {
        let file = std::fs::File::open(source).with_context(|| source.display().to_string())?;
        file.take(MOST + 1)
            .read_to_end(&mut bytes)
            .with_context(|| source.display().to_string())?;
    }
    Ok(bytes)
}

/// The object's own answers, from its header alone.
fn understood(source: &[u8], manner: &Manner) -> Result<NormalizedInstance, Stop> {
    if source.len() as u64 > MOST {
        return Err(refused("too_large"));
    }
    let scanned = scan_bytes(source).map_err(|outcome| refused(CopyError::Unread(outcome).word()))?;
    let (assertions, _) = manner.mapper.assert_header(&scanned.header);
    let (resolutions, _) = resolve_instance(&assertions, &Policy::default(), Terminology::builtin());
    Ok(NormalizedInstance {
        path: "-".to_owned(),
        header: scanned.header,
        assertions,
        resolutions,
        issues: Vec::new(),
        adjusted: false,
    })
}

fn because(instance: &NormalizedInstance) -> Value {
    let examined = instance.resolutions.iter().find(|r| r.facet == Facet::Examined);
    examined.map_or(json!({}), |r| json!({"verdict": r.verdict, "because": r.because}))
}

fn decided(source: &[u8], manner: &Manner) -> Result<(NormalizedInstance, Correction), Stop> {
    let instance = understood(source, manner)?;
    match correction(&instance, manner) {
        Some(correction) => Ok((instance, correction)),
        None => {
            let none = json!({"status": "none", "reason": "unresolved"});
            Err(Stop::Refused(with(none, because(&instance))))
        }
    }
}

fn corrected(source: &[u8], manner: &Manner) -> Result<(Vec<u8>, Value), Stop> {
    let (instance, correction) = decided(source, manner)?;
    let (copy, report) = correct_bytes(source, &correction).map_err(|e| refused(e.word()))?;
    let status = if report.changes.is_empty() {
        "unchanged"
    } else {
        "corrected"
    };
    let told = with(json!({"status": status}), keywords(&report));
    Ok((copy, with(told, because(&instance))))
}

fn differs(source: &[u8], manner: &Manner) -> Result<Value, Stop> {
    let (instance, correction) = decided(source, manner)?;
    let report = diff(&mut io::Cursor::new(source), &correction).map_err(|e| refused(e.word()))?;
    let told = difference(&report, &instance.header, manner.mapper);
    Ok(with(with(json!({"status": "would_write"}), told), because(&instance)))
}

fn shown(told: &Value, format: Format) -> String {
    if format == Format::Json {
        return format!("{told:#}\n");
    }
    let mut text = String::new();
    let word = |of: &Value, member: &str| safe(of[member].as_str().unwrap_or_default());
    for change in told["changes"].as_array().into_iter().flatten() {
        let before = match change.get("was") {
            Some(_) => word(change, "was"),
            None => format!("({})", word(change, "before")),
        };
        text += &format!(
            "- {0}: {before}\n+ {0}: {1}\n",
            word(change, "attribute"),
            word(change, "after")
        );
    }
    for note in told["notes"].as_array().into_iter().flatten() {
        text += &format!("! {}\n", note.as_str().unwrap_or_default());
    }
    text
}

fn written(copy: &[u8]) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    out.write_all(copy).and_then(|()| out.flush()).map_err(Stop::Unwritten)
}

/// One line in one write, so that several processes can report into one file.
fn report(file: Option<&Path>, told: &Value) -> anyhow::Result<()> {
    let Some(path) = file else {
        complain(&told.to_string());
        return Ok(());
    };
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .with_context(|| path.display().to_string())?;
    file.write_all(format!("{told}\n").as_bytes())
        .with_context(|| path.display().to_string())
}
