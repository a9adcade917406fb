//! `bodysite train`: fits the image model to an archive.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use bodysite_core::{Answer, Assertion, Attribute, Basis, Facet, Frame, Header, Ledger, Sctid};
use bodysite_dicom::{Found, discover, path_of_display, read_header};
use bodysite_evaluate::{LabelIndex, Labels};
use bodysite_mapping::Mapper;
use bodysite_reconcile::{Policy, resolve_instance};
use bodysite_terminology::Terminology;
use bodysite_vision::train::{Event, FIRST_BLOCK, Image, LAST_BLOCK, Log, Options, Source, Trained, WriteError, train};
use clap::Args as ClapArgs;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::classify::frame_of;
use crate::exit::{Exit, Failure, Outcome};
use crate::image_model::{self, Eyes};
use crate::progress::Steps;
use crate::terminal::{Format, say};
use crate::{atomic, jobs, mappings, normalize, roots};

/// Fits the image model to your own archive, from what its headers say, from labels, and from reviewed decisions.
#[derive(ClapArgs)]
#[command(
    after_help = "Two heads over the network are fitted, with --blocks its last blocks too. Labels from headers may be wrong: they are \
questioned by confident learning, patients kept apart, and reviewed ones are not. Features are kept in CACHE, so that \
an interrupted command goes on. Writes MODELS/ID with weights, card and metrics, train.html with the course of it, and \
never overwrites.\n\nExamples:\n  bodysite train archive --id ward-1 --out models\n  \
bodysite train archive --labels labels.csv --id ward-1 --out models\n  \
bodysite train archive --reviews sqlite:result/bodysite.db --continue models/ward-1 --id ward-2 --out models"
)]
pub struct Args {
    /// Folders and files to learn from: DICOM, and with --labels also PNG and JPEG
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Id of the model that is made
    #[arg(long, value_name = "ID", value_parser = id)]
    id: String,
    /// Folder in which the model's folder is made
    #[arg(long, value_name = "MODELS")]
    out: PathBuf,
    /// Labels in place of headers (path, examined, visible; `group` keeps patients together)
    #[arg(long, value_name = "CSV")]
    labels: Option<PathBuf>,
    /// Database whose reviewed decisions count as right
    #[arg(long, value_name = "URL")]
    reviews: Option<String>,
    /// Model to start from [default: the built-in one]
    #[arg(long = "continue", value_name = "DIR")]
    model: Option<PathBuf>,
    /// Folder for features [default: MODELS/.features]
    #[arg(long, value_name = "CACHE")]
    cache: Option<PathBuf>,
    /// Passes over the images
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u16).range(1..=1000))]
    epochs: u16,
    /// Passes over the images for the network's last blocks too: minutes a pass for thousands of images; for an
    /// archive unlike what the model has seen
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=1000))]
    blocks: u16,
    /// First block that --blocks fits, 0 to 15: 0 fits the whole network, which wants a GPU (feature `cuda`)
    #[arg(long, value_name = "BLOCK", default_value_t = FIRST_BLOCK as u16, requires = "blocks",
        value_parser = clap::value_parser!(u16).range(0..=LAST_BLOCK as i64))]
    from_block: u16,
    /// Decides the splits and the order of images
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Write the model even if it is right less often than the one it started from
    #[arg(long)]
    even_if_worse: bool,
    /// Mapping sets of this folder in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    mappings: Option<PathBuf>,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// How the outcome is printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

fn id(text: &str) -> Result<String, String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !text.is_empty() && text.len() <= 64 && text.chars().all(fine) {
        Ok(text.to_owned())
    } else {
        Err("an id is 1 to 64 letters, digits, - and _".to_owned())
    }
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    roots::check(&args.paths, &[&args.out])?;
    let folder = args.out.join(&args.id);
    if folder.exists() {
        return Err(unwritten(WriteError::Exists(folder)));
    }
    let model = image_model::required(args.model.as_deref())?;
    let eyes = Eyes::new(model)?;
    let images = Gathering::new(args)?.images()?;
    let read = |at: usize| -> Option<Frame> { frame_of(&path_of_display(&images[at].name), &eyes).ok() };
    let cache = args.cache.clone().unwrap_or_else(|| args.out.join(".features"));
    let options = Options {
        epochs: usize::from(args.epochs),
        block_epochs: usize::from(args.blocks),
        first_block: usize::from(args.from_block),
        seed: args.seed,
        threads: jobs::wanted(args.jobs),
        ..Options::new(&args.id)
    };
    let mut log = Log::default();
    let mut bar = Steps::new();
    let log_path = args.out.join(format!("{}.train.html", args.id));
    fs::create_dir_all(&args.out)
        .with_context(|| args.out.display().to_string())
        .map_err(Failure::usage)?;
    let mut told = |event: &Event| {
        log.note(event);
        bar.note(event);
        if !matches!(event, Event::Features { .. }) {
            // A page that cannot be written does not end a night's work; the model is what counts.
            let _ = atomic::write(&log_path, log.html(&args.id).as_bytes());
        }
    };
    let trained = train(model, &images, &read, &cache, &options, &mut told).map_err(Failure::usage)?;
    let folder = trained.write(&args.out, args.even_if_worse).map_err(unwritten)?;
    say(&told_of(args, &trained, &folder));
    Ok(Exit::Done)
}

fn unwritten(error: WriteError) -> Failure {
    match error {
        WriteError::Worse { .. } => {
            Failure::usage(error).remedy("look at the suspected labels, or write it all the same with --even-if-worse")
        }
        WriteError::Exists(_) => Failure::usage(error).remedy("choose another --id"),
        error => Failure::fatal(error),
    }
}

