//! A linear correction to given logits, fitted by mini-batches with Adam (<https://arxiv.org/abs/1412.6980>).
//!
//! The network's features stay as they are; what is fitted is added to the logits of the head one starts from, and is
//! drawn toward zero, so that a small archive changes a head little. One thread, a fixed seed: the same data give the
//! same bits.

use super::random::Random;

const BATCH: usize = 64;
const RATE: f32 = 2e-3;

/// What a sample should be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    /// One of the outputs (softmax).
    Class(usize),
    /// For each output yes, no, or not known (sigmoid).
    Each(Vec<Option<bool>>),
}

/// Samples to fit to. All slices are row by row, one row a sample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Samples<'a> {
    /// Standardised features.
    pub(crate) features: &'a [f32],
    /// Length of a feature vector.
    pub(crate) width: usize,
    /// Logits of the head one starts from.
    pub(crate) offsets: &'a [f32],
    /// Number of outputs.
    pub(crate) outputs: usize,
    /// What each sample should be.
    pub(crate) targets: &'a [Target],
    /// How much each sample counts.
    pub(crate) weights: &'a [f32],
}

/// How to fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fit {
    pub(crate) epochs: usize,
    /// Strength of the draw toward zero.
    pub(crate) decay: f32,
    pub(crate) seed: u64,
}

/// The fitted correction: `weights[feature][output]`, in standardised features.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Linear {
    pub(crate) outputs: usize,
    pub(crate) weights: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

impl Linear {
    fn zero(width: usize, outputs: usize) -> Self {
        Linear {
            outputs,
            weights: vec![0.0; width * outputs],
            bias: vec![0.0; outputs],
        }
    }

    /// The corrected logits of a sample.
    pub(crate) fn logits(&self, features: &[f32], offsets: &[f32]) -> Vec<f32> {
        let mut logits: Vec<f32> = offsets.iter().zip(&self.bias).map(|(o, b)| o + b).collect();
        for (x, row) in features.iter().zip(self.weights.chunks_exact(self.outputs)) {
            add_scaled(&mut logits, row, *x);
        }
        logits
    }
}

fn add_scaled(to: &mut [f32], from: &[f32], factor: f32) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += factor * from;
    }
}

impl<'a> Samples<'a> {
    pub(crate) fn features(&self, i: usize) -> &'a [f32] {
        &self.features[i * self.width..][..self.width]
    }

    pub(crate) fn offsets(&self, i: usize) -> &'a [f32] {
        &self.offsets[i * self.outputs..][..self.outputs]
    }
}

/// Fits to the samples named; `each_epoch` is told the number of epochs done, the mean loss, and the correction so far.
pub(crate) fn fit(
    samples: Samples<'_>,
    which: &[usize],
    how: Fit,
    each_epoch: &mut dyn FnMut(usize, f32, &Linear),
) -> Linear {
    let mut linear = Linear::zero(samples.width, samples.outputs);
    let mut adam = [Adam::new(linear.weights.len()), Adam::new(linear.bias.len())];
    let mut order = which.to_vec();
    let mut random = Random::new(how.seed);
    let steps = (how.epochs * which.len().div_ceil(BATCH)).max(1);
    let mut step = 0;
    for epoch in 1..=how.epochs {
        random.shuffle(&mut order);
        let mut loss = 0.0;
        for batch in order.chunks(BATCH) {
            let mut gradient = Linear::zero(samples.width, samples.outputs);
            loss += batch
                .iter()
                .map(|i| learn(&linear, samples, *i, batch.len(), &mut gradient))
                .sum::<f32>();
            add_scaled(&mut gradient.weights, &linear.weights, how.decay);
            let rate = RATE * (0.5 + 0.5 * (std::f32::consts::PI * step as f32 / steps as f32).cos());
            adam[0].step(&mut linear.weights, &gradient.weights, rate);
            adam[1].step(&mut linear.bias, &gradient.bias, rate);
            step += 1;
        }
        each_epoch(epoch, loss / which.len().max(1) as f32, &linear);
    }
    linear
}

