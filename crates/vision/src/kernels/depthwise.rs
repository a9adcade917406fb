//! A depthwise convolution: each channel with its own small kernel.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::{Activation, BLOCK, activate, same_padding};

/// Neighbouring outputs that are made together, sharing the weights in registers.
const TOGETHER: usize = 4;

/// The weights of one layer in blocks of [`BLOCK`] channels, tap by tap.
#[derive(Debug, Clone)]
pub(crate) struct Depthwise {
    channels: usize,
    kernel: usize,
    stride: usize,
    blocks: Vec<f32>,
    bias: Vec<f32>,
}

impl Depthwise {
    /// Packs `weight[channels][kernel][kernel]`. The number of channels must be a multiple of [`BLOCK`].
    pub(crate) fn new(weight: &[f32], bias: &[f32], kernel: usize, stride: usize) -> Self {
        let (channels, taps) = (bias.len(), kernel * kernel);
        assert!(channels.is_multiple_of(BLOCK) && weight.len() == channels * taps);
        let mut blocks = Vec::with_capacity(weight.len());
        for first in (0..channels).step_by(BLOCK) {
            for tap in 0..taps {
                blocks.extend((first..first + BLOCK).map(|c| weight[c * taps + tap]));
            }
        }
        let bias = bias.to_vec();
        Depthwise {
            channels,
            kernel,
            stride,
            blocks,
            bias,
        }
    }

    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// The side of the output for an input of that side.
    pub(crate) fn outputs(&self, side: usize) -> usize {
        same_padding(side, self.kernel, self.stride).0
    }

    /// Applies the layer and ReLU6 to a square of `side * side * channels` values.
    pub(crate) fn apply(&self, x: &[f32], side: usize, out: &mut [f32]) {
        let (outputs, before) = same_padding(side, self.kernel, self.stride);
        assert_eq!(x.len(), side * side * self.channels);
        assert_eq!(out.len(), outputs * outputs * self.channels);
        Arch::new().dispatch(Slide {
            layer: self,
            x,
            side,
            outputs,
            before,
            out,
        });
    }
}

struct Slide<'a> {
    layer: &'a Depthwise,
    x: &'a [f32],
    side: usize,
    outputs: usize,
    before: usize,
    out: &'a mut [f32],
}

impl WithSimd for Slide<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.sized::<S, 1>(simd),
            8 => self.sized::<S, 2>(simd),
            4 => self.sized::<S, 4>(simd),
            _ => self.sized::<S, BLOCK>(simd),
        }
    }
}

