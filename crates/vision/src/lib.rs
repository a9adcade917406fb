//! The image model: which part a frame was made of, and which parts it shows.
//!
//! Reading order: [`prepare`](fn@prepare) (from a frame to the network's input), [`Model`] (a folder of weights,
//! labels and numbers, loaded strictly), [`Classification`] (calibrated probabilities, an answer or the reason for
//! none), [`Explanation`] (which places speak for it).
//!
//! A model folder holds `weights.safetensors`, `model.toml` ([`Manifest`]) and `labels.tsv` ([`Labels`]).
//!
//! ```
//! use bodysite_core::Frame;
//! use bodysite_vision::{PREPARATION, prepare};
//!
//! let values = (0..64 * 48).map(|i| (i * 21) as u16).collect();
//! let prepared = prepare(&Frame::new(64, 48, values).unwrap(), 32).unwrap();
//! assert_eq!(prepared.values.len(), 32 * 32);
//! assert_eq!(PREPARATION, 1);
//! ```

mod architecture;
mod assertions;
mod builtin;
mod calibration;
mod classify;
mod explain;
mod kernels;
mod labels;
mod manifest;
mod model;
mod network;
mod novelty;
mod prepare;
mod read;
#[cfg(test)]
mod sample;
pub mod train;
mod weights;

pub use architecture::{FEATURES, REDUCTION};
pub use classify::{Classification, Ranked, Reason};
pub use explain::Explanation;
pub use labels::{Label, Labels, LabelsError, Support};
pub use manifest::{Manifest, ManifestError};
pub use model::{Files, Model, ModelError, Scores};
pub use prepare::{PREPARATION, Prepared, SMALLEST_SIDE, Unsuitable, prepare};
pub use read::{ReadError, frame_from_image};
pub use weights::{WeightsError, sha256};