fn told_of(args: &Args, trained: &Trained, folder: &Path) -> String {
    let m = &trained.metrics;
    let suspects: Vec<_> = trained
        .suspects
        .iter()
        .map(
            |s| json!({"path": s.name, "given": s.given, "proposed": s.proposed, "p": s.p, "relabelled": s.relabelled}),
        )
        .collect();
    match args.format {
        Format::Json => format!("{:#}\n", json!({"model": folder, "metrics": m, "suspects": suspects})),
        Format::Text => format!(
            "{}\n  right on the images kept back: {:.1} %, before {:.1} %\n  {} labels are probably wrong (--format json lists them)\n",
            folder.display(),
            m.fitted.accuracy * 100.0,
            m.before.accuracy * 100.0,
            trained.suspects.len()
        ),
    }
}

/// Collects what is known about the images.
struct Gathering<'a> {
    args: &'a Args,
    mapper: &'a Mapper,
    labels: Option<Labels>,
    reviews: BTreeMap<String, Sctid>,
}

impl<'a> Gathering<'a> {
    fn new(args: &'a Args) -> Result<Self, Failure> {
        let labels = match &args.labels {
            None => None,
            Some(path) => {
                let name = || path.display().to_string();
                let file = File::open(path).with_context(name).map_err(Failure::usage)?;
                let labels = Labels::read(file, Terminology::builtin()).with_context(name);
                Some(labels.map_err(Failure::usage)?)
            }
        };
        Ok(Gathering {
            args,
            mapper: mappings::load(args.mappings.as_deref())?,
            labels,
            reviews: reviews(args.reviews.as_deref())?,
        })
    }

    fn images(&self) -> Result<Vec<Image>, Failure> {
        let labels = self.labels.as_ref().map(Labels::index);
        let all: Vec<Image> = discover(&self.args.paths)
            .filter(|f| f.refused.is_none())
            .filter_map(|f| self.image(&f, labels.as_ref()))
            .collect();
        if all.iter().any(|i| i.examined.is_some()) {
            return Ok(all);
        }
        Err(Failure::usage(anyhow!("no image with a label")).remedy("check the folders, or the paths in --labels"))
    }

    fn image(&self, found: &Found, labels: Option<&LabelIndex<'_>>) -> Option<Image> {
        let header = read_header(&found.path).ok().map(|s| s.header);
        let label = labels.map(|l| l.find(&found.display));
        let mut image = match (label, &header) {
            (Some(label), _) => {
                let row = label?;
                Image {
                    examined: single(&row.examined),
                    visible: row.visible.clone(),
                    source: Source::Csv,
                    group: self.group(row, header.as_ref(), &found.display),
                    ..self.blank(found)?
                }
            }
            (None, Some(header)) => Image {
                examined: self.of_header(header),
                group: group_of(header, &found.display),
                ..self.blank(found)?
            },
            (None, None) => return None,
        };
        let uid = header.as_ref().and_then(|h| h.text(Attribute::SOPInstanceUID));
        if let Some(reviewed) = uid.and_then(|uid| self.reviews.get(uid)) {
            image.examined = Some(*reviewed);
            image.source = Source::Reviewed;
        }
        Some(image)
    }

    fn blank(&self, found: &Found) -> Option<Image> {
        Some(Image {
            name: found.display.clone(),
            key: content_key(&found.path)?,
            group: String::new(),
            examined: None,
            visible: None,
            source: Source::Header,
        })
    }

    fn group(&self, row: &bodysite_evaluate::Label, header: Option<&Header>, path: &str) -> String {
        let column = self.labels.as_ref().and_then(|l| l.column("group").ok());
        let given = column.and_then(|at| row.further.get(at)).filter(|g| !g.is_empty());
        match (given, header) {
            (Some(group), _) => group.clone(),
            (None, Some(header)) => group_of(header, path),
            (None, None) => path.to_owned(),
        }
    }

    /// One part. A coarse one counts as well: an archive has whole spines, and confident learning doubts "SPINE" on a
    /// cervical spine like any other wrong label. What is no output of the model, such as Extremity, teaches nothing.
    fn of_header(&self, header: &Header) -> Option<Sctid> {
        let (assertions, _) = self.mapper.assert_header(header);
        let (resolutions, _) = resolve_instance(&assertions, &Policy::default(), Terminology::builtin());
        let examined = resolutions.iter().find(|r| r.facet == Facet::Examined)?;
        match &examined.answer {
            Some(Answer::Sites(sites)) if sites.len() == 1 => Some(sites[0].target.code),
            _ => None,
        }
    }
}

fn single(codes: &[Sctid]) -> Option<Sctid> {
    match codes {
        [one] => Some(*one),
        _ => None,
    }
}

/// Images of one study are never divided between learning and testing.
fn group_of(header: &Header, path: &str) -> String {
    header.text(Attribute::StudyInstanceUID).unwrap_or(path).to_owned()
}

fn content_key(path: &Path) -> Option<String> {
    let mut hash = Sha256::new();
    let mut file = File::open(path).ok()?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).ok()? {
            0 => break,
            n => hash.update(&buffer[..n]),
        }
    }
    Some(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

/// The newest decision about each image, where it names one part.
fn reviews(url: Option<&str>) -> Result<BTreeMap<String, Sctid>, Failure> {
    let Some(url) = url else { return Ok(BTreeMap::new()) };
    let mut store = normalize::open(url)?;
    let decided = |(uid, assertion): (String, Assertion)| {
        let reviewed = assertion.facet == Facet::Examined && matches!(assertion.basis, Basis::Reviewed { .. });
        let site = assertion
            .sites()
            .first()
            .filter(|_| reviewed && assertion.sites().len() == 1)?;
        Some((uid, site.target.code))
    };
    let all = store.reviews().map_err(Failure::fatal)?;
    Ok(all.into_iter().filter_map(decided).collect())
}
