//! The network's last blocks or all of it, fitted together with both heads by candle's automatic gradients.
//!
//! What comes before the first fitted block is kept in a file, so that a pass over the last five costs a third of the
//! network forward and backward. On a processor that takes minutes a pass for thousands of images, the whole network
//! several times as long; with the feature `cuda` a GPU is used where there is one.

use std::collections::BTreeMap;
use std::io;

use candle_core::{D, Device, Result, Tensor, Var};
use candle_nn::{AdamW, Optimizer, ParamsAdamW};

use super::Options;
use super::data::Data;
use super::event::{Event, Stage};
use super::features::Cache;
use super::operations::{depthwise, patches, relu6};
use super::random::Random;
use super::split::Split;
use super::start::Start;
use crate::Model;
use crate::architecture::{self, Block};

const BATCH: usize = 32;
const RATE: f64 = 1e-4;

/// How much finding the visible parts counts beside naming the examined one.
const VISIBLE_SHARE: f64 = 0.5;

/// What the blocks are fitted to.
pub(crate) struct Lesson<'a> {
    pub(crate) data: &'a Data<'a>,
    /// Class to learn; none for an image that is left out.
    pub(crate) labels: &'a [Option<usize>],
    pub(crate) visible: &'a [Vec<Option<bool>>],
    pub(crate) maps: &'a Cache,
    pub(crate) start: Start,
}

/// The fitted tensors, by name, in the shapes of a model folder; the tensors of the pass with the least validation
/// loss, or none if no pass was better than the model was.
pub(crate) fn tune(
    model: &Model,
    lesson: &Lesson<'_>,
    options: &Options,
    progress: &mut (dyn FnMut(&Event) + Send),
) -> io::Result<Option<BTreeMap<String, Tensor>>> {
    let run = Run::new(model, lesson).and_then(|mut run| run.passes(options, progress));
    run.map_err(io::Error::other)
}

struct Run<'a> {
    lesson: &'a Lesson<'a>,
    device: Device,
    /// Side and depth of what is kept of an image.
    shape: (usize, usize),
    layers: BTreeMap<String, Var>,
    blocks: Vec<(usize, Block)>,
    /// Added to the examined logits: outputs that mean nothing can't be chosen.
    mask: Tensor,
}

impl<'a> Run<'a> {
    fn new(model: &Model, lesson: &'a Lesson<'a>) -> Result<Self> {
        let device = Device::cuda_if_available(0)?;
        let names = architecture::backbone_tensors().into_iter().map(|(name, _)| name);
        let heads = ["examined.weight", "examined.bias", "visible.weight", "visible.bias"].map(str::to_owned);
        let mut layers = BTreeMap::new();
        for name in names.chain(heads).filter(|name| lesson.start.fits(name)) {
            let tensor = model
                .weights
                .get(&name)
                .ok_or_else(|| candle_core::Error::Msg(name.clone()))?;
            layers.insert(
                name.clone(),
                Var::from_tensor(&flat(&name, tensor)?.to_device(&device)?)?,
            );
        }
        let never = |k| {
            if lesson.data.meaningless.contains(&k) {
                -1e4_f32
            } else {
                0.0
            }
        };
        let mask: Vec<f32> = (0..=model.labels.examined.len()).map(never).collect();
        Ok(Run {
            lesson,
            shape: lesson.start.shape(model),
            layers,
            blocks: lesson.start.blocks(),
            mask: Tensor::new(mask, &device)?,
            device,
        })
    }

    fn passes(
        &mut self,
        options: &Options,
        progress: &mut (dyn FnMut(&Event) + Send),
    ) -> Result<Option<BTreeMap<String, Tensor>>> {
        let of = |split| {
            self.lesson
                .data
                .of(split)
                .into_iter()
                .filter(|i| self.lesson.labels[*i].is_some())
        };
        let (mut train, validation): (Vec<usize>, Vec<usize>) =
            (of(Split::Train).collect(), of(Split::Validation).collect());
        let settings = ParamsAdamW {
            lr: RATE,
            weight_decay: 1e-4,
            ..ParamsAdamW::default()
        };
        let mut adam = AdamW::new(self.layers.values().cloned().collect(), settings)?;
        let mut random = Random::new(options.seed);
        let (mut least, mut best) = (self.measure(&validation)?.0, None);
        for epoch in 1..=options.block_epochs {
            random.shuffle(&mut train);
            let mut total = 0.0;
            for batch in train.chunks(BATCH) {
                let loss = self.loss(batch)?.0;
                adam.backward_step(&loss)?;
                total += loss.to_scalar::<f32>()? * batch.len() as f32;
            }
            let (validation_loss, validation_accuracy) = self.measure(&validation)?;
            progress(&Event::Epoch {
                stage: Stage::Blocks,
                decay: 0.0,
                epoch,
                loss: total / train.len().max(1) as f32,
                validation_loss,
                validation_accuracy,
            });
            if validation_loss < least {
                (least, best) = (validation_loss, Some(self.tensors()?));
            }
        }
        Ok(best)
    }

    /// Mean loss and share of right answers.
    fn measure(&self, of: &[usize]) -> Result<(f64, f64)> {
        let (mut loss, mut right) = (0.0, 0.0);
        for batch in of.chunks(BATCH) {
            let (mean, hits) = self.loss(batch)?;
            loss += f64::from(mean.to_scalar::<f32>()?) * batch.len() as f64;
            right += f64::from(hits);
        }
        let n = of.len().max(1) as f64;
        Ok((loss / n, right / n))
    }

