//! How the fitted model does on the images kept back, and how the one it started from does on the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::data::{Counts, Data};
use super::examined::best;
use super::split::Split;
use super::visible::Visible;
use super::{Heads, Source};
use crate::Model;
use crate::calibration::{calibration_error, sigmoid, softmax};

/// What `metrics.json` of a fitted model holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Id of the model.
    pub model: String,
    /// Id of the model it started from.
    pub started_from: String,
    /// Images.
    pub images: Counts,
    /// Given labels that confident learning takes for wrong, as a share of those questioned.
    pub suspected_labels: f64,
    /// The fitted model on the kept-back images, against the labels given (which may be wrong).
    pub fitted: Figures,
    /// The model it started from, on the same images.
    pub before: Figures,
    /// Kept-back images that only the fitted model names as given.
    pub won: usize,
    /// Kept-back images that only the model it started from names as given.
    pub lost: usize,
    /// The fitted model on the kept-back images that a reviewer labelled, if there are any.
    pub fitted_on_reviewed: Option<Figures>,
}

/// Figures of one model on some images.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Images.
    pub images: usize,
    /// Share whose most likely part is the one given.
    pub accuracy: f64,
    /// Share whose probability reaches the model's threshold.
    pub coverage: f64,
    /// Share of these that are right.
    pub accuracy_of_answers: f64,
    /// Expected calibration error.
    pub calibration_error: f64,
    /// Share of visible parts, of those known, judged rightly.
    pub visible_accuracy: f64,
    /// Label by label, by key.
    pub labels: BTreeMap<String, LabelFigures>,
}

/// Figures of one label.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelFigures {
    /// Images given this label.
    pub images: usize,
    /// Of these, images whose most likely part is this one.
    pub right: usize,
}

/// One judged image.
struct Judged {
    given: usize,
    answer: usize,
    p: f64,
    /// Parts judged rightly, parts known.
    visible: (usize, usize),
}

/// Compares the fitted heads with those they started from.
pub(crate) fn measure(model: &Model, data: &Data<'_>, before: &Data<'_>, heads: &Heads, id: &str) -> Metrics {
    let Heads { examined, visible } = heads;
    let test = data.of(Split::Test);
    let reviewed: Vec<usize> = test
        .iter()
        .copied()
        .filter(|i| data.images[*i].source == Source::Reviewed)
        .collect();
    let manifest = model.manifest();
    let after = |i: &usize| {
        let logits = examined.logits(data, *i);
        let seen = visible.logits(data, *i);
        let cut = (visible.temperature, visible.threshold);
        judge(data, visible, *i, (&logits, examined.temperature), &seen, cut)
    };
    let own = |i: &usize| {
        let scores = &before.scores[*i];
        let cut = (manifest.temperature_visible, manifest.visible_threshold);
        judge(
            data,
            visible,
            *i,
            (&scores.examined, manifest.temperature_examined),
            &scores.visible,
            cut,
        )
    };
    let threshold = examined.threshold.unwrap_or(manifest.threshold);
    let asked = data.splits.iter().filter(|s| **s != Split::Test).count();
    let on = |which: &[usize]| figures(model, &which.iter().map(after).collect::<Vec<_>>(), threshold);
    let right = |j: Judged| j.answer == j.given;
    let pairs: Vec<(bool, bool)> = test.iter().map(|i| (right(after(i)), right(own(i)))).collect();
    let count = |pair| pairs.iter().filter(|p| **p == pair).count();
    Metrics {
        model: id.to_owned(),
        started_from: model.id().to_owned(),
        images: data.counts(),
        suspected_labels: examined.suspects.len() as f64 / asked.max(1) as f64,
        fitted: on(&test),
        before: figures(model, &test.iter().map(own).collect::<Vec<_>>(), manifest.threshold),
        won: count((true, false)),
        lost: count((false, true)),
        fitted_on_reviewed: (!reviewed.is_empty()).then(|| on(&reviewed)),
    }
}

fn judge(
    data: &Data<'_>,
    visible: &Visible,
    i: usize,
    (logits, temperature): (&[f32], f64),
    seen: &[f32],
    (visible_temperature, visible_threshold): (f64, f64),
) -> Judged {
    let answer = best(logits);
    let logits: Vec<f64> = logits.iter().map(|l| f64::from(*l)).collect();
    let claimed = |l: &f32| sigmoid(f64::from(*l) / visible_temperature) >= visible_threshold;
    let known = seen
        .iter()
        .zip(&visible.targets[i])
        .filter_map(|(l, t)| t.map(|t| claimed(l) == t));
    let known: Vec<bool> = known.collect();
    Judged {
        given: data.labels[i],
        answer,
        p: softmax(&logits, temperature)[answer],
        visible: (known.iter().filter(|right| **right).count(), known.len()),
    }
}

fn figures(model: &Model, judged: &[Judged], threshold: f64) -> Figures {
    let ratio = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    let right = |judged: &[&Judged]| judged.iter().filter(|j| j.answer == j.given).count();
    let all: Vec<&Judged> = judged.iter().collect();
    let answered: Vec<&Judged> = judged.iter().filter(|j| j.p >= threshold).collect();
    let answers: Vec<(f64, bool)> = judged.iter().map(|j| (j.p, j.answer == j.given)).collect();
    let mut labels: BTreeMap<String, LabelFigures> = BTreeMap::new();
    for j in judged {
        let label = labels.entry(model.labels().examined[j.given].key.clone()).or_default();
        label.images += 1;
        label.right += usize::from(j.answer == j.given);
    }
    Figures {
        images: judged.len(),
        accuracy: ratio(right(&all), all.len()),
        coverage: ratio(answered.len(), all.len()),
        accuracy_of_answers: ratio(right(&answered), answered.len()),
        calibration_error: calibration_error(&answers),
        visible_accuracy: ratio(
            judged.iter().map(|j| j.visible.0).sum(),
            judged.iter().map(|j| j.visible.1).sum(),
        ),
        labels,
    }
}
