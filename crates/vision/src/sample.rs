//! A model folder with made-up weights, for tests.

use std::collections::BTreeMap;

use bodysite_core::Frame;
use candle_core::{DType, Device, Tensor};

use crate::architecture::{self, FEATURES};
use crate::{Files, Manifest, Model, ModelError, sha256};

const LABELS: &str = "index\thead\tsctid\tkey\tsupport\tnote\n\
    0\texamined\t816094009\tCH\treal\t\n\
    1\texamined\t72696002\tKN\treal\t\n\
    2\texamined\t16953009\tEL\tsynthetic\t\n\
    3\texamined\t85562004\tHA\tnone\t\n\
    4\texamined\t\treject\treal\tno radiograph of the 36\n\
    0\tvisible\t816094009\tCH\treal\t\n\
    1\tvisible\t72696002\tKN\treal\t\n\
    2\tvisible\t16953009\tEL\treal\t\n";

/// A folder in memory, to be changed and loaded.
pub(crate) struct Folder {
    pub(crate) manifest: Manifest,
    pub(crate) labels: String,
    pub(crate) tensors: BTreeMap<String, Tensor>,
}

/// Even numbers between -1 and 1, the same each time.
pub(crate) fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }
}

impl Folder {
    pub(crate) fn new() -> Self {
        let mut shapes = architecture::backbone_tensors();
        for (head, outputs) in [("examined", 5), ("visible", 3)] {
            shapes.push((format!("{head}.weight"), vec![outputs, FEATURES]));
            shapes.push((format!("{head}.bias"), vec![outputs]));
        }
        let tensors = shapes.into_iter().enumerate().map(|(i, (name, shape))| {
            let tensor = made_up(i as u64 + 1, &shape);
            (name, tensor)
        });
        Folder {
            manifest: crate::manifest::tests::sample(),
            labels: LABELS.to_owned(),
            tensors: tensors.collect(),
        }
    }

    pub(crate) fn set(&mut self, name: &str, shape: &[usize], value: f32) {
        let tensor = Tensor::full(value, shape, &Device::Cpu).unwrap();
        self.tensors.insert(name.to_owned(), tensor);
    }

    pub(crate) fn weights(&self) -> Vec<u8> {
        let tensors = self.tensors.iter().map(|(n, t)| (n.clone(), t.clone()));
        safetensors::serialize(tensors, None).unwrap()
    }

    /// Loads the folder; `model.toml` states the right hash.
    pub(crate) fn load(&self) -> Result<Model, ModelError> {
        let weights = self.weights();
        let mut manifest = self.manifest.clone();
        manifest.sha256 = sha256(&weights);
        Model::load(Files {
            manifest: &toml::to_string(&manifest).unwrap(),
            labels: &self.labels,
            weights: &weights,
        })
    }
}

fn made_up(seed: u64, shape: &[usize]) -> Tensor {
    let inputs: usize = shape[1..].iter().product();
    let spread = if shape.len() == 1 {
        0.1
    } else {
        (6.0 / inputs as f32).sqrt()
    };
    let mut noise = noise(seed);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| noise() * spread).collect();
    Tensor::from_vec(values, shape, &Device::Cpu)
        .and_then(|t| t.to_dtype(DType::F16))
        .unwrap()
}

/// A textured frame.
pub(crate) fn frame(width: usize, height: usize, seed: u64) -> Frame {
    let mut noise = noise(seed);
    let smooth = |i: usize| ((i % width) as f32 * 0.1).sin() + ((i / width) as f32 * 0.07).cos();
    let value = |i| ((smooth(i) + noise() * 0.3) * 12_000.0 + 32_768.0) as u16;
    Frame::new(width, height, (0..width * height).map(value).collect()).unwrap()
}