/// Adds one sample's gradient; returns its loss.
fn learn(linear: &Linear, samples: Samples<'_>, i: usize, batch: usize, gradient: &mut Linear) -> f32 {
    let features = samples.features(i);
    let logits = linear.logits(features, samples.offsets(i));
    let (loss, mut error) = loss(&logits, &samples.targets[i]);
    let share = samples.weights[i] / batch as f32;
    error.iter_mut().for_each(|e| *e *= share);
    add_scaled(&mut gradient.bias, &error, 1.0);
    for (x, row) in features.iter().zip(gradient.weights.chunks_exact_mut(samples.outputs)) {
        add_scaled(row, &error, *x);
    }
    loss * samples.weights[i]
}

/// The loss of some logits and its gradient.
pub(crate) fn loss(logits: &[f32], target: &Target) -> (f32, Vec<f32>) {
    match target {
        Target::Class(class) => {
            let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut p: Vec<f32> = logits.iter().map(|l| (l - highest).exp()).collect();
            let sum: f32 = p.iter().sum();
            p.iter_mut().for_each(|p| *p /= sum);
            let loss = -p[*class].max(f32::MIN_POSITIVE).ln();
            p[*class] -= 1.0;
            (loss, p)
        }
        Target::Each(each) => {
            let known = each.iter().flatten().count().max(1) as f32;
            let (mut loss, mut error) = (0.0, vec![0.0; logits.len()]);
            for ((logit, wanted), error) in logits.iter().zip(each).zip(&mut error) {
                if let Some(wanted) = wanted {
                    let signed = if *wanted { *logit } else { -logit };
                    loss += (-signed).max(0.0) + (-signed.abs()).exp().ln_1p();
                    *error = 1.0 / (1.0 + (-logit).exp()) - f32::from(u8::from(*wanted));
                }
            }
            // Each image counts alike, however many of its parts are known.
            error.iter_mut().for_each(|e| *e /= known);
            (loss / known, error)
        }
    }
}

struct Adam {
    mean: Vec<f32>,
    square: Vec<f32>,
    power: [f32; 2],
}

impl Adam {
    fn new(n: usize) -> Self {
        Adam {
            mean: vec![0.0; n],
            square: vec![0.0; n],
            power: [1.0; 2],
        }
    }

    fn step(&mut self, values: &mut [f32], gradient: &[f32], rate: f32) {
        const KEEP: [f32; 2] = [0.9, 0.999];
        self.power = [self.power[0] * KEEP[0], self.power[1] * KEEP[1]];
        let (mean_scale, square_scale) = (1.0 / (1.0 - self.power[0]), 1.0 / (1.0 - self.power[1]));
        let moments = self.mean.iter_mut().zip(&mut self.square);
        for ((value, g), (m, v)) in values.iter_mut().zip(gradient).zip(moments) {
            *m = KEEP[0] * *m + (1.0 - KEEP[0]) * g;
            *v = KEEP[1] * *v + (1.0 - KEEP[1]) * g * g;
            *value -= rate * (*m * mean_scale) / ((*v * square_scale).sqrt() + 1e-8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let logits = [0.3, -1.2, 0.8];
        for target in [Target::Class(1), Target::Each(vec![Some(true), None, Some(false)])] {
            let (_, gradient) = loss(&logits, &target);
            for i in 0..3 {
                let at = |d: f32| {
                    let mut moved = logits;
                    moved[i] += d;
                    loss(&moved, &target).0
                };
                let slope = (at(1e-2) - at(-1e-2)) / 2e-2;
                assert!((slope - gradient[i]).abs() < 1e-3, "{target:?} {i}");
            }
        }
    }

    #[test]
    fn a_separable_problem_is_learnt_the_same_each_time() {
        let features = [1.0, 0.0, 0.9, 0.1, -1.0, 0.1, -0.8, 0.0];
        let targets = [0, 0, 1, 1].map(Target::Class);
        let samples = Samples {
            features: &features,
            width: 2,
            offsets: &[0.0; 8],
            outputs: 2,
            targets: &targets,
            weights: &[1.0; 4],
        };
        let how = Fit {
            epochs: 200,
            decay: 1e-4,
            seed: 1,
        };
        let mut losses = Vec::new();
        let first = fit(samples, &[0, 1, 2, 3], how, &mut |_, loss, _| losses.push(loss));
        assert!(losses[199] < losses[0]);
        for (i, expect) in [0, 0, 1, 1].into_iter().enumerate() {
            let logits = first.logits(samples.features(i), samples.offsets(i));
            assert_eq!(usize::from(logits[1] > logits[0]), expect);
        }
        assert_eq!(fit(samples, &[0, 1, 2, 3], how, &mut |_, _, _| {}), first);
    }
}
