//! Fitting a model to an archive: new heads over the frozen network, from labels of which some are wrong.
//!
//! Reading order: [`Image`] (what is known about one image), [`train`], [`Trained`] (a model folder in memory with
//! its figures), [`Log`] (the course of training as a page).
//!
//! The network below the heads stays as it is unless its last blocks, or all of it, are to be fitted too: its features
//! can be kept in a file and a head over them is fitted in minutes. Labels are questioned by confident learning
//! (`confident`) with whole patients or studies held out; what a reviewer decided is not questioned. Both heads start
//! from the model's own.

mod blocks;
mod card;
mod confident;
mod data;
mod event;
mod examined;
mod features;
mod linear;
mod log;
mod metrics;
mod operations;
mod random;
mod split;
mod start;
#[cfg(test)]
mod tests;
mod trained;
mod visible;

use std::io;
use std::path::Path;

use bodysite_core::{Frame, Sctid};

pub use event::{Event, Stage};
pub use features::NoFeatures;
pub use log::Log;
pub use metrics::{Figures, LabelFigures, Metrics};
pub use split::Split;
pub use trained::{Trained, WriteError};

use crate::Model;
use crate::architecture::{BLOCKS, FEATURES};
use data::Data;
use examined::Examined;
use features::{Cache, Found};
use start::Start;
use visible::Visible;

/// Where a label comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The header mapper: may be wrong.
    Header,
    /// A table: may be wrong.
    Csv,
    /// A reviewer: right.
    Reviewed,
}

/// What is known about one image of the archive.
#[derive(Debug, Clone)]
pub struct Image {
    /// Its name in the list of suspected labels; in no other output.
    pub name: String,
    /// Names its content, such as the SHA-256 of its file; finds its features again in the cache.
    pub key: String,
    /// Patient or study: images of one group are never divided between learning and testing.
    pub group: String,
    /// The part examined; without one the image is not used.
    pub examined: Option<Sctid>,
    /// All visible parts, where they are known.
    pub visible: Option<Vec<Sctid>>,
    /// Where these labels come from.
    pub source: Source,
}

/// The first block that is fitted unless another is asked for: what comes before it is two thirds of the work.
pub const FIRST_BLOCK: usize = 11;

/// The number of the network's last block.
pub const LAST_BLOCK: usize = BLOCKS - 1;

/// How to train.
#[derive(Debug, Clone)]
pub struct Options {
    /// Id of the model that is made.
    pub id: String,
    /// Passes over the images for the heads.
    pub epochs: usize,
    /// Passes over the images for the network below the heads; with 0 it stays as it is.
    pub block_epochs: usize,
    /// The first of its blocks that these passes fit, 0 to [`LAST_BLOCK`]; with 0 the whole network.
    pub first_block: usize,
    /// Decides the splits and the order of images.
    pub seed: u64,
    /// Threads that compute features. Does not change the result.
    pub threads: usize,
}

impl Options {
    /// The usual options for a model of that id.
    pub fn new(id: &str) -> Self {
        Options {
            id: id.to_owned(),
            epochs: 40,
            block_epochs: 0,
            first_block: FIRST_BLOCK,
            seed: 1,
            threads: 1,
        }
    }
}

/// A label that is probably wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// The image's name.
    pub name: String,
    /// The label given.
    pub given: Sctid,
    /// The label that seems right.
    pub proposed: Sctid,
    /// Probability of the proposed one, by a head that has not learnt from this image.
    pub p: f64,
    /// Whether the image was learnt from with the proposed label; otherwise it was left out.
    pub relabelled: bool,
}

