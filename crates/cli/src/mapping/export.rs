//! `bodysite mapping export`: mapping sets in the formats of other tools.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use bodysite_mapping::{OmopConcepts, read_sssom, set_name};
use clap::Args as ClapArgs;

use super::format::{Format, omop};
use super::publish;
use crate::exit::{Exit, Failure, Outcome};
use crate::mappings;
use crate::terminal::say;

/// Writes mapping sets as SSSOM TSV, FHIR ConceptMap or Usagi CSV.
#[derive(ClapArgs)]
#[command(
    after_help = "All sets go into the folder --out, one file each; SSSOM files are copied as they are, so that the folder serves as \
--mappings. One --set goes to standard output or the file --out.\n\nExamples:\n  bodysite mapping export --to sssom --out mappings\n  \
bodysite mapping export --to conceptmap-r4 --set de > de.json\n  bodysite mapping export --to usagi --omop CONCEPT.csv --out usagi"
)]
pub struct Args {
    /// Folder of mapping sets [default: the built-in ones]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Format to write
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Format,
    /// Only this set (de, mul, terms, site)
    #[arg(long, value_name = "NAME")]
    set: Option<String>,
    /// CONCEPT.csv of an Athena download, for the OMOP concept ids of Usagi
    #[arg(long, value_name = "FILE")]
    omop: Option<PathBuf>,
    /// Folder for all sets, or file for one
    #[arg(long, value_name = "PATH", required_unless_present = "set")]
    out: Option<PathBuf>,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let files = mappings::files(args.folder.as_deref())?;
    let omop = omop(args.omop.as_deref()).map_err(Failure::usage)?;
    match &args.set {
        Some(name) => one(args, &files, name, &omop)?,
        None => all(args, &files, &omop)?,
    }
    Ok(Exit::Done)
}

fn one(args: &Args, files: &[(String, String)], name: &str, omop: &OmopConcepts) -> Result<(), Failure> {
    let Some((file, text)) = files.iter().find(|f| set_name(&f.0) == Some(name)) else {
        let names: Vec<&str> = files.iter().filter_map(|f| set_name(&f.0)).collect();
        let error = anyhow!("there is no set {name:?}");
        return Err(Failure::usage(error).remedy(format!("name one of {}", names.join(", "))));
    };
    publish(args.out.as_deref(), &converted(file, text, args.to, omop)?)
}

fn all(args: &Args, files: &[(String, String)], omop: &OmopConcepts) -> Result<(), Failure> {
    let Some(out) = &args.out else { return Ok(()) };
    let mut written = 0;
    for (file, text) in files {
        let (name, text) = match (set_name(file), args.to) {
            (_, Format::Sssom) => (file.clone(), text.clone()),
            (None, _) => continue,
            (Some(_), to) => {
                let stem = file.strip_suffix(Format::Sssom.ending()).unwrap_or(file);
                (format!("{stem}{}", to.ending()), converted(file, text, to, omop)?)
            }
        };
        publish(Some(&out.join(name)), &text)?;
        written += 1;
    }
    say(&format!("{written} files in {}\n", out.display()));
    Ok(())
}

fn converted(file: &str, text: &str, to: Format, omop: &OmopConcepts) -> Result<String, Failure> {
    let set = read_sssom(text).with_context(|| file.to_owned());
    let set = set.map_err(|e| Failure::usage(e).remedy("mend that row; bodysite mapping check names all of them"))?;
    Ok(to.write(&set, omop))
}
