//! `bodysite demo`: synthetic studies with messy headers and known truth.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use bodysite_phantom::{DemoFile, Grey, demo_files};
use bodysite_terminology::Terminology;
use clap::Args as ClapArgs;

use crate::archive;
use crate::atomic;
use crate::exit::{Exit, Failure, Outcome};
use crate::samples;
use crate::terminal::say;

/// Writes synthetic studies: rendered radiographs, messy headers in many languages, and the truth beside them.
#[derive(ClapArgs)]
#[command(
    after_help = "Writes DIR/dicom/… and DIR/truth.csv (path, examined, laterality). Nobody is shown in the images; \
they are X-rayed meshes of BodyParts3D.\n\nExample:\n  bodysite demo --out demo && bodysite normalize demo/dicom --out result\n\nA simulated archive for `evaluate`:\n  bodysite demo --archive 500 --out archive"
)]
pub struct Args {
    /// Where the studies go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Another seed makes other UIDs and picks other images
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Write a simulated archive of so many studies in place of the demo: headers wrong, missing, coarse or of the other
    /// side as often as in real archives
    #[arg(long, value_name = "STUDIES", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    archive: Option<u32>,
    /// Pictures for the archive: a CSV with path, examined, visible beside them [default: the rendered samples]
    #[arg(long, value_name = "CSV", requires = "archive")]
    images: Option<PathBuf>,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    if let Some(studies) = args.archive {
        return archive::run(&args.out, studies, args.seed, args.images.as_deref());
    }
    let samples = samples::by_key().map_err(Failure::usage)?;
    let pick = |key: &str, n: u64| pick(&samples, key, n);
    let files = demo_files(args.seed, Terminology::builtin(), &pick).map_err(Failure::usage)?;
    write_all(&args.out, &files).map_err(Failure::fatal)?;
    say(&format!(
        "{} synthetic images in {}\nThe truth is in {}\n\nNext: bodysite normalize {} --out result\n",
        files.len(),
        args.out.join("dicom").display(),
        args.out.join("truth.csv").display(),
        args.out.join("dicom").display(),
    ));
    Ok(Exit::Done)
}

/// The table of demo studies names only labels of which there are samples; a test holds it to that.
fn pick(samples: &BTreeMap<String, Vec<Grey>>, key: &str, n: u64) -> Grey {
    let of_key = samples.get(key).map_or(&[][..], Vec::as_slice);
    let at = usize::try_from(n).unwrap_or(0).checked_rem(of_key.len());
    at.and_then(|at| of_key.get(at)).cloned().unwrap_or(Grey {
        width: 1,
        height: 1,
        pixels: vec![0],
    })
}

fn write_all(out: &Path, files: &[DemoFile]) -> anyhow::Result<()> {
    let folder = out.join("dicom");
    let mut truth = csv::Writer::from_writer(Vec::new());
    truth.write_record(["path", "examined", "laterality"])?;
    for file in files {
        let target = folder.join(&file.path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        }
        keep_or_write(&target, &file.bytes)?;
        let side = file.side.map_or("", |s| s.letter());
        truth.write_record([format!("dicom/{}", file.path).as_str(), &file.examined, side])?;
    }
    let truth = truth.into_inner().map_err(|e| anyhow!("truth.csv: {e}"))?;
    let target = out.join("truth.csv");
    atomic::write(&target, &truth).with_context(|| target.display().to_string())
}

/// The same file again is left alone; another file is never overwritten.
pub fn keep_or_write(target: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    match fs::read(target) {
        Ok(there) => {
            ensure!(
                there == bytes,
                "{} is there already and differs; choose another --out",
                target.display()
            );
            Ok(())
        }
        Err(_) => atomic::write(target, bytes).with_context(|| target.display().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    #[test]
    fn every_label_of_the_demo_has_a_sample() {
        let samples = samples::by_key().unwrap();
        let wanted = RefCell::new(BTreeSet::new());
        let ask = |key: &str, n: u64| {
            wanted.borrow_mut().insert(key.to_owned());
            pick(&samples, key, n)
        };
        demo_files(1, Terminology::builtin(), &ask).unwrap();
        let missing: Vec<String> = wanted
            .into_inner()
            .into_iter()
            .filter(|k| !samples.contains_key(k))
            .collect();
        assert_eq!(missing, Vec::<String>::new());
    }
}
