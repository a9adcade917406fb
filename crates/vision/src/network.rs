//! The network in candle: the table of [`crate::architecture`] as custom operations over maps of
//! height × width × channels.
//!
//! candle runs a depthwise convolution as one convolution a channel, which makes this network ten times slower than
//! it need be; each inverted residual block is therefore one custom operation over [`crate::kernels`]. An image is
//! always computed alone and on the calling thread, so that neither batch nor threads can change a bit of the result.

use std::cell::RefCell;

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor};

use crate::architecture::{self, Block, FEATURES, STEM};
use crate::kernels::{Activation, Depthwise, Pointwise, same_padding};
use crate::prepare::Prepared;
use crate::weights::Weights;

/// The network up to its last map.
#[derive(Debug)]
pub(crate) struct Network {
    stem: Stem,
    blocks: Vec<InvertedResidual>,
    head: Head,
}

impl Network {
    /// Builds the network from checked weights.
    pub(crate) fn new(weights: &Weights) -> Self {
        let stem = Stem(pointwise(weights, "stem", Activation::Relu6));
        let block = |(i, block): (usize, &Block)| InvertedResidual::new(weights, i, block);
        Network {
            stem,
            blocks: architecture::blocks().iter().enumerate().map(block).collect(),
            head: Head(pointwise(weights, "head", Activation::Relu6)),
        }
    }

    /// The last map: side × side × [`FEATURES`].
    pub(crate) fn map(&self, prepared: &Prepared) -> Result<Tensor> {
        self.map_after(self.map_before(prepared, self.blocks.len())?, self.blocks.len())
    }

    /// The map that a block takes.
    pub(crate) fn map_before(&self, prepared: &Prepared, block: usize) -> Result<Tensor> {
        let mut x = self.stem(&prepared.values, prepared.size)?;
        for block in &self.blocks[..block] {
            x = x.apply_op1_no_bwd(block)?;
        }
        Ok(x)
    }

    /// The map after the first convolution, from the `size * size` values of a prepared image.
    pub(crate) fn stem(&self, values: &[f32], size: usize) -> Result<Tensor> {
        Tensor::from_slice(values, (size, size), &Device::Cpu)?.apply_op1_no_bwd(&self.stem)
    }

    /// The last map, from the one that a block takes.
    pub(crate) fn map_after(&self, mut x: Tensor, block: usize) -> Result<Tensor> {
        for block in &self.blocks[block..] {
            x = x.apply_op1_no_bwd(block)?;
        }
        x.apply_op1_no_bwd(&self.head)
    }

    /// The features of an image: the mean of the last map over all places.
    pub(crate) fn features(&self, prepared: &Prepared) -> Result<Vec<f32>> {
        Ok(pool(&self.map(prepared)?.flatten_all()?.to_vec1::<f32>()?))
    }
}

/// The mean over all places of a map.
pub(crate) fn pool(map: &[f32]) -> Vec<f32> {
    let places = map.chunks_exact(FEATURES);
    let share = 1.0 / places.len() as f32;
    let mut mean = vec![0.0; FEATURES];
    for place in places {
        for (sum, x) in mean.iter_mut().zip(place) {
            *sum += x;
        }
    }
    mean.iter_mut().for_each(|m| *m *= share);
    mean
}

fn pointwise(weights: &Weights, name: &str, activation: Activation) -> Pointwise {
    let weight = weights.values(&format!("{name}.weight"));
    Pointwise::new(&weight, &weights.values(&format!("{name}.bias")), activation)
}

/// The values of a contiguous f32 tensor.
fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => candle_core::bail!("the map is not contiguous"),
    }
}

/// The first convolution, 3×3 with stride 2 over one channel.
#[derive(Debug)]
struct Stem(Pointwise);

impl CustomOp1 for Stem {
    fn name(&self) -> &'static str {
        "stem"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = values(storage, layout)?;
        let side = layout.dims()[0];
        let (outputs, before) = same_padding(side, 3, 2);
        let mut out = vec![0.0; outputs * outputs * STEM];
        self.0.apply(&patches(x, side, outputs, before), &mut out);
        Ok((CpuStorage::F32(out), (outputs, outputs, STEM).into()))
    }
}

/// The 3×3 neighbourhood of each second pixel, zeros outside.
fn patches(x: &[f32], side: usize, outputs: usize, before: usize) -> Vec<f32> {
    let mut patches = vec![0.0; outputs * outputs * 9];
    for (i, patch) in patches.chunks_exact_mut(9).enumerate() {
        let (top, left) = (i / outputs * 2, i % outputs * 2);
        for (line, cells) in patch.chunks_exact_mut(3).enumerate() {
            let y = (top + line).wrapping_sub(before);
            for (column, cell) in cells.iter_mut().enumerate() {
                let x_ = (left + column).wrapping_sub(before);
                if y < side && x_ < side {
                    *cell = x[y * side + x_];
                }
            }
        }
    }
    patches
}

/// Expansion, depthwise convolution, projection, and the shortcut around them.
#[derive(Debug)]
struct InvertedResidual {
    expand: Option<Pointwise>,
    depthwise: Depthwise,
    project: Pointwise,
    shortcut: bool,
}

