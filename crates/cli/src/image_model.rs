//! The image model of a command, and how the pipeline asks it: decode in a worker process, then classify.

use std::path::Path;

use anyhow::{Context, anyhow};
use bodysite_core::{Assertion, Frame, Header, Issue};
use bodysite_dicom::Decoder;
use bodysite_pipeline::Classify;
use bodysite_vision::Model;

use crate::exit::Failure;

/// The model that `choice` names: `off`, a folder, or the built-in one where nothing is said.
pub fn load(choice: Option<&Path>) -> Result<Option<&'static Model>, Failure> {
    let Some(folder) = choice else {
        return Ok(Model::builtin());
    };
    if folder == Path::new("off") {
        return Ok(None);
    }
    let model = Model::from_dir(folder).with_context(|| format!("model folder {}", folder.display()));
    let model = model.map_err(|e| {
        Failure::usage(e).remedy("name a folder made by bodysite train, off, or leave --model out for the built-in one")
    })?;
    // A command loads its model once and uses it to its end.
    Ok(Some(Box::leak(Box::new(model))))
}

/// The model, where the command cannot do without one.
pub fn required(choice: Option<&Path>) -> Result<&'static Model, Failure> {
    load(choice)?.ok_or_else(|| {
        let error = anyhow!("there is no image model: none is built in, or --model is off");
        Failure::usage(error).remedy("name a model folder with --model DIR")
    })
}

/// Decodes and classifies.
pub struct Eyes {
    model: &'static Model,
    decoder: Decoder,
}

impl Eyes {
    /// The workers are started when they are first needed.
    pub fn new(model: &'static Model) -> Result<Eyes, Failure> {
        let decoder = Decoder::new()
            .context("the program's own path")
            .map_err(Failure::fatal)?;
        Ok(Eyes { model, decoder })
    }

    /// Id and SHA-256 of the weights.
    pub fn version(&self) -> (String, String) {
        (self.model.id().to_owned(), self.model.weights_sha256().to_owned())
    }

    /// The representative frame of a DICOM file.
    pub fn frame(&self, path: &Path) -> Result<(Frame, Vec<Issue>), Issue> {
        self.decoder.read_frame(path).map_err(|failure| failure.issue())
    }
}

impl Classify for Eyes {
    fn classify(&self, path: &Path, _: &Header) -> (Vec<Assertion>, Vec<Issue>) {
        let (frame, mut issues) = match self.frame(path) {
            Ok(read) => read,
            Err(issue) => return (Vec::new(), vec![issue]),
        };
        let (assertions, more) = self.model.assertions(&self.model.classify(&frame));
        issues.extend(more);
        (assertions, issues)
    }
}
