//! `bodysite normalize`: the main job.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use bodysite_core::{Emit, Versions};
use bodysite_dicom::copy::{CopyError, check_kind_of_uids};
use bodysite_fhir::{FhirVersion, IdKey, Instant, Options, Zone};
use bodysite_mapping::Mapper;
use bodysite_pipeline::{Classify, KEEPS_ACCESSION, Report, Run, RunError};
use bodysite_reconcile::{OnConflict, Policy};
use bodysite_store::{Store, StoreError};
use bodysite_terminology::Terminology;
use clap::{Args as ClapArgs, ValueEnum};

use crate::correction::{Manner, dicom_date_time};
use crate::emit_copies::{Copies, CopyOptions};
use crate::emit_fhir::FhirFiles;
use crate::exit::{Exit, Failure, Outcome};
use crate::image_model::{self, Eyes};
use crate::progress::Bar;
use crate::terminal::{Format, say};
use crate::{clock, jobs, lock, mappings, outcome_files, roots, signals, summary_text};

/// Edition of DICOM that terms and codes were taken from.
pub const DICOM_EDITION: &str = "2026b";

/// Reads DICOM files, resolves which body part each shows, and writes FHIR, database rows and corrected copies.
#[derive(ClapArgs)]
#[command(
    after_help = "Writes into DIR: fhir/*.ndjson, bodysite.db, files.ndjson (one line a file), summary.json, and copies.ndjson \
with --dicom-copies. Run again to go on after an interruption; files that did not change are not read again.\n\nExamples:\n  \
bodysite normalize archive --out result\n  bodysite normalize archive --out result --database postgres://user@host/db --jobs 8\n  \
bodysite normalize archive --out result --fhir r5 --dicom-copies corrected"
)]
pub struct Args {
    /// Folders and files to read; they are never written
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Where results go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// FHIR version to write
    #[arg(long, value_enum, default_value = "r4")]
    fhir: FhirChoice,
    /// Write transaction Bundles (PUT) for the server at BASE, one a study, in place of one file a resource type
    #[arg(long, value_name = "BASE", num_args = 0..=1, require_equals = true, default_missing_value = "http://localhost/fhir")]
    fhir_bundles: Option<String>,
    /// sqlite:PATH or postgres://USER@HOST/DATABASE [default: sqlite:DIR/bodysite.db]
    #[arg(long, value_name = "URL", env = "BODYSITE_DATABASE")]
    database: Option<String>,
    /// Write corrected copies into this folder
    #[arg(long, value_name = "DIR")]
    dicom_copies: Option<PathBuf>,
    /// Leave out digital signatures in copies, which any change breaks, in place of refusing such files
    #[arg(long, requires = "dicom_copies")]
    drop_signatures: bool,
    /// Make each copy an instance of its own, with a SOP Instance UID that is the same each time; references between
    /// copies of one study follow
    #[arg(long, requires = "dicom_copies")]
    new_uid: bool,
    /// Write what copies would change into copies.ndjson, and no copy
    #[arg(long, visible_alias = "diff", requires = "dicom_copies")]
    dry_run: bool,
    /// Image model: a folder, or off [default: the built-in one]
    #[arg(long, value_name = "DIR|off")]
    model: Option<PathBuf>,
    /// Whose answer is emitted when header and image contradict each other
    #[arg(long, value_enum, default_value = "none")]
    on_conflict: Conflict,
    /// Mapping sets of this folder in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    mappings: Option<PathBuf>,
    /// Worker threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Forget earlier runs and read every file again; reviews stay
    #[arg(long)]
    fresh: bool,
    /// Zone of studies without Timezone Offset From UTC, such as +01:00; without it their date is written alone
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    timezone: Option<String>,
    /// Time of the run to state in Provenance, RFC 3339; without it `recorded` is absent, with the reason in R4, and
    /// two runs write the same bytes
    #[arg(long, value_name = "TIME", value_parser = instant)]
    recorded: Option<Instant>,
    /// Write study and series descriptions into FHIR; they can hold names
    #[arg(long)]
    include_descriptions: bool,
    /// Write accession numbers into FHIR; needs --id-key
    #[arg(long, requires = "id_key")]
    include_accession: bool,
    /// Identifier system of accession numbers
    #[arg(long, value_name = "URI", requires = "include_accession")]
    accession_system: Option<String>,
    /// File with a secret of at least 16 bytes: FHIR ids that only its holder can compute
    #[arg(long, value_name = "FILE")]
    id_key: Option<PathBuf>,
    /// How the summary is printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FhirChoice {
    R4,
    R5,
    Off,
}

