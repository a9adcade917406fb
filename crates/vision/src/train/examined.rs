//! The examined head: labels questioned, head fitted, temperature and operating point set.

use std::thread;

use super::confident::{self, Verdict};
use super::data::Data;
use super::event::{Event, Stage};
use super::linear::{self, Fit, Linear, Samples, Target};
use super::split::{Split, draw};
use super::{Options, Suspect};
use crate::Model;
use crate::architecture::FEATURES;
use crate::calibration::{best_temperature, operating_point, softmax};

/// Parts into which the images are cut to question the labels of each by a head that learnt from the others.
const FOLDS: usize = 5;

/// Rounds of questioning: the second judges by heads that learnt from cleaned labels.
const ROUNDS: usize = 2;

/// Strengths of the draw toward the model's own head that are tried: held-out images decide.
const DECAYS: [f32; 4] = [1e-3, 1e-2, 1e-1, 1.0];

/// A rare class counts at most this many times more than if classes were not balanced.
const MOST_WEIGHT: f32 = 8.0;

/// Answers above the operating point are right this often on the validation images.
const WANTED: f64 = 0.97;

/// Logit of an output that means nothing.
const NEVER: f32 = -1e4;

/// The fitted head.
pub(crate) struct Examined {
    pub(crate) linear: Linear,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) suspects: Vec<Suspect>,
    pub(crate) temperature: f64,
    pub(crate) threshold: Option<f64>,
    pub(crate) decay: f32,
    /// Validation loss at the best temperature.
    pub(crate) loss: f64,
}

impl Examined {
    /// The label to learn from, unless the image is left out.
    pub(crate) fn label(&self, data: &Data<'_>, i: usize) -> Option<usize> {
        cleaned(data.labels[i], self.verdicts[i])
    }

    /// The calibrated logits of an image.
    pub(crate) fn logits(&self, data: &Data<'_>, i: usize) -> Vec<f32> {
        let offsets = offsets(data, i);
        self.linear.logits(&data.standard[i * FEATURES..][..FEATURES], &offsets)
    }
}

fn cleaned(given: usize, verdict: Verdict) -> Option<usize> {
    match verdict {
        Verdict::Keep => Some(given),
        Verdict::Relabel(class) => Some(class),
        Verdict::LeaveOut => None,
    }
}

/// The model's own logits; outputs that mean nothing can't be chosen.
fn offsets(data: &Data<'_>, i: usize) -> Vec<f32> {
    let logits = data.scores[i].examined.iter().enumerate();
    logits
        .map(|(k, l)| if data.meaningless.contains(&k) { NEVER } else { *l })
        .collect()
}

/// Questions the labels and fits the head.
pub(crate) fn fit(
    model: &Model,
    data: &Data<'_>,
    options: &Options,
    progress: &mut (dyn FnMut(&Event) + Send),
) -> Examined {
    let outputs = model.labels().examined.len() + 1;
    let all_offsets: Vec<f32> = (0..data.images.len()).flat_map(|i| offsets(data, i)).collect();
    let (verdicts, beliefs) = question(data, &all_offsets, outputs, options, progress);
    let suspects = suspects(model, data, &verdicts, &beliefs);
    refit(data, verdicts, suspects, options, progress)
}

/// Fits the head to labels that were questioned before.
pub(crate) fn refit(
    data: &Data<'_>,
    verdicts: Vec<Verdict>,
    suspects: Vec<Suspect>,
    options: &Options,
    progress: &mut (dyn FnMut(&Event) + Send),
) -> Examined {
    let outputs = data.scores[0].examined.len();
    let all_offsets: Vec<f32> = (0..data.images.len()).flat_map(|i| offsets(data, i)).collect();
    let mut best: Option<(f64, f32, Linear)> = None;
    for decay in DECAYS {
        let (loss, linear) = attempt(data, &all_offsets, outputs, &verdicts, decay, options, progress);
        if best.as_ref().is_none_or(|(least, _, _)| loss < *least) {
            best = Some((loss, decay, linear));
        }
    }
    let (loss, decay, linear) = best.expect("several strengths are tried");
    let mut fitted = Examined {
        linear,
        suspects,
        verdicts,
        temperature: 1.0,
        threshold: None,
        decay,
        loss,
    };
    tune(data, &mut fitted);
    fitted
}

