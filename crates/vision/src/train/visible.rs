//! The visible head: fitted where that helps, otherwise kept.
//!
//! Where all visible parts of an image are given, they are what it should find. Otherwise the part examined is
//! visible, parts that neither lie in it, contain it, nor usually appear beside it are not, and nothing is known about
//! the others.

use std::collections::BTreeSet;

use bodysite_core::Sctid;
use bodysite_terminology::Terminology;

use super::Options;
use super::data::Data;
use super::event::{Event, Stage};
use super::examined::Examined;
use super::linear::{self, Fit, Linear, Samples, Target};
use super::split::Split;
use crate::architecture::FEATURES;
use crate::calibration::{best_temperature, sigmoid};
use crate::{Model, Support};

const DECAY: f32 = 1e-2;

/// Parts claimed that are not visible, as a share of those known not to be.
const FALSE_CLAIMS: f64 = 0.02;

/// The fitted head, or the model's own.
pub(crate) struct Visible {
    /// The correction; none where the model's own head does better on the validation images.
    pub(crate) linear: Option<Linear>,
    /// What each image should find.
    pub(crate) targets: Vec<Vec<Option<bool>>>,
    pub(crate) temperature: f64,
    pub(crate) threshold: f64,
}

impl Visible {
    /// The logits of an image.
    pub(crate) fn logits(&self, data: &Data<'_>, i: usize) -> Vec<f32> {
        let own = &data.scores[i].visible;
        let standard = &data.standard[i * FEATURES..][..FEATURES];
        self.linear
            .as_ref()
            .map_or_else(|| own.clone(), |linear| linear.logits(standard, own))
    }
}

/// Fits the head.
pub(crate) fn fit(
    model: &Model,
    data: &Data<'_>,
    examined: &Examined,
    options: &Options,
    progress: &mut (dyn FnMut(&Event) + Send),
) -> Visible {
    let targets: Vec<Vec<Option<bool>>> = (0..data.images.len())
        .map(|i| target(model, data, examined, i))
        .collect();
    let linear = attempt(data, &targets, options, progress);
    let mut visible = Visible {
        linear: Some(linear),
        targets,
        temperature: 1.0,
        threshold: model.manifest().visible_threshold,
    };
    let fitted = validation_loss(data, &visible, 1.0);
    let linear = visible.linear.take();
    let own = validation_loss(data, &visible, model.manifest().temperature_visible);
    if fitted < own {
        visible.linear = linear;
        tune(data, &mut visible);
    } else {
        visible.temperature = model.manifest().temperature_visible;
    }
    visible
}

/// What an image should find, output by output.
fn target(model: &Model, data: &Data<'_>, examined: &Examined, i: usize) -> Vec<Option<bool>> {
    let given = data.images[i]
        .visible
        .as_ref()
        .map(|v| v.iter().copied().collect::<BTreeSet<Sctid>>());
    let label = examined
        .label(data, i)
        .map(|label| model.labels().examined[label].concept.code);
    let known = |id: Sctid| match (&given, label) {
        (Some(given), _) => Some(given.contains(&id)),
        (None, Some(label)) => derived(label, id),
        (None, None) => None,
    };
    let outputs = model.labels().visible.iter();
    outputs
        .map(|l| {
            if l.support == Support::None {
                None
            } else {
                known(l.concept.code)
            }
        })
        .collect()
}

/// Whether a part is visible on an image of another, as far as anatomy tells.
fn derived(examined: Sctid, part: Sctid) -> Option<bool> {
    let relations = Terminology::builtin().relations();
    if examined == part {
        return Some(true);
    }
    let near =
        relations.contains(examined, part) || relations.contains(part, examined) || relations.adjacent(examined, part);
    (!near).then_some(false)
}

