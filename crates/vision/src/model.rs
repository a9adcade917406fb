//! A model folder, loaded: `weights.safetensors`, `model.toml`, `labels.tsv`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bodysite_core::Frame;
use bodysite_terminology::Terminology;
use candle_core::{Device, Tensor};

use crate::architecture;
use crate::kernels::{Activation, Pointwise};
use crate::labels::{Labels, LabelsError};
use crate::manifest::{Manifest, ManifestError};
use crate::network::{Network, pool};
use crate::novelty::Distance;
use crate::prepare::{Prepared, Unsuitable, prepare};
use crate::weights::{Weights, WeightsError, sha256};

/// The contents of a model folder's files.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    /// `model.toml`
    pub manifest: &'a str,
    /// `labels.tsv`
    pub labels: &'a str,
    /// `weights.safetensors`
    pub weights: &'a [u8],
}

/// Why a model can't be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A file can't be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// `model.toml` is refused.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// `labels.tsv` is refused.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// `weights.safetensors` is refused.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// `model.toml` limits a distance that the weights cannot measure, or the other way round.
    #[error("max_distance of model.toml and the distance tensors must be there together")]
    Distance,
}

/// What the network says about an image, before calibration.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The pooled features.
    pub features: Vec<f32>,
    /// Logits of the examined head; the last is the reject output's.
    pub examined: Vec<f32>,
    /// Logits of the visible head.
    pub visible: Vec<f32>,
}

/// An image model, ready to classify. Immutable; share it between threads.
#[derive(Debug)]
pub struct Model {
    pub(crate) manifest: Manifest,
    pub(crate) labels: Labels,
    pub(crate) weights: Weights,
    network: Network,
    examined: Pointwise,
    visible: Pointwise,
    pub(crate) distance: Option<Distance>,
}

impl Model {
    /// Loads a model and refuses anything that is not exactly right.
    pub fn load(files: Files<'_>) -> Result<Model, ModelError> {
        let manifest = Manifest::read(files.manifest)?;
        let labels = Labels::read(files.labels, Terminology::builtin())?;
        let (examined, visible) = (labels.examined.len() + 1, labels.visible.len());
        let weights = Weights::read(files.weights, &manifest.sha256, examined, visible)?;
        if Distance::of(&weights).is_some() != manifest.max_distance.is_some() {
            return Err(ModelError::Distance);
        }
        Ok(Model::assemble(manifest, labels, weights))
    }

    /// A model from checked parts.
    pub(crate) fn assemble(manifest: Manifest, labels: Labels, weights: Weights) -> Model {
        let head = |name: &str| {
            let weight = weights.values(&format!("{name}.weight"));
            Pointwise::new(&weight, &weights.values(&format!("{name}.bias")), Activation::Linear)
        };
        Model {
            network: Network::new(&weights),
            examined: head("examined"),
            visible: head("visible"),
            distance: Distance::of(&weights),
            manifest,
            labels,
            weights,
        }
    }

    /// The same model with some tensors replaced by others of their shapes.
    pub(crate) fn with_tensors(&self, tensors: BTreeMap<String, Tensor>) -> Model {
        Model::assemble(self.manifest.clone(), self.labels.clone(), self.weights.with(tensors))
    }

