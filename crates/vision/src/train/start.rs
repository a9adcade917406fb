//! Where fitting the network begins, and what is kept of each image so that nothing before it is computed twice.

use crate::Model;
use crate::architecture::{self, Block};
use crate::prepare::Prepared;

/// The first block that is fitted; with 0 the whole network is, its first convolution too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start(pub(crate) usize);

impl Start {
    /// Whether all is fitted, so that what is kept of an image is its prepared square.
    pub(crate) fn is_whole(self) -> bool {
        self.0 == 0
    }

    /// The blocks that are fitted, with their numbers.
    pub(crate) fn blocks(self) -> Vec<(usize, Block)> {
        architecture::blocks().into_iter().enumerate().skip(self.0).collect()
    }

    /// Whether a tensor of a model folder is fitted; both heads are.
    pub(crate) fn fits(self, name: &str) -> bool {
        let block = name
            .strip_prefix("blocks.")
            .and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
        match block {
            Some(block) => block >= self.0,
            None => self.is_whole() || !name.starts_with("stem."),
        }
    }

    /// Side and depth of what is kept of an image.
    pub(crate) fn shape(self, model: &Model) -> (usize, usize) {
        let size = model.manifest.size;
        if self.is_whole() {
            (size, 1)
        } else {
            (
                architecture::side_before(self.0, size),
                architecture::blocks()[self.0].inputs,
            )
        }
    }

    /// How many values are kept of an image.
    pub(crate) fn values(self, model: &Model) -> usize {
        let (side, depth) = self.shape(model);
        side * side * depth
    }

    /// The cache file's kind.
    pub(crate) fn kind(self) -> String {
        format!("maps-{}", self.0)
    }

    /// What is kept of an image.
    pub(crate) fn map(self, model: &Model, prepared: Prepared) -> Vec<f32> {
        if self.is_whole() {
            prepared.values
        } else {
            model.map_before(&prepared, self.0)
        }
    }

    /// The features of an image by a model, from what was kept of it.
    pub(crate) fn features(self, model: &Model, map: Vec<f32>) -> Vec<f32> {
        if self.is_whole() {
            return model.features_of(&map);
        }
        let (side, depth) = self.shape(model);
        model.features_after(map, (side, side, depth), self.0)
    }
}
