//! What happens while a model is trained.

use super::data::Counts;

/// What is being fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The examined head.
    Examined,
    /// The visible head.
    Visible,
    /// The last blocks with both heads.
    Blocks,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// Features of an image are at hand.
    Features {
        /// Images done.
        done: usize,
        /// Images in all.
        total: usize,
    },
    /// The images are divided.
    Data(Counts),
    /// Labels were questioned.
    Questioned {
        /// The round, counting from 1.
        round: usize,
        /// Labels that are probably wrong.
        suspected: usize,
        /// Labels questioned.
        of: usize,
    },
    /// One pass over the images is done.
    Epoch {
        /// Which head.
        stage: Stage,
        /// Strength of the draw toward the head one starts from.
        decay: f32,
        /// Passes done.
        epoch: usize,
        /// Mean loss over the images learnt from.
        loss: f32,
        /// Mean loss over the validation images.
        validation_loss: f64,
        /// Share of right answers over the validation images.
        validation_accuracy: f64,
    },
}