#[derive(Clone, Copy, ValueEnum)]
enum Conflict {
    /// Nobody's: a person is asked
    None,
    /// The header's
    Header,
    /// The image model's
    Image,
    /// The likelier one's
    Likelier,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let outputs: Vec<&Path> = [Some(args.out.as_path()), args.dicom_copies.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    roots::check(&args.paths, &outputs)?;
    let fhir = fhir_options(args)?;
    let mapper = mappings::load(args.mappings.as_deref())?;
    fs::create_dir_all(&args.out)
        .with_context(|| format!("output folder {}", args.out.display()))
        .map_err(Failure::usage)?;
    let eyes = match image_model::load(args.model.as_deref())? {
        Some(model) => Some(Eyes::new(model)?),
        None => None,
    };
    let _lock = lock::take(&args.out)?;
    let mut store = open_store(args)?;
    let started = clock::now();
    let policy = policy(args);
    let versions = Versions {
        software: env!("CARGO_PKG_VERSION").to_owned(),
        mapping: mapper.version().to_owned(),
        dicom_edition: DICOM_EDITION.to_owned(),
        model: eyes.as_ref().map(Eyes::version),
        policy: policy.describe() + if args.include_accession { KEEPS_ACCESSION } else { "" },
    };
    let run = Run {
        roots: &args.paths,
        jobs: jobs::wanted(args.jobs),
        mapper,
        terminology: Terminology::builtin(),
        classifier: eyes.as_ref().map(|e| e as &dyn Classify),
        policy,
        versions: versions.clone(),
        started: started.clone(),
        cancel: signals::cancel_flag(),
    };
    let mut fhir = match fhir {
        Some(options) => Some(fhir_files(args, options, &run)?),
        None => None,
    };
    let mut copies = copies(args, &started, mapper)?;
    let mut emitters: Vec<&mut dyn Emit> = Vec::new();
    emitters.extend(fhir.as_mut().map(|e| e as &mut dyn Emit));
    emitters.extend(copies.as_mut().map(|e| e as &mut dyn Emit));
    let mut bar = Bar::new(None);
    let report = bodysite_pipeline::run(&run, &mut store, &mut emitters, &mut bar, &clock::now);
    drop(emitters);
    bar.clear();
    let report = match report {
        Ok(report) => report,
        Err(RunError::Cancelled) => return Ok(signals::cancelled()),
        Err(error) => return Err(Failure::fatal(error)),
    };
    finish(args, &mut store, &report, &versions)?;
    let refused = copies.map_or(0, |c| c.refused);
    Ok(if report.summary.failed > 0 || refused > 0 {
        Exit::Findings
    } else {
        Exit::Done
    })
}

fn finish(args: &Args, store: &mut Store, report: &Report, versions: &Versions) -> Result<(), Failure> {
    outcome_files::write_files(&args.out, store, report.run).map_err(Failure::fatal)?;
    let summary = outcome_files::summary(report, versions);
    outcome_files::write_summary(&args.out, &summary).map_err(Failure::fatal)?;
    say(&match args.format {
        Format::Json => format!("{summary:#}\n"),
        Format::Text => summary_text::of(report, &args.out),
    });
    Ok(())
}

fn policy(args: &Args) -> Policy {
    Policy {
        on_conflict: match args.on_conflict {
            Conflict::None => OnConflict::None,
            Conflict::Header => OnConflict::Header,
            Conflict::Image => OnConflict::Image,
            Conflict::Likelier => OnConflict::Likelier,
        },
        ..Policy::default()
    }
}

fn open_store(args: &Args) -> Result<Store, Failure> {
    let default = || format!("sqlite:{}", args.out.join("bodysite.db").display());
    let mut store = open(&args.database.clone().unwrap_or_else(default))?;
    if args.fresh {
        store.reset().map_err(Failure::fatal)?;
    }
    Ok(store)
}

/// Opens a database; an address that cannot be read is a mistake in the command, anything else can be mended.
pub fn open(url: &str) -> Result<Store, Failure> {
    Store::open(url).map_err(|error| match error {
        StoreError::Address(_) => {
            Failure::usage(error).remedy("write sqlite:PATH or postgres://USER@HOST:PORT/DATABASE")
        }
        error => Failure::fatal(error),
    })
}

fn fhir_options(args: &Args) -> Result<Option<Options>, Failure> {
    let version = match args.fhir {
        FhirChoice::Off => return Ok(None),
        FhirChoice::R4 => FhirVersion::R4,
        FhirChoice::R5 => FhirVersion::R5,
    };
    let default_timezone = match &args.timezone {
        None => None,
        Some(zone) => Some(parse_zone(zone)?),
    };
    Ok(Some(Options {
        version,
        id_key: id_key(args)?,
        default_timezone,
        include_descriptions: args.include_descriptions,
        include_accession: args.include_accession,
        accession_system: args.accession_system.clone(),
        recorded: args.recorded.clone(),
        ..Options::default()
    }))
}

fn instant(text: &str) -> Result<Instant, String> {
    let remedy = |_| "write it as 2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00".to_owned();
    text.parse().map_err(remedy)
}

fn parse_zone(text: &str) -> Result<Zone, Failure> {
    text.parse::<Zone>()
        .with_context(|| format!("--timezone {text}"))
        .map_err(|e| Failure::usage(e).remedy("write it as +01:00 or -0500"))
}

fn id_key(args: &Args) -> Result<Option<IdKey>, Failure> {
    let Some(path) = &args.id_key else { return Ok(None) };
    let bytes = fs::read(path)
        .with_context(|| format!("id key {}", path.display()))
        .map_err(Failure::usage)?;
    let key = IdKey::new(bytes).with_context(|| format!("id key {}", path.display()));
    let remedy = "make one with: head -c 32 /dev/urandom > id.key";
    key.map(Some).map_err(|e| Failure::usage(e).remedy(remedy))
}

fn fhir_files<'a>(args: &Args, options: Options, run: &Run<'a>) -> Result<FhirFiles<'a>, Failure> {
    let folder = args.out.join("fhir");
    let base = args.fhir_bundles.clone();
    FhirFiles::create(&folder, options, base, run.versions.clone(), run.mapper)
        .with_context(|| format!("folder {}", folder.display()))
        .map_err(Failure::fatal)
}

