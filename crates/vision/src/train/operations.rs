//! Operations over maps of image × height × width × channels that candle lacks or does slowly, with their gradients.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};

use crate::kernels::same_padding;

fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => candle_core::bail!("the tensor is not contiguous"),
    }
}

/// Clamps between 0 and 6.
pub(crate) fn relu6(x: &Tensor) -> Result<Tensor> {
    if x.device().is_cpu() {
        x.contiguous()?.apply_op1(Relu6)
    } else {
        x.clamp(0.0_f32, 6.0_f32)
    }
}

struct Relu6;

impl CustomOp1 for Relu6 {
    fn name(&self) -> &'static str {
        "relu6"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let out = values(storage, layout)?.iter().map(|x| x.clamp(0.0, 6.0)).collect();
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, result: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        result
            .contiguous()?
            .apply_op2_no_bwd(&gradient.contiguous()?, &Relu6Gradient)
            .map(Some)
    }
}

struct Relu6Gradient;

impl CustomOp2 for Relu6Gradient {
    fn name(&self) -> &'static str {
        "relu6-gradient"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let pairs = values(s1, l1)?.iter().zip(values(s2, l2)?);
        let out = pairs
            .map(|(y, g)| if *y > 0.0 && *y < 6.0 { *g } else { 0.0 })
            .collect();
        Ok((CpuStorage::F32(out), l1.shape().clone()))
    }
}

/// A depthwise convolution with TensorFlow's padding; `weight` is tap by tap, `[kernel * kernel, channels]`.
pub(crate) fn depthwise(x: &Tensor, weight: &Tensor, stride: usize) -> Result<Tensor> {
    let kernel = weight.dims()[0].isqrt();
    if x.device().is_cpu() {
        x.contiguous()?
            .apply_op2(&weight.contiguous()?, Depthwise { kernel, stride })
    } else {
        depthwise_by_taps(x, weight, kernel, stride)
    }
}

/// The same from candle's own operations, on any device.
fn depthwise_by_taps(x: &Tensor, weight: &Tensor, kernel: usize, stride: usize) -> Result<Tensor> {
    let mut sum: Option<Tensor> = None;
    for (tap, shifted) in taps(x, kernel, stride)?.iter().enumerate() {
        let part = shifted.broadcast_mul(&weight.get(tap)?)?;
        sum = Some(match sum {
            Some(sum) => (sum + part)?,
            None => part,
        });
    }
    sum.ok_or_else(|| candle_core::Error::Msg("a kernel has taps".to_owned()))
}

/// What each output of a convolution of one channel sees, tap by tap in the last dimension.
pub(crate) fn patches(x: &Tensor, kernel: usize, stride: usize) -> Result<Tensor> {
    Tensor::cat(&taps(x, kernel, stride)?, 3)
}

/// For each tap of a kernel the input that each output sees there, with TensorFlow's padding.
fn taps(x: &Tensor, kernel: usize, stride: usize) -> Result<Vec<Tensor>> {
    let side = x.dims()[1];
    let (outputs, before) = same_padding(side, kernel, stride);
    let after = ((outputs - 1) * stride + kernel).saturating_sub(side + before);
    // One more than needed, so that each second line can be taken by reshaping.
    let x = x
        .pad_with_zeros(1, before, after + stride)?
        .pad_with_zeros(2, before, after + stride)?;
    let every = |x: &Tensor, dim: usize, first: usize| -> Result<Tensor> {
        let lines = x.narrow(dim, first, outputs * stride)?;
        let mut shape = lines.dims().to_vec();
        shape[dim] = outputs;
        shape.insert(dim + 1, stride);
        lines
            .contiguous()?
            .reshape(shape)?
            .narrow(dim + 1, 0, 1)?
            .squeeze(dim + 1)
    };
    let tap = |tap: usize| every(&every(&x, 1, tap / kernel)?, 2, tap % kernel);
    (0..kernel * kernel).map(tap).collect()
}

#[derive(Clone, Copy)]
struct Depthwise {
    kernel: usize,
    stride: usize,
}

/// The sizes of one convolution.
struct Sizes {
    images: usize,
    side: usize,
    outputs: usize,
    channels: usize,
    before: usize,
}

impl Depthwise {
    fn sizes(self, x: &Layout) -> Sizes {
        let (images, side, channels) = (x.dims()[0], x.dims()[1], x.dims()[3]);
        let (outputs, before) = same_padding(side, self.kernel, self.stride);
        Sizes {
            images,
            side,
            outputs,
            channels,
            before,
        }
    }