/// Judges the labels of all images that are not kept back.
fn question(
    data: &Data<'_>,
    offsets: &[f32],
    outputs: usize,
    options: &Options,
    progress: &mut (dyn FnMut(&Event) + Send),
) -> (Vec<Verdict>, Vec<Vec<f64>>) {
    let asked: Vec<usize> = (0..data.labels.len())
        .filter(|i| data.splits[*i] != Split::Test)
        .collect();
    let labels: Vec<usize> = asked.iter().map(|i| data.labels[*i]).collect();
    let mut verdicts = vec![Verdict::Keep; data.labels.len()];
    let mut beliefs = vec![Vec::new(); data.labels.len()];
    let mut decays = DECAYS.to_vec();
    for round in 1..=ROUNDS {
        let tried = decays.iter().map(|decay| {
            let found = out_of_fold(data, offsets, outputs, &asked, &verdicts, *decay, options);
            (surprise(&found, &labels), *decay, found)
        });
        let best = tried.min_by(|a, b| a.0.total_cmp(&b.0));
        let (_, decay, found) = best.expect("several strengths are tried");
        decays = vec![decay];
        for (i, p) in asked.iter().zip(found) {
            beliefs[*i] = p;
        }
        let p: Vec<Vec<f64>> = asked.iter().map(|i| beliefs[*i].clone()).collect();
        for (i, verdict) in asked.iter().zip(confident::judge(&labels, &p)) {
            verdicts[*i] = if data.is_questionable(*i) {
                verdict
            } else {
                Verdict::Keep
            };
        }
        let suspected = verdicts.iter().filter(|v| **v != Verdict::Keep).count();
        let of = asked.len();
        progress(&Event::Questioned { round, suspected, of });
    }
    (verdicts, beliefs)
}

/// The probabilities of each image asked about, by a head that has not learnt from its group.
fn out_of_fold(
    data: &Data<'_>,
    offsets: &[f32],
    outputs: usize,
    asked: &[usize],
    verdicts: &[Verdict],
    decay: f32,
    options: &Options,
) -> Vec<Vec<f64>> {
    let fold = |i: &usize| draw(options.seed, "fold", &data.images[*i].group, FOLDS as u64) as usize;
    let heads: Vec<Linear> = thread::scope(|scope| {
        let fit = |held_out: usize| {
            let others: Vec<usize> = asked.iter().copied().filter(|i| fold(i) != held_out).collect();
            let how = Fit {
                epochs: options.epochs / 2 + 1,
                decay,
                seed: options.seed,
            };
            learn(data, offsets, outputs, &others, verdicts, how, &mut |_, _, _| {})
        };
        let running: Vec<_> = (0..FOLDS).map(|held_out| scope.spawn(move || fit(held_out))).collect();
        running
            .into_iter()
            .map(|r| r.join().unwrap_or_else(|e| std::panic::resume_unwind(e)))
            .collect()
    });
    let judge = |i: &usize| {
        let features = &data.standard[i * FEATURES..][..FEATURES];
        let logits = heads[fold(i)].logits(features, &offsets[i * outputs..][..outputs]);
        probabilities(&logits, 1.0)
    };
    asked.iter().map(judge).collect()
}

fn probabilities(logits: &[f32], temperature: f64) -> Vec<f64> {
    let logits: Vec<f64> = logits.iter().map(|l| f64::from(*l)).collect();
    softmax(&logits, temperature)
}

/// Mean loss of probabilities at the temperature that suits them best.
fn surprise(probabilities: &[Vec<f64>], labels: &[usize]) -> f64 {
    let logits: Vec<Vec<f64>> = probabilities
        .iter()
        .map(|p| p.iter().map(|p| p.max(f64::MIN_POSITIVE).ln()).collect())
        .collect();
    let loss = |t: f64| {
        let p = logits
            .iter()
            .zip(labels)
            .map(|(logits, label)| softmax(logits, t)[*label]);
        -p.map(|p| p.max(f64::MIN_POSITIVE).ln()).sum::<f64>()
    };
    loss(best_temperature(loss)) / labels.len().max(1) as f64
}

/// Fits to those of some images that are not left out.
fn learn(
    data: &Data<'_>,
    offsets: &[f32],
    outputs: usize,
    from: &[usize],
    verdicts: &[Verdict],
    how: Fit,
    each_epoch: &mut dyn FnMut(usize, f32, &Linear),
) -> Linear {
    let labels: Vec<Option<usize>> = data.labels.iter().zip(verdicts).map(|(l, v)| cleaned(*l, *v)).collect();
    let which: Vec<usize> = from.iter().copied().filter(|i| labels[*i].is_some()).collect();
    let targets: Vec<Target> = labels
        .iter()
        .zip(&data.labels)
        .map(|(l, given)| Target::Class(l.unwrap_or(*given)))
        .collect();
    let weights = balance(&targets, &which, outputs);
    let samples = Samples {
        features: &data.standard,
        width: FEATURES,
        offsets,
        outputs,
        targets: &targets,
        weights: &weights,
    };
    linear::fit(samples, &which, how, each_epoch)
}

