//! EfficientNet-Lite0 as a table: blocks, channels, and the name and shape of every tensor.
//!
//! EfficientNet without squeeze-and-excitation and with ReLU6, stem and head not scaled:
//! <https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite>. Batch normalisation is folded
//! into the convolutions.

/// Channels after the stem.
pub(crate) const STEM: usize = 32;

/// Channels before the head.
pub(crate) const LAST: usize = 320;

/// Length of the pooled feature vector.
pub const FEATURES: usize = 1280;

/// Factor between the input's side and the last map's.
pub const REDUCTION: usize = 32;

/// One inverted residual block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) inputs: usize,
    pub(crate) expansion: usize,
    pub(crate) outputs: usize,
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
}

impl Block {
    /// Channels between expansion and projection.
    pub(crate) fn hidden(&self) -> usize {
        self.inputs * self.expansion
    }

    /// Whether the input is added to the output.
    pub(crate) fn has_shortcut(&self) -> bool {
        self.stride == 1 && self.inputs == self.outputs
    }
}

/// Expansion, output channels, repeats, stride of the first, kernel.
const STAGES: [(usize, usize, usize, usize, usize); 7] = [
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
];

/// How many blocks there are.
pub(crate) const BLOCKS: usize = {
    let (mut sum, mut stage) = (0, 0);
    while stage < STAGES.len() {
        sum += STAGES[stage].2;
        stage += 1;
    }
    sum
};

/// The sixteen blocks in order.
pub(crate) fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut inputs = STEM;
    for (expansion, outputs, repeats, first_stride, kernel) in STAGES {
        for repeat in 0..repeats {
            blocks.push(Block {
                inputs,
                expansion,
                outputs,
                kernel,
                stride: if repeat == 0 { first_stride } else { 1 },
            });
            inputs = outputs;
        }
    }
    blocks
}

/// Length of a side of the map that a block takes, for an input of `size`.
pub(crate) fn side_before(block: usize, size: usize) -> usize {
    let strides = blocks().into_iter().take(block).map(|b| b.stride);
    strides.fold(size.div_ceil(2), usize::div_ceil)
}

/// Name and shape of each tensor of the network without its two output layers.
pub(crate) fn backbone_tensors() -> Vec<(String, Vec<usize>)> {
    let mut tensors = Vec::new();
    let mut layer = |name: &str, weight: [usize; 4]| {
        tensors.push((format!("{name}.weight"), weight.to_vec()));
        tensors.push((format!("{name}.bias"), vec![weight[0]]));
    };
    layer("stem", [STEM, 1, 3, 3]);
    for (i, b) in blocks().iter().enumerate() {
        let hidden = b.hidden();
        if b.expansion > 1 {
            layer(&format!("blocks.{i}.expand"), [hidden, b.inputs, 1, 1]);
        }
        layer(&format!("blocks.{i}.depthwise"), [hidden, 1, b.kernel, b.kernel]);
        layer(&format!("blocks.{i}.project"), [b.outputs, hidden, 1, 1]);
    }
    layer("head", [FEATURES, LAST, 1, 1]);
    tensors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_the_published_number_of_parameters() {
        let count = |ends: &str| -> usize {
            let named = backbone_tensors().into_iter().filter(|(name, _)| name.ends_with(ends));
            named.map(|(_, shape)| shape.iter().product::<usize>()).sum()
        };
        // Published with three input channels, scale and shift after each convolution, and 1000 outputs.
        let (weights, biases) = (count(".weight"), count(".bias"));
        assert_eq!(weights + 2 * STEM * 9 + 2 * biases + 1000 * (FEATURES + 1), 4_652_008);
    }

    #[test]
    fn the_last_map_is_as_much_smaller_as_the_strides_say() {
        assert_eq!(side_before(0, 160), 80);
        assert_eq!(side_before(11, 160), 10);
        assert_eq!(side_before(16, 160), 160 / REDUCTION);
    }

    #[test]
    fn blocks_have_as_many_channels_as_the_kernels_take_at_a_time() {
        assert_eq!(blocks().len(), 16);
        assert!(blocks().iter().all(|b| b.hidden().is_multiple_of(16)));
    }
}
