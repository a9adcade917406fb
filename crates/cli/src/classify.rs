//! `bodysite classify`: what the image model sees in a file.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use bodysite_core::{Frame, Issue};
use bodysite_dicom::display_of_path;
use bodysite_vision::{Classification, Model, Ranked, frame_from_image};
use clap::{Args as ClapArgs, ValueEnum};
use serde_json::{Value, json};

use crate::atomic;
use crate::exit::{Exit, Failure, Outcome};
use crate::image_model::{self, Eyes};
use crate::terminal::{bold, complain, safe, say};

/// Shows what the image model sees: the part examined and the parts visible, with calibrated probabilities.
#[derive(ClapArgs)]
#[command(
    after_help = "Reads DICOM, PNG and JPEG. The model abstains where it does not know.\n\nExamples:\n  \
bodysite classify knee.dcm\n  bodysite classify --format ndjson images/*.png\n  bodysite classify knee.dcm --explain why.png"
)]
pub struct Args {
    /// Images
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Image model: a folder [default: the built-in one]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Write a picture of the places that speak for the answer; for one image
    #[arg(long, value_name = "PNG")]
    explain: Option<PathBuf>,
    /// How answers are printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One array of objects
    Json,
    /// One object a line, in the order of the files
    Ndjson,
}

/// Parts listed for people.
const SHOWN: usize = 5;

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    if args.explain.is_some() && args.files.len() != 1 {
        return Err(Failure::usage(anyhow!("--explain takes one image")));
    }
    let model = image_model::required(args.model.as_deref())?;
    let eyes = Eyes::new(model)?;
    let mut all = Vec::new();
    let mut failed = false;
    for path in &args.files {
        let seen = frame_of(path, &eyes).map(|frame| (model.classify(&frame), frame));
        failed |= seen.is_err();
        match args.format {
            Format::Text => say(&described(path, &seen)),
            Format::Ndjson => say(&format!("{}\n", as_json(path, &seen))),
            Format::Json => all.push(as_json(path, &seen)),
        }
        if let (Some(target), Ok((_, frame))) = (&args.explain, &seen) {
            explain(model, frame, target)?;
        }
    }
    if args.format == Format::Json {
        say(&format!("{:#}\n", Value::from(all)));
    }
    Ok(if failed { Exit::Findings } else { Exit::Done })
}

type Seen = Result<(Classification, Frame), String>;

/// A frame of a DICOM file, or of a picture where the file is one; otherwise the reason in a word.
pub fn frame_of(path: &Path, eyes: &Eyes) -> Result<Frame, String> {
    let head = head_of(path).map_err(|e| e.to_string())?;
    if head.starts_with(b"\x89PNG") || head.starts_with(&[0xff, 0xd8, 0xff]) {
        let bytes = fs::read(path).map_err(|e| e.to_string())?;
        return frame_from_image(&bytes).map_err(|e| e.to_string());
    }
    let word = |issue: Issue| issue.detail.unwrap_or_else(|| issue.code.text().to_owned());
    eyes.frame(path).map(|(frame, _)| frame).map_err(word)
}

fn head_of(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut head = Vec::new();
    fs::File::open(path)?.take(8).read_to_end(&mut head)?;
    Ok(head)
}

fn explain(model: &Model, frame: &Frame, target: &Path) -> Result<(), Failure> {
    match model.explain(frame) {
        Ok(explanation) => atomic::write(target, &explanation.png())
            .with_context(|| target.display().to_string())
            .map_err(Failure::fatal),
        Err(unsuitable) => {
            complain(&format!("bodysite: no picture: the frame is {}", unsuitable.word()));
            Ok(())
        }
    }
}

fn ranked(list: &[Ranked]) -> Vec<Value> {
    let one = |r: &Ranked| json!({"code": r.concept.code.to_string(), "display": r.concept.display, "p": rounded(r.p)});
    list.iter().map(one).collect()
}

/// Four digits are more than the calibration is worth, and the same on every machine.
fn rounded(p: f64) -> f64 {
    (p * 10_000.0).round() / 10_000.0
}

fn as_json(path: &Path, seen: &Seen) -> Value {
    let path = display_of_path(path);
    match seen {
        Ok((c, _)) => json!({
            "path": path,
            "examined": ranked(&c.examined),
            "visible": ranked(&c.visible),
            "answer": c.answer.as_ref().map(|a| ranked(std::slice::from_ref(a)).remove(0)),
            "abstained": c.abstained(),
            "reason": c.reason.word(),
        }),
        Err(reason) => json!({
            "path": path, "examined": [], "visible": [], "answer": null, "abstained": true, "reason": reason,
        }),
    }
}

fn described(path: &Path, seen: &Seen) -> String {
    let mut text = format!("{}\n", bold(&safe(&display_of_path(path))));
    match seen {
        Err(reason) => {
            let _ = writeln!(text, "  not looked at: {reason}");
        }
        Ok((c, _)) => {
            let answer = match &c.answer {
                Some(a) => format!("{}  SCT {}  {:.0} %", a.concept.display, a.concept.code, a.p * 100.0),
                None => "none".to_owned(),
            };
            let _ = writeln!(text, "  examined   {answer} ({})", c.reason.word().replace('_', " "));
            for (name, list) in [("may be", &c.examined), ("visible", &c.visible)] {
                let cells: Vec<String> = list
                    .iter()
                    .take(if name == "visible" { list.len() } else { SHOWN })
                    .map(|r| format!("{} {:.0} %", r.concept.display, r.p * 100.0))
                    .collect();
                let _ = writeln!(text, "  {name:<10} {}", cells.join(", "));
            }
        }
    }
    text
}