fn copies<'a>(args: &'a Args, started: &str, mapper: &'static Mapper) -> Result<Option<Copies<'a>>, Failure> {
    let Some(folder) = &args.dicom_copies else {
        return Ok(None);
    };
    let options = CopyOptions {
        folder: folder.clone(),
        manner: Manner {
            drop_signatures: args.drop_signatures,
            new_uid: args.new_uid,
            at: dicom_date_time(started),
            mapper,
        },
        dry_run: args.dry_run,
    };
    if let Some(root) = args.paths.iter().find(|root| lies_inside(root, folder)) {
        let error = anyhow!("{}: input {}", CopyError::InsideInput, root.display());
        return Err(Failure::usage(error).remedy("choose a folder for the copies that does not hold the input"));
    }
    one_kind_of_uids(folder, args.new_uid)?;
    Copies::create(options, &args.paths, &args.out.join("copies.ndjson"))
        .with_context(|| format!("output folder {}", args.out.display()))
        .map(Some)
        .map_err(Failure::fatal)
}

/// Each copy would be refused; better none is begun.
fn one_kind_of_uids(folder: &Path, new_uid: bool) -> Result<(), Failure> {
    check_kind_of_uids(folder, new_uid).map_err(|error| {
        let failure = Failure::usage(anyhow::Error::new(error).context(folder.display().to_string()));
        failure.remedy("choose another folder for the copies, or leave --new-uid as it was")
    })
}

fn lies_inside(inner: &Path, outer: &Path) -> bool {
    match (inner.canonicalize(), outer.canonicalize()) {
        (Ok(inner), Ok(outer)) => inner.starts_with(outer),
        _ => false,
    }
}