fn attempt(
    data: &Data<'_>,
    targets: &[Vec<Option<bool>>],
    options: &Options,
    progress: &mut (dyn FnMut(&Event) + Send),
) -> Linear {
    let outputs = targets.first().map_or(0, Vec::len);
    let offsets: Vec<f32> = data.scores.iter().flat_map(|s| s.visible.iter().copied()).collect();
    let wanted: Vec<Target> = targets.iter().cloned().map(Target::Each).collect();
    let samples = Samples {
        features: &data.standard,
        width: FEATURES,
        offsets: &offsets,
        outputs,
        targets: &wanted,
        weights: &vec![1.0; targets.len()],
    };
    let how = Fit {
        epochs: options.epochs,
        decay: DECAY,
        seed: options.seed,
    };
    let which: Vec<usize> = data
        .of(Split::Train)
        .into_iter()
        .filter(|i| targets[*i].iter().any(Option::is_some))
        .collect();
    let validation = data.of(Split::Validation);
    linear::fit(samples, &which, how, &mut |epoch, loss, linear| {
        let logits = |i: usize| linear.logits(samples.features(i), samples.offsets(i));
        let judged: Vec<(f64, bool)> = validation
            .iter()
            .flat_map(|i| known(&logits(*i), &targets[*i]))
            .collect();
        progress(&Event::Epoch {
            stage: Stage::Visible,
            decay: DECAY,
            epoch,
            loss,
            validation_loss: mean_loss(&judged, 1.0),
            validation_accuracy: share(judged.iter().map(|(logit, wanted)| (*logit > 0.0) == *wanted)),
        });
    })
}

/// The logits of the parts about which something is known.
fn known(logits: &[f32], targets: &[Option<bool>]) -> Vec<(f64, bool)> {
    let pairs = logits.iter().zip(targets);
    pairs.filter_map(|(l, t)| t.map(|t| (f64::from(*l), t))).collect()
}

fn share(of: impl Iterator<Item = bool>) -> f64 {
    let (yes, all) = of.fold((0_u32, 0_u32), |(yes, all), is| (yes + u32::from(is), all + 1));
    f64::from(yes) / f64::from(all.max(1))
}

fn mean_loss(judged: &[(f64, bool)], temperature: f64) -> f64 {
    let loss = |(logit, wanted): &(f64, bool)| {
        let signed = if *wanted { *logit } else { -logit } / temperature;
        (-signed).max(0.0) + (-signed.abs()).exp().ln_1p()
    };
    judged.iter().map(loss).sum::<f64>() / judged.len().max(1) as f64
}

fn judged(data: &Data<'_>, visible: &Visible, split: Split) -> Vec<(f64, bool)> {
    data.of(split)
        .into_iter()
        .flat_map(|i| known(&visible.logits(data, i), &visible.targets[i]))
        .collect()
}

fn validation_loss(data: &Data<'_>, visible: &Visible, temperature: f64) -> f64 {
    mean_loss(&judged(data, visible, Split::Validation), temperature)
}

/// Sets temperature and threshold on the validation images.
fn tune(data: &Data<'_>, visible: &mut Visible) {
    let judged = judged(data, visible, Split::Validation);
    let temperature = best_temperature(|t| mean_loss(&judged, t));
    let mut absent: Vec<f64> = judged
        .iter()
        .filter(|(_, wanted)| !wanted)
        .map(|(l, _)| sigmoid(l / temperature))
        .collect();
    absent.sort_by(|a, b| b.total_cmp(a));
    let allowed = (absent.len() as f64 * FALSE_CLAIMS) as usize;
    visible.temperature = temperature;
    // Just above the first false claim too many, and never so low that a guess becomes a claim.
    visible.threshold = absent.get(allowed).map_or(0.5, |p| (p + 1e-6).clamp(0.3, 0.9));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anatomy_says_what_can_be_seen_and_leaves_the_rest_open() {
        let id = |key: &str| Terminology::builtin().by_key(key).unwrap().concept.code;
        assert_eq!(derived(id("KN"), id("KN")), Some(true));
        assert_eq!(derived(id("KN"), id("TH")), None);
        assert_eq!(derived(id("KN"), id("LL")), None);
        assert_eq!(derived(id("KN"), id("EL")), Some(false));
        assert_eq!(derived(id("HA"), id("FI")), None);
    }
}
