//! A fitted model: its folder in memory, its figures, and how it gets onto a disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};

use super::card::card;
use super::data::Data;
use super::linear::Linear;
use super::metrics::{Metrics, measure};
use super::split::Split;
use super::{Heads, Options, Suspect, TrainError};
use crate::architecture::{FEATURES, backbone_tensors};
use crate::novelty::energy;
use crate::weights::{CENTRES, PROJECTION};
use crate::{Files, Labels, Manifest, Model, ModelError, Support, sha256};

/// Share of the validation images that the limits for what is no radiograph let pass.
const PASS: f64 = 0.995;

/// A fitted model.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The files of its folder, by name.
    pub files: BTreeMap<&'static str, Vec<u8>>,
    /// How it does.
    pub metrics: Metrics,
    /// Labels of the archive that are probably wrong.
    pub suspects: Vec<Suspect>,
}

/// Why a fitted model was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// There is something of that name.
    #[error("{} exists and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// The model that it started from is right more often on the images kept back.
    #[error("the fitted model is right on {fitted:.3} of the images kept back, the one it started from on {before:.3}")]
    Worse {
        /// Accuracy of the fitted model.
        fitted: f64,
        /// Accuracy of the other.
        before: f64,
    },
    /// The system refused.
    #[error("{}: {source}", path.display())]
    File {
        /// Path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl Trained {
    /// Whether it does at least as well as the model that it started from, as far as the images kept back can tell:
    /// it is worse if it loses more of them than it wins and chance explains that in less than one case of twenty
    /// (McNemar's test, one-sided).
    pub fn is_better(&self) -> bool {
        let (won, lost) = (self.metrics.won as f64, self.metrics.lost as f64);
        lost - won <= 1.645 * (won + lost).sqrt()
    }

    /// The model, loaded as from its folder.
    pub fn model(&self) -> Result<Model, ModelError> {
        let text = |name| String::from_utf8_lossy(&self.files[name]);
        Model::load(Files {
            manifest: &text("model.toml"),
            labels: &text("labels.tsv"),
            weights: &self.files["weights.safetensors"],
        })
    }

    /// Writes the folder `models/<id>`, whole or not at all. Nothing is overwritten, and a worse model is written only
    /// if that is asked for.
    pub fn write(&self, models: &Path, even_if_worse: bool) -> Result<PathBuf, WriteError> {
        if !self.is_better() && !even_if_worse {
            return Err(WriteError::Worse {
                fitted: self.metrics.fitted.accuracy,
                before: self.metrics.before.accuracy,
            });
        }
        let folder = models.join(&self.metrics.model);
        if folder.exists() {
            return Err(WriteError::Exists(folder));
        }
        let partial = models.join(format!(".{}.partial", self.metrics.model));
        let wrong = |source| WriteError::File {
            path: folder.clone(),
            source,
        };
        self.fill(&partial)
            .and_then(|()| fs::rename(&partial, &folder))
            .map_err(wrong)?;
        Ok(folder)
    }

    fn fill(&self, folder: &Path) -> io::Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        for (name, bytes) in &self.files {
            let mut file = File::create(folder.join(name))?;
            file.write_all(bytes)?;
            file.sync_all()?;
        }
        Ok(())
    }
}

/// Puts the fitted model together; `before` is what the model that one started from saw.
pub(crate) fn assemble(
    model: &Model,
    data: &Data<'_>,
    before: &Data<'_>,
    heads: &Heads,
    options: &Options,
) -> Result<Trained, TrainError> {
    let weights = safetensors::serialize(tensors(model, data, heads), None)?;
    let manifest = manifest(model, data, heads, options, sha256(&weights));
    let metrics = measure(model, data, before, heads, &options.id);
    let labels = labels(model, data);
    let json = serde_json::to_string_pretty(&metrics).expect("figures are plain numbers") + "\n";
    let card = card(&metrics, &labels, &heads.examined, &manifest);
    let manifest = toml::to_string(&manifest).expect("a manifest is plain text and numbers");
    let files = BTreeMap::from([
        ("weights.safetensors", weights),
        ("model.toml", manifest.into_bytes()),
        ("labels.tsv", labels.write().into_bytes()),
        ("metrics.json", json.into_bytes()),
        ("MODEL_CARD.md", card.into_bytes()),
    ]);
    let suspects = heads.examined.suspects.clone();
    Ok(Trained {
        files,
        metrics,
        suspects,
    })
}