/// Classes count by the square root of their rarity: rare ones are not forgotten and frequent ones still lead.
fn balance(targets: &[Target], which: &[usize], outputs: usize) -> Vec<f32> {
    let mut counts = vec![0_usize; outputs];
    let class = |i: usize| match targets[i] {
        Target::Class(class) => class,
        Target::Each(_) => 0,
    };
    which.iter().for_each(|i| counts[class(*i)] += 1);
    let classes = counts.iter().filter(|n| **n > 0).count().max(1);
    let even = which.len() as f32 / classes as f32;
    let weight = |i: usize| (even / counts[class(i)].max(1) as f32).sqrt().min(MOST_WEIGHT);
    (0..targets.len()).map(weight).collect()
}

/// One fit; returns the validation loss at the best temperature, and the head.
fn attempt(
    data: &Data<'_>,
    offsets: &[f32],
    outputs: usize,
    verdicts: &[Verdict],
    decay: f32,
    options: &Options,
    progress: &mut (dyn FnMut(&Event) + Send),
) -> (f64, Linear) {
    let validation: Vec<(usize, usize)> = data
        .of(Split::Validation)
        .into_iter()
        .filter_map(|i| cleaned(data.labels[i], verdicts[i]).map(|label| (i, label)))
        .collect();
    let how = Fit {
        epochs: options.epochs,
        decay,
        seed: options.seed,
    };
    let mut report = |epoch: usize, loss: f32, linear: &Linear| {
        let (validation_loss, validation_accuracy) = measure(data, offsets, outputs, linear, &validation);
        progress(&Event::Epoch {
            stage: Stage::Examined,
            decay,
            epoch,
            loss,
            validation_loss,
            validation_accuracy,
        });
    };
    let linear = learn(
        data,
        offsets,
        outputs,
        &data.of(Split::Train),
        verdicts,
        how,
        &mut report,
    );
    let p: Vec<Vec<f64>> = validation
        .iter()
        .map(|(i, _)| {
            let features = &data.standard[i * FEATURES..][..FEATURES];
            probabilities(&linear.logits(features, &offsets[i * outputs..][..outputs]), 1.0)
        })
        .collect();
    let labels: Vec<usize> = validation.iter().map(|(_, label)| *label).collect();
    (surprise(&p, &labels), linear)
}

/// Mean loss and share of right answers.
fn measure(data: &Data<'_>, offsets: &[f32], outputs: usize, linear: &Linear, of: &[(usize, usize)]) -> (f64, f64) {
    let (mut loss, mut right) = (0.0, 0);
    for (i, label) in of {
        let logits = linear.logits(
            &data.standard[i * FEATURES..][..FEATURES],
            &offsets[i * outputs..][..outputs],
        );
        loss += f64::from(linear::loss(&logits, &Target::Class(*label)).0);
        right += usize::from(best(&logits) == *label);
    }
    let n = of.len().max(1) as f64;
    (loss / n, right as f64 / n)
}

/// The index of the highest logit, the first of equals.
pub(crate) fn best(logits: &[f32]) -> usize {
    (0..logits.len())
        .rev()
        .max_by(|a, b| logits[*a].total_cmp(&logits[*b]))
        .unwrap_or(0)
}

/// Sets temperature and operating point on the validation images.
fn tune(data: &Data<'_>, fitted: &mut Examined) {
    let judged = |i: usize| fitted.label(data, i).map(|label| (fitted.logits(data, i), label));
    let judged: Vec<(Vec<f32>, usize)> = data.of(Split::Validation).into_iter().filter_map(judged).collect();
    let p = |logits: &[f32], label: usize, t: f64| probabilities(logits, t)[label].max(f64::MIN_POSITIVE);
    let temperature = best_temperature(|t| judged.iter().map(|(l, label)| -p(l, *label, t).ln()).sum());
    let answer = |(logits, label): &(Vec<f32>, usize)| {
        let answer = best(logits);
        (p(logits, answer, temperature), answer == *label)
    };
    let answers: Vec<(f64, bool)> = judged.iter().map(answer).collect();
    fitted.temperature = temperature;
    fitted.threshold = operating_point(&answers, WANTED);
}

fn suspects(model: &Model, data: &Data<'_>, verdicts: &[Verdict], beliefs: &[Vec<f64>]) -> Vec<Suspect> {
    let known = model.labels().examined.len();
    let mut suspects = Vec::new();
    for (i, verdict) in verdicts.iter().enumerate().filter(|(_, v)| **v != Verdict::Keep) {
        let p = &beliefs[i][..known];
        let proposed = (0..known).rev().max_by(|a, b| p[*a].total_cmp(&p[*b])).unwrap_or(0);
        let concept = |class: usize| model.labels().examined[class].concept.code;
        suspects.push(Suspect {
            name: data.images[i].name.clone(),
            given: concept(data.labels[i]),
            proposed: concept(proposed),
            p: p[proposed],
            relabelled: matches!(verdict, Verdict::Relabel(_)),
        });
    }
    suspects
}