    /// The mean loss of some images, and how many are named rightly.
    fn loss(&self, batch: &[usize]) -> Result<(Tensor, f32)> {
        let features = self.features(batch)?;
        let examined = self.linear("examined", &features)?.broadcast_add(&self.mask)?;
        let labels: Vec<u32> = batch
            .iter()
            .map(|i| self.lesson.labels[*i].unwrap_or(0) as u32)
            .collect();
        let labels = Tensor::new(labels, &self.device)?;
        let named = candle_nn::loss::cross_entropy(&examined, &labels)?;
        let hits = examined
            .argmax(D::Minus1)?
            .eq(&labels)?
            .to_dtype(candle_core::DType::F32)?;
        let seen = self.seen(&self.linear("visible", &features)?, batch)?;
        Ok(((named + (seen * VISIBLE_SHARE)?)?, hits.sum_all()?.to_scalar()?))
    }

    /// The loss of the visible head over the parts about which something is known.
    fn seen(&self, logits: &Tensor, batch: &[usize]) -> Result<Tensor> {
        let all = || batch.iter().flat_map(|i| self.lesson.visible[*i].iter());
        let wanted: Vec<f32> = all().map(|t| f32::from(u8::from(*t == Some(true)))).collect();
        let known: Vec<f32> = all().map(|t| f32::from(u8::from(t.is_some()))).collect();
        let count = known.iter().sum::<f32>().max(1.0);
        let wanted = Tensor::from_vec(wanted, logits.shape(), &self.device)?;
        let known = Tensor::from_vec(known, logits.shape(), &self.device)?;
        let tail = (logits.abs()?.neg()?.exp()? + 1.0)?.log()?;
        let loss = ((logits.relu()? - (logits * wanted)?)? + tail)?;
        (loss * known)?.sum_all()? / f64::from(count)
    }

    fn features(&self, batch: &[usize]) -> Result<Tensor> {
        let mut values = Vec::new();
        for i in batch {
            let map = self.lesson.maps.get(&self.lesson.data.images[*i].key)?;
            values.extend(map.ok_or_else(|| candle_core::Error::Msg("a map is missing".to_owned()))?);
        }
        let (side, depth) = self.shape;
        let mut x = Tensor::from_vec(values, (batch.len(), side, side, depth), &self.device)?;
        if self.lesson.start.is_whole() {
            x = relu6(&self.linear("stem", &patches(&x, 3, 2)?)?)?;
        }
        for (i, block) in &self.blocks {
            x = self.block(&x, *i, block)?;
        }
        relu6(&self.linear("head", &x)?)?.flatten(1, 2)?.mean(1)
    }

    fn block(&self, x: &Tensor, i: usize, block: &Block) -> Result<Tensor> {
        let name = |layer: &str| format!("blocks.{i}.{layer}");
        let h = if block.expansion > 1 {
            relu6(&self.linear(&name("expand"), x)?)?
        } else {
            x.clone()
        };
        let h = depthwise(&h, &self.layers[&name("depthwise.weight")], block.stride)?;
        let h = relu6(&h.broadcast_add(&self.layers[&name("depthwise.bias")])?)?;
        let h = self.linear(&name("project"), &h)?;
        if block.has_shortcut() { h + x } else { Ok(h) }
    }

    /// A 1×1 convolution or a head, over the last dimension.
    fn linear(&self, name: &str, x: &Tensor) -> Result<Tensor> {
        let weight = &self.layers[&format!("{name}.weight")];
        let mut shape = x.dims().to_vec();
        let inputs = shape[shape.len() - 1];
        let rows = x.contiguous()?.reshape(((), inputs))?;
        let y = rows
            .matmul(&weight.t()?)?
            .broadcast_add(&self.layers[&format!("{name}.bias")])?;
        *shape.last_mut().expect("a map has channels") = weight.dims()[0];
        y.reshape(shape)
    }

    /// The fitted tensors in the shapes of a model folder.
    fn tensors(&self) -> Result<BTreeMap<String, Tensor>> {
        let back = |(name, var): (&String, &Var)| {
            let tensor = var.as_tensor().detach().to_device(&Device::Cpu)?.copy()?;
            Ok((name.clone(), unflat(name, &tensor)?))
        };
        self.layers.iter().map(back).collect()
    }
}

/// A weight as two dimensions: depthwise ones tap by tap, others output by output.
fn flat(name: &str, tensor: &Tensor) -> Result<Tensor> {
    let rows = tensor.dims()[0];
    match tensor.rank() {
        4 if name.ends_with("depthwise.weight") => tensor.reshape((rows, ()))?.t()?.contiguous(),
        4 => tensor.reshape((rows, ())),
        _ => Ok(tensor.clone()),
    }
}

fn unflat(name: &str, tensor: &Tensor) -> Result<Tensor> {
    if name.ends_with("depthwise.weight") {
        let kernel = tensor.dims()[0].isqrt();
        let channels = tensor.dims()[1];
        return tensor.t()?.contiguous()?.reshape((channels, 1, kernel, kernel));
    }
    let is_head = name.starts_with("examined") || name.starts_with("visible");
    if name == "stem.weight" {
        return tensor.reshape((tensor.dims()[0], 1, 3, 3));
    }
    if name.ends_with(".weight") && !is_head {
        let (outputs, inputs) = tensor.dims2()?;
        return tensor.reshape((outputs, inputs, 1, 1));
    }
    Ok(tensor.clone())
}
