//! Strict reading of `weights.safetensors`: exactly the tensors expected, of exactly their shapes, all finite.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor};
use safetensors::SafeTensors;
use sha2::{Digest, Sha256};

use crate::architecture::{self, FEATURES};

/// Why a weights file is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The file's hash is not the one that `model.toml` states.
    #[error("weights.safetensors has SHA-256 {found}, model.toml states {stated}")]
    Hash {
        /// As `model.toml` states.
        stated: String,
        /// Of the file.
        found: String,
    },
    /// Not a safetensors file.
    #[error("weights.safetensors is no safetensors file: {0}")]
    Format(#[from] safetensors::SafeTensorError),
    /// A tensor of the network is not in the file.
    #[error("tensor {0} is missing")]
    Missing(String),
    /// A tensor of the file is not of the network.
    #[error("tensor {0} is not one of the network")]
    Extra(String),
    /// A tensor has another shape.
    #[error("tensor {name} has shape {found:?}, expected {expected:?}")]
    Shape {
        /// Tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The network's.
        expected: Vec<usize>,
    },
    /// A tensor holds NaN or infinity.
    #[error("tensor {0} holds a value that is not finite")]
    NotFinite(String),
    /// A tensor is of another type than F16 or F32.
    #[error("tensor {name} is of type {found}, expected F16 or F32")]
    Type {
        /// Tensor.
        name: String,
        /// Its type.
        found: String,
    },
    /// The tensor library failed.
    #[error("tensor {name}: {source}")]
    Tensor {
        /// Tensor.
        name: String,
        /// Its reason.
        source: candle_core::Error,
    },
}

/// The SHA-256 of some bytes, in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// All tensors of a network, checked, in f32.
#[derive(Debug, Clone)]
pub(crate) struct Weights {
    tensors: BTreeMap<String, Tensor>,
}

impl Weights {
    /// Reads and checks a file for that many outputs of either head.
    pub(crate) fn read(bytes: &[u8], stated: &str, examined: usize, visible: usize) -> Result<Self, WeightsError> {
        let found = sha256(bytes);
        if found != stated {
            let stated = stated.to_owned();
            return Err(WeightsError::Hash { stated, found });
        }
        let file = SafeTensors::deserialize(bytes)?;
        let expected = expected(&file, examined, visible);
        if let Some(extra) = file.names().into_iter().find(|n| !expected.contains_key(*n)) {
            return Err(WeightsError::Extra(extra.to_owned()));
        }
        let read = |(name, shape): (String, Shape)| Ok((name.clone(), tensor(&file, &name, &shape)?));
        let tensors = expected.into_iter().map(read).collect::<Result<_, WeightsError>>()?;
        Ok(Weights { tensors })
    }

    /// The same with some tensors replaced by others of their shapes.
    pub(crate) fn with(&self, replaced: BTreeMap<String, Tensor>) -> Weights {
        let mut tensors = self.tensors.clone();
        tensors.extend(replaced);
        Weights { tensors }
    }

    /// A tensor, if the file has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }

    /// A tensor's values; empty for an optional tensor that the file does not have.
    pub(crate) fn values(&self, name: &str) -> Vec<f32> {
        let flat = |t: &Tensor| t.flatten_all().and_then(|t| t.to_vec1());
        self.tensors.get(name).and_then(|t| flat(t).ok()).unwrap_or_default()
    }
}

/// The tensor that maps features to the space of the distance score.
pub(crate) const PROJECTION: &str = "distance.projection";

/// The tensor with the points from which the distance is measured.
pub(crate) const CENTRES: &str = "distance.centres";

/// A shape; `None` where any length will do.
type Shape = Vec<Option<usize>>;

fn expected(file: &SafeTensors<'_>, examined: usize, visible: usize) -> BTreeMap<String, Shape> {
    let fixed = |shape: Vec<usize>| shape.into_iter().map(Some).collect();
    let mut tensors: BTreeMap<String, Shape> = architecture::backbone_tensors()
        .into_iter()
        .map(|(name, shape)| (name, fixed(shape)))
        .collect();
    for (name, outputs) in [("examined", examined), ("visible", visible)] {
        tensors.insert(format!("{name}.weight"), vec![Some(outputs), Some(FEATURES)]);
        tensors.insert(format!("{name}.bias"), vec![Some(outputs)]);
    }
    if file.tensor(PROJECTION).is_ok() || file.tensor(CENTRES).is_ok() {
        let rank = file.tensor(PROJECTION).ok().and_then(|t| t.shape().first().copied());
        tensors.insert(PROJECTION.to_owned(), vec![None, Some(FEATURES)]);
        tensors.insert(CENTRES.to_owned(), vec![None, rank]);
    }
    tensors
}