impl Slide<'_> {
    /// `V` vectors make a block of channels.
    #[inline(always)]
    fn sized<S: Simd, const V: usize>(self, simd: S) {
        match (self.layer.kernel, self.layer.stride) {
            (3, 1) => self.run::<S, V, 3, 1>(simd),
            (3, 2) => self.run::<S, V, 3, 2>(simd),
            (5, 1) => self.run::<S, V, 5, 1>(simd),
            (5, 2) => self.run::<S, V, 5, 2>(simd),
            other => unreachable!("the network has no kernel and stride {other:?}"),
        }
    }

    /// `K` is the kernel's side, `T` the stride.
    #[inline(always)]
    fn run<S: Simd, const V: usize, const K: usize, const T: usize>(mut self, simd: S) {
        for y in 0..self.outputs {
            for block in 0..self.layer.channels / BLOCK {
                self.line::<S, V, K, T>(simd, y, block);
            }
        }
    }

    /// One line of outputs, one block of channels.
    #[inline(always)]
    fn line<S: Simd, const V: usize, const K: usize, const T: usize>(&mut self, simd: S, y: usize, block: usize) {
        let whole = |x: &usize| self.taps::<K>(*x).len() == K;
        let first = (0..self.outputs).find(whole).unwrap_or(self.outputs);
        let last = (first..self.outputs).rev().find(whole).map_or(first, |x| x + 1);
        for x in (0..first).chain(last..self.outputs) {
            let across = self.taps::<K>(x);
            self.output::<S, V, K>(simd, [x, y], block, across);
        }
        let mut x = first;
        while x + TOGETHER <= last {
            self.neighbours::<S, V, K, T>(simd, [x, y], block);
            x += TOGETHER;
        }
        for x in x..last {
            self.output::<S, V, K>(simd, [x, y], block, 0..K);
        }
    }

    /// The taps along one side that fall on the image for an output.
    #[inline(always)]
    fn taps<const K: usize>(&self, output: usize) -> Range<usize> {
        let start = output * self.layer.stride;
        let first = self.before.saturating_sub(start);
        first..K.min(self.side + self.before - start).max(first)
    }

    /// One output, with the taps `across` of each line.
    #[inline(always)]
    fn output<S: Simd, const V: usize, const K: usize>(
        &mut self,
        simd: S,
        at: [usize; 2],
        block: usize,
        across: Range<usize>,
    ) {
        let (channels, first) = (self.layer.channels, block * BLOCK);
        let weights = &self.layer.blocks[block * K * K * BLOCK..][..K * K * BLOCK];
        let mut sums = *vectors::<S, V>(&self.layer.bias[first..]);
        for down in self.taps::<K>(at[1]) {
            let y = at[1] * self.layer.stride + down - self.before;
            let line = &self.x[y * self.side * channels..][..self.side * channels];
            for tap in across.clone() {
                let x = at[0] * self.layer.stride + tap - self.before;
                let w = vectors::<S, V>(&weights[(down * K + tap) * BLOCK..]);
                let input = vectors::<S, V>(&line[x * channels + first..]);
                for v in 0..V {
                    sums[v] = simd.mul_add_f32s(input[v], w[v], sums[v]);
                }
            }
        }
        self.store::<S, V>(simd, at, block, sums);
    }

    /// [`TOGETHER`] neighbouring outputs from `at` on, all of whose taps fall on the image from side to side: each
    /// input is read once and goes into every sum that it is part of.
    #[inline(always)]
    fn neighbours<S: Simd, const V: usize, const K: usize, const T: usize>(
        &mut self,
        simd: S,
        at: [usize; 2],
        block: usize,
    ) {
        let (channels, first) = (self.layer.channels, block * BLOCK);
        let weights = &self.layer.blocks[block * K * K * BLOCK..][..K * K * BLOCK];
        let mut sums = [*vectors::<S, V>(&self.layer.bias[first..]); TOGETHER];
        for down in self.taps::<K>(at[1]) {
            let y = at[1] * T + down - self.before;
            let start = y * self.side + at[0] * T - self.before;
            let inputs = &self.x[start * channels + first..];
            let w: [&[S::f32s; V]; K] =
                std::array::from_fn(|tap| vectors::<S, V>(&weights[(down * K + tap) * BLOCK..]));
            for v in 0..V {
                for x in 0..(TOGETHER - 1) * T + K {
                    let input = vectors::<S, V>(&inputs[x * channels..])[v];
                    for (n, sums) in sums.iter_mut().enumerate() {
                        if x >= n * T && x - n * T < K {
                            sums[v] = simd.mul_add_f32s(input, w[x - n * T][v], sums[v]);
                        }
                    }
                }
            }
        }
        for (n, sums) in sums.into_iter().enumerate() {
            self.store::<S, V>(simd, [at[0] + n, at[1]], block, sums);
        }
    }

    #[inline(always)]
    fn store<S: Simd, const V: usize>(&mut self, simd: S, at: [usize; 2], block: usize, sums: [S::f32s; V]) {
        let at = (at[1] * self.outputs + at[0]) * self.layer.channels + block * BLOCK;
        let out = S::as_mut_simd_f32s(&mut self.out[at..][..BLOCK]).0;
        for v in 0..V {
            out[v] = activate(simd, Activation::Relu6, sums[v]);
        }
    }
}

/// The first block of some values.
#[inline(always)]
fn vectors<S: Simd, const V: usize>(values: &[f32]) -> &[S::f32s; V] {
    let vectors = S::as_simd_f32s(&values[..BLOCK]).0;
    vectors.first_chunk::<V>().expect("a block is V vectors")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(side: usize, kernel: usize, stride: usize) {
        let channels = 32;
        let x: Vec<f32> = (0..side * side * channels)
            .map(|i| ((i * 7) % 11) as f32 / 8.0)
            .collect();
        let w: Vec<f32> = (0..channels * kernel * kernel)
            .map(|i| ((i * 5) % 7) as f32 / 16.0 - 0.125)
            .collect();
        let b: Vec<f32> = (0..channels).map(|c| c as f32 / 16.0).collect();
        let (outputs, before) = same_padding(side, kernel, stride);
        let expect = |oy: usize, ox: usize, c: usize| {
            let mut sum = b[c];
            for ky in 0..kernel {
                for kx in 0..kernel {
                    let (y, x_) = (
                        (oy * stride + ky).wrapping_sub(before),
                        (ox * stride + kx).wrapping_sub(before),
                    );
                    if y < side && x_ < side {
                        sum += x[(y * side + x_) * channels + c] * w[(c * kernel + ky) * kernel + kx];
                    }
                }
            }
            sum.clamp(0.0, 6.0)
        };
        let mut got = vec![0.0; outputs * outputs * channels];
        Depthwise::new(&w, &b, kernel, stride).apply(&x, side, &mut got);
        for (i, v) in got.iter().enumerate() {
            let (pixel, c) = (i / channels, i % channels);
            assert_eq!(
                *v,
                expect(pixel / outputs, pixel % outputs, c),
                "{side} {kernel} {stride} at {i}"
            );
        }
    }

    #[test]
    fn it_is_the_convolution_at_the_edges_and_inside() {
        for side in [1, 2, 4, 7, 12, 13] {
            for kernel in [3, 5] {
                check(side, kernel, 1);
                check(side, kernel, 2);
            }
        }
    }
}