    /// Loads the model in a folder.
    pub fn from_dir(folder: &Path) -> Result<Model, ModelError> {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).map_err(|source| ModelError::File { path, source })
        };
        let text = |name: &str| {
            let not_text = |_| ModelError::File {
                path: folder.join(name),
                source: io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"),
            };
            String::from_utf8(read(name)?).map_err(not_text)
        };
        Model::load(Files {
            manifest: &text("model.toml")?,
            labels: &text("labels.tsv")?,
            weights: &read("weights.safetensors")?,
        })
    }

    /// The model's id.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// SHA-256 of the weights.
    pub fn weights_sha256(&self) -> &str {
        &self.manifest.sha256
    }

    /// SHA-256 over everything that features depend on: preparation, size, and the weights below the two heads.
    pub fn backbone_sha256(&self) -> String {
        let mut bytes = format!("preparation {} size {}", self.manifest.preparation, self.manifest.size).into_bytes();
        for (name, _) in architecture::backbone_tensors() {
            bytes.extend(self.weights.values(&name).iter().flat_map(|v| v.to_le_bytes()));
        }
        sha256(&bytes)
    }

    /// What `model.toml` says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What the outputs stand for.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Prepares a frame for this model.
    pub fn prepare(&self, frame: &Frame) -> Result<Prepared, Unsuitable> {
        prepare(frame, self.manifest.size)
    }

    /// Runs the network on a prepared frame.
    ///
    /// # Panics
    /// If the frame was prepared for another size than this model's.
    pub fn scores(&self, prepared: &Prepared) -> Scores {
        assert_eq!(prepared.size, self.manifest.size, "prepared for another model");
        let features = self
            .network
            .features(prepared)
            .expect("all shapes were checked when the model was loaded");
        self.heads(features)
    }

    /// The last map, place by place.
    pub(crate) fn map(&self, prepared: &Prepared) -> Vec<f32> {
        let map = self.network.map(prepared).and_then(|m| m.flatten_all()?.to_vec1());
        map.expect("all shapes were checked when the model was loaded")
    }

    /// The map that a block takes, place by place.
    pub(crate) fn map_before(&self, prepared: &Prepared, block: usize) -> Vec<f32> {
        let map = self
            .network
            .map_before(prepared, block)
            .and_then(|m| m.flatten_all()?.to_vec1());
        map.expect("all shapes were checked when the model was loaded")
    }

    /// The features of an image from the map that a block takes.
    pub(crate) fn features_after(&self, map: Vec<f32>, shape: (usize, usize, usize), block: usize) -> Vec<f32> {
        self.pooled(Tensor::from_vec(map, shape, &Device::Cpu), block)
    }

    /// The features of an image from the values of its prepared square.
    pub(crate) fn features_of(&self, values: &[f32]) -> Vec<f32> {
        self.pooled(self.network.stem(values, self.manifest.size), 0)
    }

    fn pooled(&self, map: candle_core::Result<Tensor>, block: usize) -> Vec<f32> {
        let last = map.and_then(|map| self.network.map_after(map, block)?.flatten_all()?.to_vec1::<f32>());
        pool(&last.expect("all shapes were checked when the model was loaded"))
    }

    /// Both heads over given features.
    pub(crate) fn heads(&self, features: Vec<f32>) -> Scores {
        let apply = |head: &Pointwise| {
            let mut logits = vec![0.0; head.outputs()];
            head.apply(&features, &mut logits);
            logits
        };
        Scores {
            examined: apply(&self.examined),
            visible: apply(&self.visible),
            features,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::Reason;
    use crate::sample::{Folder, frame};

    #[test]
    fn neither_threads_nor_company_change_a_bit() {
        let model = Folder::new().load().unwrap();
        let frames: Vec<_> = (0..4).map(|i| frame(80 + i * 7, 64 + i * 5, i as u64)).collect();
        let score = |f: &Frame| model.scores(&model.prepare(f).unwrap());
        let alone: Vec<Scores> = frames.iter().map(score).collect();
        let together: Vec<Scores> = thread::scope(|scope| {
            let running: Vec<_> = frames.iter().map(|f| scope.spawn(move || score(f))).collect();
            running.into_iter().map(|r| r.join().unwrap()).collect()
        });
        assert_eq!(alone, together);
        assert_ne!(alone[0].examined, alone[1].examined);
        let again: Vec<Scores> = frames.iter().rev().map(score).collect();
        assert!(alone.iter().eq(again.iter().rev()));
    }

    #[test]
    fn a_folder_is_read_and_a_missing_file_named() {
        let folder = tempfile::tempdir().unwrap();
        let sample = Folder::new();
        let weights = sample.weights();
        let mut manifest = sample.manifest.clone();
        manifest.sha256 = sha256(&weights);
        fs::write(folder.path().join("model.toml"), toml::to_string(&manifest).unwrap()).unwrap();
        fs::write(folder.path().join("weights.safetensors"), &weights).unwrap();
        let missing = Model::from_dir(folder.path()).unwrap_err().to_string();
        assert!(missing.contains("labels.tsv"), "{missing}");
        fs::write(folder.path().join("labels.tsv"), &sample.labels).unwrap();
        assert_eq!(Model::from_dir(folder.path()).unwrap().id(), "sample");
    }

    #[test]
    fn an_unsuitable_frame_is_an_issue_and_no_assertion() {
        let model = Folder::new().load().unwrap();
        let blank = Frame::new(64, 64, vec![7; 64 * 64]).unwrap();
        for (frame, word) in [(frame(20, 90, 1), "too_small"), (blank, "constant")] {
            let (assertions, issues) = model.assertions(&model.classify(&frame));
            assert!(assertions.is_empty());
            assert_eq!(issues[0].code.code(), "BS0302");
            assert_eq!(issues[0].detail.as_deref(), Some(word));
        }
    }

    #[test]
    fn a_strange_image_is_no_radiograph() {
        let strange = |change: fn(&mut Folder)| {
            let mut folder = Folder::new();
            change(&mut folder);
            let model = folder.load().unwrap();
            let c = model.classify(&frame(80, 80, 5));
            assert!(c.abstained() && c.visible.is_empty());
            let (assertions, issues) = model.assertions(&c);
            assert!(assertions.is_empty() && issues[0].code.code() == "BS0303");
            c.reason
        };
        assert_eq!(strange(|f| f.manifest.reject_threshold = 0.0), Reason::NotARadiograph);
        let energy = |f: &mut Folder| {
            f.manifest.reject_threshold = 1.0;
            f.manifest.max_energy = Some(-1e9);
        };
        assert_eq!(strange(energy), Reason::Unfamiliar);
        let distance = |f: &mut Folder| {
            f.manifest.reject_threshold = 1.0;
            f.manifest.max_distance = Some(1e-9);
            f.set("distance.projection", &[2, 1280], 0.5);
            f.set("distance.centres", &[1, 2], -3.0);
        };
        assert_eq!(strange(distance), Reason::Unfamiliar);
    }

    #[test]
    fn a_label_without_support_is_never_named() {
        let mut folder = Folder::new();
        folder.manifest.reject_threshold = 1.0;
        let classification = folder.load().unwrap().classify(&frame(80, 80, 5));
        let named: Vec<_> = classification
            .examined
            .iter()
            .map(|r| r.concept.display.as_str())
            .collect();
        assert_eq!(named.len(), 3);
        assert!(!named.contains(&"Hand"));
        let total: f64 = classification.examined.iter().map(|r| r.p).sum();
        assert!((total + classification.reject - 1.0).abs() < 1e-9);
    }
}
