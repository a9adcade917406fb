//! `bodysite demo --archive`: a simulated archive whose headers are damaged at stated rates, with its truth.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use bodysite_phantom::{ArchiveImage, Grey, Rates, archive, archive_images, archive_labels};
use bodysite_terminology::Terminology;

use crate::demo::keep_or_write;
use crate::exit::{Exit, Failure, Outcome};
use crate::terminal::say;
use crate::{atomic, samples};

/// Share of a part that must be exposed for it to count as visible.
const SEEN_FROM: f64 = 0.12;

/// The pictures of an archive.
enum Pictures {
    /// Those that travel in the program.
    Samples,
    /// Files below a folder.
    Folder(PathBuf),
}

impl Pictures {
    fn labels(csv: Option<&Path>) -> anyhow::Result<(Pictures, String)> {
        let Some(csv) = csv else {
            return Ok((Pictures::Samples, samples::LABELS.to_owned()));
        };
        let text = fs::read_to_string(csv).with_context(|| csv.display().to_string())?;
        let folder = csv.parent().map(Path::to_owned).unwrap_or_default();
        Ok((Pictures::Folder(folder), text))
    }

    fn picture(&self, image: &ArchiveImage) -> anyhow::Result<Grey> {
        match self {
            Pictures::Samples => samples::by_file(&image.path),
            Pictures::Folder(folder) => {
                let path = folder.join(&image.path);
                let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
                samples::decode(&path.display().to_string(), &bytes)
            }
        }
    }
}

/// Runs it.
pub fn run(out: &Path, studies: u32, seed: u64, csv: Option<&Path>) -> Outcome {
    let terminology = Terminology::builtin();
    let (pictures, labels) = Pictures::labels(csv).map_err(Failure::usage)?;
    let images = archive_images(&labels, SEEN_FROM, terminology)
        .with_context(|| csv.map_or("samples".to_owned(), |c| c.display().to_string()))
        .map_err(Failure::usage)?;
    let files = archive(&images, studies as usize, seed, &Rates::default(), terminology).map_err(Failure::usage)?;
    let folder = out.join("dicom");
    for file in &files {
        let target = folder.join(&file.path);
        let picture = pictures.picture(&images[file.image]).map_err(Failure::usage)?;
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)
                .with_context(|| parent.display().to_string())
                .map_err(Failure::fatal)?;
        }
        keep_or_write(&target, &file.dicom(&picture)).map_err(Failure::fatal)?;
    }
    let truth = out.join("truth.csv");
    atomic::write(&truth, archive_labels(&files, &images).as_bytes())
        .with_context(|| truth.display().to_string())
        .map_err(Failure::fatal)?;
    say(&format!(
        "{} images of {studies} studies in {}\nThe truth is in {}\n\nNext: bodysite evaluate --labels {} {}\n",
        files.len(),
        folder.display(),
        truth.display(),
        truth.display(),
        folder.display()
    ));
    Ok(Exit::Done)
}
