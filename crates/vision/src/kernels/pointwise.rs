//! A 1×1 convolution: a matrix product with bias and activation in one pass.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::{Activation, BLOCK, activate};

/// Rows of the activations that one tile covers: with two vectors of eight outputs they fill sixteen registers.
const ROWS: usize = 6;

/// Input values that stay in the cache while the weights pass by.
const RESIDENT: usize = 24 * 1024;

/// The weights of one layer in panels of [`BLOCK`] outputs, input by input; the last panel is filled up with zeros.
#[derive(Debug, Clone)]
pub(crate) struct Pointwise {
    inputs: usize,
    outputs: usize,
    panels: Vec<f32>,
    bias: Vec<f32>,
    activation: Activation,
}

impl Pointwise {
    /// Packs `weight[outputs][inputs]`.
    pub(crate) fn new(weight: &[f32], bias: &[f32], activation: Activation) -> Self {
        let outputs = bias.len();
        let inputs = weight.len() / outputs;
        assert!(inputs > 0 && weight.len() == inputs * outputs);
        let padded = outputs.next_multiple_of(BLOCK);
        let at = |n: usize, k: usize| if n < outputs { weight[n * inputs + k] } else { 0.0 };
        let mut panels = Vec::with_capacity(padded * inputs);
        for first in (0..padded).step_by(BLOCK) {
            for k in 0..inputs {
                panels.extend((first..first + BLOCK).map(|n| at(n, k)));
            }
        }
        let mut bias = bias.to_vec();
        bias.resize(padded, 0.0);
        Pointwise {
            inputs,
            outputs,
            panels,
            bias,
            activation,
        }
    }

    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Applies the layer to each row of `x`.
    pub(crate) fn apply(&self, x: &[f32], out: &mut [f32]) {
        assert_eq!(x.len() * self.outputs, out.len() * self.inputs);
        Arch::new().dispatch(Product { layer: self, x, out });
    }
}

struct Product<'a> {
    layer: &'a Pointwise,
    x: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.run::<S, 1>(simd),
            8 => self.run::<S, 2>(simd),
            4 => self.run::<S, 4>(simd),
            _ => self.run::<S, BLOCK>(simd),
        }
    }
}

impl Product<'_> {
    /// `V` vectors make a panel's width.
    #[inline(always)]
    fn run<S: Simd, const V: usize>(mut self, simd: S) {
        let rows = self.x.len() / self.layer.inputs;
        let group = (RESIDENT / self.layer.inputs).next_multiple_of(ROWS).max(ROWS);
        for first in (0..rows).step_by(group) {
            let last = rows.min(first + group);
            for panel in 0..self.layer.bias.len() / BLOCK {
                self.panel::<S, V>(simd, first..last, panel);
            }
        }
    }

    /// One panel of outputs for some rows, in tiles as even as can be: a tile of few rows takes as long as one of many.
    #[inline(always)]
    fn panel<S: Simd, const V: usize>(&mut self, simd: S, rows: Range<usize>, panel: usize) {
        let tiles = rows.len().div_ceil(ROWS);
        let edge = |tile: usize| rows.start + rows.len() * tile / tiles;
        for tile in 0..tiles {
            let row = edge(tile);
            match edge(tile + 1) - row {
                6 => self.tile::<S, V, 6>(simd, row, panel),
                5 => self.tile::<S, V, 5>(simd, row, panel),
                4 => self.tile::<S, V, 4>(simd, row, panel),
                3 => self.tile::<S, V, 3>(simd, row, panel),
                2 => self.tile::<S, V, 2>(simd, row, panel),
                _ => self.tile::<S, V, 1>(simd, row, panel),
            }
        }
    }

    /// `M` rows by one panel.
    #[inline(always)]
    fn tile<S: Simd, const V: usize, const M: usize>(&mut self, simd: S, row: usize, panel: usize) {
        let inputs = self.layer.inputs;
        let x: [&[f32]; M] = std::array::from_fn(|m| &self.x[(row + m) * inputs..][..inputs]);
        let weights = &self.layer.panels[panel * inputs * BLOCK..][..inputs * BLOCK];
        let weights = S::as_simd_f32s(weights).0.as_chunks::<V>().0;
        let bias = S::as_simd_f32s(&self.layer.bias[panel * BLOCK..][..BLOCK]).0;
        let mut sums = [*bias.first_chunk::<V>().expect("a panel is V vectors"); M];
        for (k, w) in weights[..inputs].iter().enumerate() {
            for m in 0..M {
                let a = simd.splat_f32s(x[m][k]);
                for v in 0..V {
                    sums[m][v] = simd.mul_add_f32s(a, w[v], sums[m][v]);
                }
            }
        }
        for (m, sums) in sums.iter_mut().enumerate() {
            for sum in sums.iter_mut() {
                *sum = activate(simd, self.layer.activation, *sum);
            }
            self.store(simd, row + m, panel, *sums);
        }
    }

    #[inline(always)]
    fn store<S: Simd, const V: usize>(&mut self, _: S, row: usize, panel: usize, values: [S::f32s; V]) {
        let outputs = self.layer.outputs;
        let at = panel * BLOCK;
        let width = BLOCK.min(outputs - at);
        let out = &mut self.out[row * outputs + at..][..width];
        if width == BLOCK {
            S::as_mut_simd_f32s(out).0.copy_from_slice(&values);
        } else {
            let mut whole = [0.0_f32; BLOCK];
            S::as_mut_simd_f32s(&mut whole).0.copy_from_slice(&values);
            out.copy_from_slice(&whole[..width]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small whole numbers: their products and sums are exact, in any order.
    fn numbers(n: usize, seed: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 31 + seed * 17) % 13) as f32 - 6.0).collect()
    }

    fn check(rows: usize, inputs: usize, outputs: usize) {
        let (x, w, b) = (
            numbers(rows * inputs, 1),
            numbers(inputs * outputs, 2),
            numbers(outputs, 3),
        );
        let layer = Pointwise::new(&w, &b, Activation::Linear);
        let expect = |i: usize| {
            let (row, n) = (i / outputs, i % outputs);
            b[n] + (0..inputs)
                .map(|k| x[row * inputs + k] * w[n * inputs + k])
                .sum::<f32>()
        };
        let mut got = vec![0.0; rows * outputs];
        layer.apply(&x, &mut got);
        assert!(
            got.iter().enumerate().all(|(i, v)| *v == expect(i)),
            "{rows} {inputs} {outputs}"
        );
    }

    #[test]
    fn it_is_the_matrix_product_for_all_remainders() {
        for rows in [1, 5, 6, 7, 49] {
            check(rows, 9, 32);
            check(rows, 40, 24);
            check(rows, 3, 8);
        }
        check(6001, 16, 16);
    }

    #[test]
    fn relu6_clamps() {
        let layer = Pointwise::new(&[1.0; 8], &[0.5; 8], Activation::Relu6);
        let mut out = [0.0; 24];
        layer.apply(&[9.0, -3.0, 2.0], &mut out);
        assert_eq!(out, [[6.0; 8], [0.0; 8], [2.5; 8]].concat().as_slice());
    }
}