/// The model with its fitted heads, to go on from.
pub(crate) fn fitted(model: &Model, data: &Data<'_>, heads: &Heads) -> Model {
    model.with_tensors(self::heads(model, data, heads))
}

/// The network's tensors as they are, and the two heads.
fn tensors(model: &Model, data: &Data<'_>, heads: &Heads) -> BTreeMap<String, Tensor> {
    let names = backbone_tensors()
        .into_iter()
        .map(|(name, _)| name)
        .chain([PROJECTION, CENTRES].map(str::to_owned));
    let kept = names.filter_map(|name| model.weights.get(&name).map(|tensor| (name, half(tensor))));
    kept.chain(self::heads(model, data, heads)).collect()
}

/// The two heads, corrected.
fn heads(model: &Model, data: &Data<'_>, heads: &Heads) -> BTreeMap<String, Tensor> {
    let mut tensors = BTreeMap::new();
    for (name, linear) in [
        ("examined", Some(&heads.examined.linear)),
        ("visible", heads.visible.linear.as_ref()),
    ] {
        let (weight_name, bias_name) = (format!("{name}.weight"), format!("{name}.bias"));
        let mut weight = model.weights.values(&weight_name);
        let mut bias = model.weights.values(&bias_name);
        if let Some(linear) = linear {
            fold(linear, data, &mut weight, &mut bias);
        }
        let tensor = |values: &[f32], shape: &[usize]| Tensor::from_slice(values, shape, &Device::Cpu);
        let shapes = (vec![bias.len(), FEATURES], vec![bias.len()]);
        tensors.insert(
            weight_name,
            tensor(&weight, &shapes.0).expect("as many values as the head had"),
        );
        tensors.insert(
            bias_name,
            tensor(&bias, &shapes.1).expect("as many values as the head had"),
        );
    }
    tensors
}

/// Half precision where that loses nothing, as it does not for tensors that were read in it.
fn half(tensor: &Tensor) -> Tensor {
    let narrowed = tensor.to_dtype(DType::F16);
    let values = |t: &Tensor| t.to_dtype(DType::F32).and_then(|t| t.flatten_all()?.to_vec1::<f32>());
    match narrowed {
        Ok(narrowed) if values(&narrowed).ok() == values(tensor).ok() => narrowed,
        _ => tensor.clone(),
    }
}

/// Adds a correction over standardised features to a head over plain ones.
fn fold(linear: &Linear, data: &Data<'_>, weight: &mut [f32], bias: &mut [f32]) {
    for (k, (row, bias)) in weight.chunks_exact_mut(FEATURES).zip(bias).enumerate() {
        let mut shift = f64::from(linear.bias[k]);
        for (i, w) in row.iter_mut().enumerate() {
            let change = linear.weights[i * linear.outputs + k] / data.deviation[i];
            *w += change;
            shift -= f64::from(change) * f64::from(data.mean[i]);
        }
        *bias += shift as f32;
    }
}

fn manifest(model: &Model, data: &Data<'_>, heads: &Heads, options: &Options, sha256: String) -> Manifest {
    let Heads { examined, visible } = heads;
    let old = model.manifest();
    let validation = data.of(Split::Validation);
    let known = model.labels().examined.len();
    let energies = validation
        .iter()
        .map(|i| energy(&examined.logits(data, *i)[..known]))
        .collect();
    let distances = validation
        .iter()
        .filter_map(|i| model.distance.as_ref().map(|d| d.nearest(&data.scores[*i].features)))
        .collect();
    Manifest {
        id: options.id.clone(),
        sha256,
        temperature_examined: examined.temperature,
        temperature_visible: visible.temperature,
        threshold: examined.threshold.unwrap_or(old.threshold),
        visible_threshold: visible.threshold,
        max_energy: old.max_energy.map(|_| passing(energies)),
        max_distance: old.max_distance.map(|limit| limit.max(passing(distances))),
        ..old.clone()
    }
}

/// The value that all but a few do not exceed.
fn passing(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values
        .get((last as f64 * PASS).ceil() as usize)
        .copied()
        .unwrap_or(f64::MAX)
}

/// Labels with images in the archive are supported by real ones.
fn labels(model: &Model, data: &Data<'_>) -> Labels {
    let found: BTreeSet<usize> = data.labels.iter().copied().collect();
    let mut labels = model.labels().clone();
    for (i, label) in labels.examined.iter_mut().enumerate() {
        if found.contains(&i) {
            label.support = Support::Real;
        }
    }
    labels
}