fn tensor(file: &SafeTensors<'_>, name: &str, expected: &Shape) -> Result<Tensor, WeightsError> {
    let view = file.tensor(name).map_err(|_| WeightsError::Missing(name.to_owned()))?;
    let same = |(want, have): (&Option<usize>, &usize)| want.is_none_or(|w| w == *have);
    if view.shape().len() != expected.len() || !expected.iter().zip(view.shape()).all(same) {
        return Err(WeightsError::Shape {
            name: name.to_owned(),
            found: view.shape().to_vec(),
            expected: expected.iter().map(|d| d.unwrap_or(0)).collect(),
        });
    }
    let dtype = match view.dtype() {
        safetensors::Dtype::F16 => DType::F16,
        safetensors::Dtype::F32 => DType::F32,
        other => {
            let found = format!("{other:?}");
            let name = name.to_owned();
            return Err(WeightsError::Type { name, found });
        }
    };
    let wrong = |source| WeightsError::Tensor {
        name: name.to_owned(),
        source,
    };
    let tensor = Tensor::from_raw_buffer(view.data(), dtype, view.shape(), &Device::Cpu)
        .and_then(|t| t.to_dtype(DType::F32))
        .map_err(wrong)?;
    let values: Vec<f32> = tensor.flatten_all().and_then(|t| t.to_vec1()).map_err(wrong)?;
    if values.iter().any(|v| !v.is_finite()) {
        return Err(WeightsError::NotFinite(name.to_owned()));
    }
    Ok(tensor)
}

#[cfg(test)]
mod tests {
    use crate::sample::Folder;

    /// The message with which a changed folder is refused.
    fn refusal(change: impl FnOnce(&mut Folder)) -> String {
        let mut folder = Folder::new();
        change(&mut folder);
        folder.load().unwrap_err().to_string()
    }

    #[test]
    fn a_missing_an_extra_and_a_misshaped_tensor_are_refused_by_name() {
        let missing = refusal(|f| drop(f.tensors.remove("blocks.7.expand.bias")));
        assert_eq!(missing, "tensor blocks.7.expand.bias is missing");
        let extra = refusal(|f| f.set("blocks.0.expand.weight", &[32, 32, 1, 1], 0.0));
        assert_eq!(extra, "tensor blocks.0.expand.weight is not one of the network");
        let shape = refusal(|f| f.set("stem.weight", &[32, 3, 3, 3], 0.0));
        assert_eq!(
            shape,
            "tensor stem.weight has shape [32, 3, 3, 3], expected [32, 1, 3, 3]"
        );
        let outputs = refusal(|f| f.set("examined.bias", &[36], 0.0));
        assert_eq!(outputs, "tensor examined.bias has shape [36], expected [5]");
    }

    #[test]
    fn a_value_that_is_not_finite_is_refused_by_name() {
        let nan = refusal(|f| f.set("head.bias", &[1280], f32::NAN));
        assert_eq!(nan, "tensor head.bias holds a value that is not finite");
        let infinite = refusal(|f| f.set("visible.weight", &[3, 1280], f32::INFINITY));
        assert_eq!(infinite, "tensor visible.weight holds a value that is not finite");
    }

    #[test]
    fn half_a_distance_is_refused() {
        let projection = refusal(|f| f.set("distance.projection", &[4, 1280], 0.0));
        assert_eq!(projection, "tensor distance.centres is missing");
        let both = refusal(|f| {
            f.set("distance.projection", &[4, 1280], 0.0);
            f.set("distance.centres", &[2, 4], 0.0);
        });
        assert!(both.contains("must be there together"));
        assert!(refusal(|f| f.manifest.max_distance = Some(9.0)).contains("must be there together"));
    }

    #[test]
    fn other_bytes_and_another_hash_are_refused() {
        let folder = Folder::new();
        let weights = folder.weights();
        let load = |stated: &str, bytes: &[u8]| super::Weights::read(bytes, stated, 5, 3).unwrap_err().to_string();
        let wrong = load(&"a".repeat(64), &weights);
        assert!(wrong.starts_with("weights.safetensors has SHA-256"), "{wrong}");
        let cut = &weights[..weights.len() - 1];
        assert!(load(&super::sha256(cut), cut).starts_with("weights.safetensors is no safetensors file"));
    }
}