thread_local! {
    /// The two wide maps of a block; kept, since clearing fresh memory costs as much as a convolution.
    static WIDE: RefCell<[Vec<f32>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

/// The first `n` values of a buffer that grows as needed.
fn room(buffer: &mut Vec<f32>, n: usize) -> &mut [f32] {
    if buffer.len() < n {
        buffer.resize(n, 0.0);
    }
    &mut buffer[..n]
}

impl InvertedResidual {
    fn new(weights: &Weights, i: usize, block: &Block) -> Self {
        let name = |layer: &str| format!("blocks.{i}.{layer}");
        let expand = || pointwise(weights, &name("expand"), Activation::Relu6);
        let weight = weights.values(&name("depthwise.weight"));
        let bias = weights.values(&name("depthwise.bias"));
        InvertedResidual {
            expand: (block.expansion > 1).then(expand),
            depthwise: Depthwise::new(&weight, &bias, block.kernel, block.stride),
            project: pointwise(weights, &name("project"), Activation::Linear),
            shortcut: block.has_shortcut(),
        }
    }

    fn apply(&self, x: &[f32], side: usize, wide: &mut [Vec<f32>; 2]) -> Vec<f32> {
        let [expanded, filtered] = wide;
        let hidden = self.depthwise.channels();
        let outputs = self.depthwise.outputs(side);
        let places = outputs * outputs;
        let input = match &self.expand {
            Some(expand) => {
                let room = room(expanded, side * side * hidden);
                expand.apply(x, room);
                &*room
            }
            None => x,
        };
        let filtered = room(filtered, places * hidden);
        self.depthwise.apply(input, side, filtered);
        let mut out = vec![0.0; places * self.project.outputs()];
        self.project.apply(filtered, &mut out);
        if self.shortcut {
            out.iter_mut().zip(x).for_each(|(to, from)| *to += from);
        }
        out
    }
}

impl CustomOp1 for InvertedResidual {
    fn name(&self) -> &'static str {
        "inverted-residual"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let side = layout.dims()[0];
        let x = values(storage, layout)?;
        let out = WIDE.with_borrow_mut(|wide| self.apply(x, side, wide));
        let outputs = self.depthwise.outputs(side);
        Ok((CpuStorage::F32(out), (outputs, outputs, self.project.outputs()).into()))
    }
}

/// The last 1×1 convolution.
#[derive(Debug)]
struct Head(Pointwise);

impl CustomOp1 for Head {
    fn name(&self) -> &'static str {
        "head"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let side = layout.dims()[0];
        let mut out = vec![0.0; side * side * FEATURES];
        self.0.apply(values(storage, layout)?, &mut out);
        Ok((CpuStorage::F32(out), (side, side, FEATURES).into()))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Tensor;

    use super::*;
    use crate::prepare::prepare;
    use crate::sample::{Folder, frame};

    /// Convolution by candle with TensorFlow's padding, over channels × height × width.
    fn convolve(x: &Tensor, f: &Folder, name: &str, stride: usize, groups: usize) -> Tensor {
        let get = |part| {
            f.tensors[&format!("{name}.{part}")]
                .to_dtype(candle_core::DType::F32)
                .unwrap()
        };
        let (weight, bias) = (get("weight"), get("bias"));
        let (kernel, side) = (weight.dims()[2], x.dims()[2]);
        let (outputs, before) = same_padding(side, kernel, stride);
        let after = ((outputs - 1) * stride + kernel).saturating_sub(side + before);
        let x = x
            .pad_with_zeros(2, before, after)
            .unwrap()
            .pad_with_zeros(3, before, after)
            .unwrap();
        let y = x.conv2d(&weight, 0, stride, 1, groups).unwrap();
        y.broadcast_add(&bias.reshape((1, (), 1, 1)).unwrap()).unwrap()
    }

    #[test]
    fn it_is_what_candles_own_convolutions_compute() {
        let folder = Folder::new();
        let model = folder.load().unwrap();
        let prepared = prepare(&frame(90, 70, 3), 64).unwrap();
        let mut x = Tensor::from_slice(&prepared.values, (1, 1, 64, 64), &Device::Cpu).unwrap();
        let relu6 = |x: Tensor| x.clamp(0.0_f32, 6.0_f32).unwrap();
        x = relu6(convolve(&x, &folder, "stem", 2, 1));
        for (i, b) in architecture::blocks().iter().enumerate() {
            let name = |layer: &str| format!("blocks.{i}.{layer}");
            let mut h = x.clone();
            if b.expansion > 1 {
                h = relu6(convolve(&h, &folder, &name("expand"), 1, 1));
            }
            h = relu6(convolve(&h, &folder, &name("depthwise"), b.stride, b.hidden()));
            h = convolve(&h, &folder, &name("project"), 1, 1);
            x = if b.has_shortcut() { (h + x).unwrap() } else { h };
        }
        x = relu6(convolve(&x, &folder, "head", 1, 1));
        let expect: Vec<f32> = x.mean((2, 3)).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let got = model.scores(&prepared).features;
        let worst = got.iter().zip(&expect).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let largest = expect.iter().copied().fold(0.0, f32::max);
        assert!(largest > 0.1 && worst < 2e-5 * largest.max(1.0), "{worst} of {largest}");
    }
}
