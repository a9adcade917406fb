//! `bodysite map`: what one header value means, and why.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use bodysite_core::Side;
use bodysite_mapping::{Field, Mapped, Mapper};
use clap::{Args as ClapArgs, ValueEnum};

use crate::exit::{Exit, Failure, Outcome};
use crate::mappings;
use crate::terminal::{bold, safe, say};

/// Explains what a header value means: body part, side, and the mapping rows that say so.
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  bodysite map 'RX GINOCCHIO DX'\n  bodysite map --field series 'LWS seitlich' RXKNEE\n  \
bodysite map --stdin --format ndjson < values.txt"
)]
pub struct Args {
    /// Values to explain
    #[arg(value_name = "TEXT", required_unless_present = "stdin", conflicts_with = "stdin")]
    texts: Vec<String>,
    /// Read one value a line from standard input
    #[arg(long)]
    stdin: bool,
    /// Where the values come from: bpe, series, study, protocol
    #[arg(long, default_value = "bpe")]
    field: Field,
    /// How answers are printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Mapping sets of this folder in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    mappings: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One array of objects
    Json,
    /// One object a line, in the order of the values
    Ndjson,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let mapper = mappings::load(args.mappings.as_deref())?;
    if args.stdin {
        return stream(mapper, args);
    }
    let mapped = args.texts.iter().map(|text| mapper.map(text, args.field));
    match args.format {
        Format::Text => mapped.for_each(|m| say(&explained(&m))),
        Format::Ndjson => mapped.for_each(|m| say(&format!("{}\n", m.to_json()))),
        Format::Json => {
            let all: Vec<_> = mapped.map(|m| m.to_json()).collect();
            say(&format!("{:#}\n", serde_json::Value::from(all)));
        }
    }
    Ok(Exit::Done)
}

/// Lines are bytes: one that is no UTF-8 is read as Latin-1, which is what such a line nearly always is.
fn stream(mapper: &Mapper, args: &Args) -> Outcome {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    let mut all = Vec::new();
    loop {
        line.clear();
        let read = input.read_until(b'\n', &mut line).context("standard input");
        if read.map_err(Failure::usage)? == 0 {
            break;
        }
        let mapped = mapper.map(&text_of(&line), args.field);
        let written = match args.format {
            Format::Json => {
                all.push(mapped.to_json());
                Ok(())
            }
            Format::Ndjson => writeln!(out, "{}", mapped.to_json()),
            Format::Text => out.write_all(explained(&mapped).as_bytes()),
        };
        if written.is_err() {
            return Ok(Exit::Done);
        }
    }
    if matches!(args.format, Format::Json) {
        let _ = writeln!(out, "{:#}", serde_json::Value::from(all));
    }
    // A reader that went away is no error of ours.
    let _ = out.flush();
    Ok(Exit::Done)
}

fn text_of(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match std::str::from_utf8(line) {
        Ok(text) => text.to_owned(),
        Err(_) => line.iter().map(|b| char::from(*b)).collect(),
    }
}

fn explained(mapped: &Mapped) -> String {
    let mut text = format!("{}\n", bold(&safe(&mapped.text)));
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<11}{value}");
    };
    if mapped.targets.is_empty() {
        line("body part", format!("none ({})", mapped.reason.replace('_', " ")));
    }
    for site in &mapped.targets {
        line(
            "body part",
            format!("{}  SCT {}", site.target.display, site.target.code),
        );
    }
    if let Some(exact) = &mapped.exact
        && mapped.targets.iter().all(|s| s.target != *exact)
    {
        line("exactly", format!("{}  SCT {}", exact.display, exact.code));
    }
    if let Some(side) = mapped.laterality {
        line("side", side_word(side).to_owned());
    }
    if !mapped.view.is_empty() {
        line("view words", mapped.view.join(", "));
    }
    if mapped.ambiguous {
        line("note", "the text can mean several parts".to_owned());
    }
    let confidence = mapped.confidence.map_or(String::new(), |c| {
        format!(", right in at least {:.1} % of labelled values of this kind", c * 100.0)
    });
    line(
        "method",
        format!("{} ({}){confidence}", mapped.method.word(), mapped.evidence),
    );
    for step in &mapped.steps {
        let row = step.row.as_deref().map_or(String::new(), |row| format!("  by {row}"));
        line("step", format!("{}: {}{row}", step.what, safe(&step.text)));
    }
    text
}

fn side_word(side: Side) -> &'static str {
    match side {
        Side::Right => "right",
        Side::Left => "left",
        Side::Both => "both",
    }
}

#[cfg(test)]
mod tests {
    use super::text_of;

    #[test]
    fn a_line_that_is_no_utf8_is_latin_1_and_line_ends_of_windows_go() {
        assert_eq!(text_of(b"B\xe4cken\r\n"), "Bäcken");
        assert_eq!(text_of("膝".as_bytes()), "膝");
    }
}
