//! Convolutions over activations of height × width × channels, in explicit SIMD chosen at run time.
//!
//! Each output is one chain of fused multiply-adds in a fixed order, whatever the lanes of the machine: the same
//! input gives the same bits on every processor, for any number of threads.

mod depthwise;
mod pointwise;

pub(crate) use depthwise::Depthwise;
pub(crate) use pointwise::Pointwise;

use pulp::Simd;

/// Channels that a kernel works on at a time.
const BLOCK: usize = 16;

/// What follows a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// Nothing.
    Linear,
    /// Clamped between 0 and 6.
    Relu6,
}

#[inline(always)]
fn activate<S: Simd>(simd: S, activation: Activation, x: S::f32s) -> S::f32s {
    match activation {
        Activation::Linear => x,
        Activation::Relu6 => simd.min_f32s(simd.max_f32s(x, simd.splat_f32s(0.0)), simd.splat_f32s(6.0)),
    }
}

/// TensorFlow's padding `SAME`: outputs along a side, and the zeros before its first input.
pub(crate) fn same_padding(length: usize, kernel: usize, stride: usize) -> (usize, usize) {
    let outputs = length.div_ceil(stride);
    let total = ((outputs - 1) * stride + kernel).saturating_sub(length);
    (outputs, total / 2)
}