    /// Calls `visit` with the first value's index of each output, each input it is made of, and the tap between.
    fn pairs(self, s: &Sizes, mut visit: impl FnMut(usize, usize, usize)) {
        let reach = |at: usize, tap: usize| (at * self.stride + tap).checked_sub(s.before).filter(|i| *i < s.side);
        for image in 0..s.images {
            for place in 0..s.outputs * s.outputs {
                let output = (image * s.outputs * s.outputs + place) * s.channels;
                for tap in 0..self.kernel * self.kernel {
                    let y = reach(place / s.outputs, tap / self.kernel);
                    let x = reach(place % s.outputs, tap % self.kernel);
                    if let (Some(y), Some(x)) = (y, x) {
                        visit(
                            output,
                            ((image * s.side + y) * s.side + x) * s.channels,
                            tap * s.channels,
                        );
                    }
                }
            }
        }
    }
}

fn add_products(to: &mut [f32], a: &[f32], b: &[f32]) {
    for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
        *to += a * b;
    }
}

impl CustomOp2 for Depthwise {
    fn name(&self) -> &'static str {
        "depthwise"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let (x, w) = (values(s1, l1)?, values(s2, l2)?);
        let s = self.sizes(l1);
        let c = s.channels;
        let mut out = vec![0.0; s.images * s.outputs * s.outputs * c];
        self.pairs(&s, |o, i, t| {
            add_products(&mut out[o..o + c], &x[i..i + c], &w[t..t + c])
        });
        Ok((CpuStorage::F32(out), (s.images, s.outputs, s.outputs, c).into()))
    }

    fn bwd(&self, x: &Tensor, w: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        let to_input = gradient.apply_op3_no_bwd(&x.contiguous()?, &w.contiguous()?, &Gradient(*self, Side::Input))?;
        let to_weight =
            gradient.apply_op3_no_bwd(&x.contiguous()?, &w.contiguous()?, &Gradient(*self, Side::Weight))?;
        Ok((Some(to_input), Some(to_weight)))
    }
}

enum Side {
    Input,
    Weight,
}

struct Gradient(Depthwise, Side);

impl candle_core::CustomOp3 for Gradient {
    fn name(&self) -> &'static str {
        "depthwise-gradient"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (g, x, w) = (values(s1, l1)?, values(s2, l2)?, values(s3, l3)?);
        let s = self.0.sizes(l2);
        let c = s.channels;
        let (mut out, shape) = match self.1 {
            Side::Input => (vec![0.0; x.len()], l2.shape()),
            Side::Weight => (vec![0.0; w.len()], l3.shape()),
        };
        match self.1 {
            Side::Input => self.0.pairs(&s, |o, i, t| {
                add_products(&mut out[i..i + c], &g[o..o + c], &w[t..t + c])
            }),
            Side::Weight => self.0.pairs(&s, |o, i, t| {
                add_products(&mut out[t..t + c], &g[o..o + c], &x[i..i + c])
            }),
        }
        Ok((CpuStorage::F32(out), shape.clone()))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;
    use crate::sample::noise;

    fn made_up(seed: u64, shape: &[usize]) -> Var {
        let mut noise = noise(seed);
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| noise() * 3.0).collect();
        Var::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    fn apart(a: &Tensor, b: &Tensor) -> f32 {
        assert_eq!(a.dims(), b.dims());
        (a - b)
            .unwrap()
            .abs()
            .unwrap()
            .flatten_all()
            .unwrap()
            .max(0)
            .unwrap()
            .to_scalar()
            .unwrap()
    }

    #[test]
    fn the_depthwise_convolution_and_its_gradients_are_those_of_candles_operations() {
        for (side, kernel, stride) in [(6, 3, 1), (7, 5, 2), (6, 5, 2), (3, 5, 1)] {
            let (x, w) = (made_up(1, &[2, side, side, 8]), made_up(2, &[kernel * kernel, 8]));
            let ours = depthwise(&x, &w, stride).unwrap();
            let theirs = depthwise_by_taps(&x, &w, kernel, stride).unwrap();
            assert!(apart(&ours, &theirs) < 1e-3, "{side} {kernel} {stride}");
            let gradients = |y: &Tensor| y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            let (a, b) = (gradients(&ours), gradients(&theirs));
            for v in [&x, &w] {
                let scale = b
                    .get(v)
                    .unwrap()
                    .abs()
                    .unwrap()
                    .max_all()
                    .unwrap()
                    .to_scalar::<f32>()
                    .unwrap();
                assert!(apart(a.get(v).unwrap(), b.get(v).unwrap()) < 1e-5 * scale);
            }
        }
    }

    #[test]
    fn relu6_lets_gradients_through_inside_only() {
        let x = Var::new(&[-1.0_f32, 2.0, 7.0], &Device::Cpu).unwrap();
        let y = relu6(&x).unwrap();
        assert_eq!(y.to_vec1::<f32>().unwrap(), [0.0, 2.0, 6.0]);
        let gradients = y.sum_all().unwrap().backward().unwrap();
        assert_eq!(gradients.get(&x).unwrap().to_vec1::<f32>().unwrap(), [0.0, 1.0, 0.0]);
    }
}