/// Why no model could be trained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The feature cache can't be used.
    #[error("feature cache: {0}")]
    Cache(#[from] io::Error),
    /// Too few images with a label that the model has.
    #[error("{usable} usable images in {classes} classes; at least {least} in two classes are needed")]
    TooFew {
        /// Images with a label that is an output of the model.
        usable: usize,
        /// Classes among them.
        classes: usize,
        /// Images needed.
        least: usize,
    },
    /// All groups fell on one side of the split.
    #[error("{0:?} has no images: too few patients or studies")]
    EmptySplit(Split),
    /// The model could not be put together.
    #[error("the weights could not be written: {0}")]
    Weights(#[from] safetensors::SafeTensorError),
}

/// Images needed to begin.
const LEAST: usize = 20;

/// Fits a copy of `model` to the images. `read` gives the frame of an image by its index and is called by several
/// threads, only for images that are not in the cache; `progress` is told what happens.
pub fn train(
    model: &Model,
    images: &[Image],
    read: &(dyn Fn(usize) -> Option<Frame> + Sync),
    cache: &Path,
    options: &Options,
    progress: &mut (dyn FnMut(&Event) + Send),
) -> Result<Trained, TrainError> {
    let used: Vec<usize> = (0..images.len()).filter(|i| images[*i].examined.is_some()).collect();
    let store = Cache::open(cache, "features", &model.backbone_sha256(), FEATURES)?;
    let prepared = |i: usize| {
        let frame = read(i).ok_or(NoFeatures::Unreadable)?;
        model.prepare(&frame).map_err(NoFeatures::Unsuitable)
    };
    let compute = |i: usize| Ok(model.scores(&prepared(used[i])?).features);
    let features = extract(images, &used, &store, options, &compute, progress)?;
    let known: Vec<&Image> = used.iter().map(|i| &images[*i]).collect();
    let data = Data::new(model, &known, features, options)?;
    progress(&Event::Data(data.counts()));
    let heads = Heads::fit(
        model,
        &data,
        examined::fit(model, &data, options, progress),
        options,
        progress,
    );
    if options.block_epochs > 0 {
        let start = Start(options.first_block.min(LAST_BLOCK));
        let maps = Cache::open(cache, &start.kind(), &model.backbone_sha256(), start.values(model))?;
        let compute = |i: usize| Ok(start.map(model, prepared(used[i])?));
        extract(images, &used, &maps, options, &compute, progress)?;
        if let Some(trained) = with_blocks(model, &data, &heads, &maps, start, options, progress)? {
            return Ok(trained);
        }
    }
    trained::assemble(model, &data, &data, &heads, options)
}

/// Both heads, fitted.
struct Heads {
    examined: Examined,
    visible: Visible,
}

impl Heads {
    fn fit(
        model: &Model,
        data: &Data<'_>,
        examined: Examined,
        options: &Options,
        progress: &mut (dyn FnMut(&Event) + Send),
    ) -> Self {
        let visible = visible::fit(model, data, &examined, options, progress);
        Heads { examined, visible }
    }
}

fn extract(
    images: &[Image],
    used: &[usize],
    store: &Cache,
    options: &Options,
    compute: &(dyn Fn(usize) -> Found + Sync),
    progress: &mut (dyn FnMut(&Event) + Send),
) -> io::Result<Vec<Found>> {
    let keys: Vec<&str> = used.iter().map(|i| images[*i].key.as_str()).collect();
    let total = keys.len();
    let mut tell = |done| progress(&Event::Features { done, total });
    features::extract(&keys, store, options.threads, compute, &mut tell)
}

/// Fits the blocks and then the heads over what they see; none if the heads alone do better on the validation
/// images.
fn with_blocks(
    model: &Model,
    data: &Data<'_>,
    heads: &Heads,
    maps: &Cache,
    start: Start,
    options: &Options,
    progress: &mut (dyn FnMut(&Event) + Send),
) -> Result<Option<Trained>, TrainError> {
    let before = trained::fitted(model, data, heads);
    let labels: Vec<Option<usize>> = (0..data.images.len()).map(|i| heads.examined.label(data, i)).collect();
    let lesson = blocks::Lesson {
        data,
        labels: &labels,
        visible: &heads.visible.targets,
        maps,
        start,
    };
    let Some(tensors) = blocks::tune(&before, &lesson, options, progress)? else {
        return Ok(None);
    };
    let tuned = before.with_tensors(tensors);
    let mut scores = Vec::new();
    for image in &data.images {
        let map = maps
            .get(&image.key)?
            .ok_or_else(|| io::Error::other("a map is missing"))?;
        scores.push(tuned.heads(start.features(&tuned, map)));
    }
    let seen = data.rescored(scores);
    let (verdicts, suspects) = (heads.examined.verdicts.clone(), heads.examined.suspects.clone());
    let examined = examined::refit(&seen, verdicts, suspects, options, progress);
    if examined.loss >= heads.examined.loss {
        return Ok(None);
    }
    let heads = Heads::fit(&tuned, &seen, examined, options, progress);
    trained::assemble(&tuned, &seen, data, &heads, options).map(Some)
}
