//! From the network's logits to an answer, or to a reason for none.
//!
//! In this order: a frame that can't be prepared or is unlike any radiograph gets no answer. The best part is the
//! answer if its calibrated probability reaches the model's threshold and the visible head sees it too. Otherwise
//! the smallest region around it is, whose parts have enough probability together and of which something is seen.
//! Otherwise the model abstains.

use bodysite_core::{Concept, Frame};
use bodysite_terminology::Terminology;
use serde::{Deserialize, Serialize};

use crate::Model;
use crate::calibration::{sigmoid, softmax};
use crate::labels::{Label, Support};
use crate::model::Scores;
use crate::novelty::energy;
use crate::prepare::Unsuitable;

/// A part named as examined must be seen by the visible head with at least this probability.
const AGREEMENT: f64 = 0.3;

/// A concept with its calibrated probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// The concept.
    pub concept: Concept,
    /// Calibrated probability.
    pub p: f64,
}

/// Why there is the answer there is, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// One part is likely enough, and seen.
    Sure,
    /// A region is, whose parts can't be told apart.
    Coarse,
    /// Nothing is likely enough.
    Uncertain,
    /// The likely part is not among those seen.
    HeadsDisagree,
    /// The model takes the frame for something else than a radiograph of a part it knows.
    NotARadiograph,
    /// The frame is unlike any image that the model was trained on.
    Unfamiliar,
    /// A side of the frame is too short.
    TooSmall,
    /// The frame shows hardly any difference in brightness.
    Constant,
}

impl Reason {
    /// The reason as a stable word.
    pub fn word(self) -> &'static str {
        match self {
            Reason::Sure => "sure",
            Reason::Coarse => "coarse",
            Reason::Uncertain => "uncertain",
            Reason::HeadsDisagree => "heads_disagree",
            Reason::NotARadiograph => "not_a_radiograph",
            Reason::Unfamiliar => "unfamiliar",
            Reason::TooSmall => "too_small",
            Reason::Constant => "constant",
        }
    }

    /// Whether the frame itself was unsuitable, so that nothing can be said about it.
    pub fn is_unsuitable(self) -> bool {
        matches!(self, Reason::TooSmall | Reason::Constant)
    }

    /// Whether the image is one of a kind that the model can say something about, sure or not.
    pub fn knows_the_image(self) -> bool {
        !self.is_unsuitable() && !matches!(self, Reason::NotARadiograph | Reason::Unfamiliar)
    }
}

impl From<Unsuitable> for Reason {
    fn from(unsuitable: Unsuitable) -> Reason {
        match unsuitable {
            Unsuitable::TooSmall => Reason::TooSmall,
            Unsuitable::Constant => Reason::Constant,
        }
    }
}

/// What the model says about one frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// The parts that may be examined, best first; a region that is the answer comes first.
    pub examined: Vec<Ranked>,
    /// Every label that the model supports, each with its own probability, best first.
    #[serde(skip)]
    pub candidates: Vec<Ranked>,
    /// The parts claimed visible, best first.
    pub visible: Vec<Ranked>,
    /// The part or region examined, if the model is sure enough.
    pub answer: Option<Ranked>,
    /// Why.
    pub reason: Reason,
    /// Calibrated probability that this is no radiograph of a part that the model knows.
    pub reject: f64,
}

impl Classification {
    /// Whether the model gives no answer.
    pub fn abstained(&self) -> bool {
        self.answer.is_none()
    }

    /// Calibrated probability of the answer.
    pub fn confidence(&self) -> Option<f64> {
        self.answer.as_ref().map(|answer| answer.p)
    }

    /// No answer, and nothing said about the parts.
    fn nothing(reason: Reason, reject: f64) -> Self {
        Classification {
            examined: Vec::new(),
            candidates: Vec::new(),
            visible: Vec::new(),
            answer: None,
            reason,
            reject,
        }
    }
}

/// The calibrated probabilities of an image.
struct Probabilities<'a> {
    examined: Vec<(&'a Label, f64)>,
    visible: Vec<(&'a Label, f64)>,
    reject: f64,
}

impl Model {
    /// Says which part a frame was made of and which are seen.
    pub fn classify(&self, frame: &Frame) -> Classification {
        match self.prepare(frame) {
            Ok(prepared) => self.judge(&self.scores(&prepared)),
            Err(unsuitable) => Classification::nothing(unsuitable.into(), 1.0),
        }
    }

    /// Applies calibration and the rules for answering to what the network says.
    pub fn judge(&self, scores: &Scores) -> Classification {
        let probabilities = self.probabilities(scores);
        let candidates = ranked(&probabilities.examined, 0.0);
        let mut examined = candidates.clone();
        if let Some(reason) = self.strange(scores, probabilities.reject) {
            let nothing = Classification::nothing(reason, probabilities.reject);
            return Classification {
                examined,
                candidates,
                ..nothing
            };
        }
        let (answer, reason) = decide(&probabilities, self.manifest.threshold);
        if let (Some(answer), Reason::Coarse) = (&answer, reason) {
            examined.retain(|r| r.concept != answer.concept);
            examined.insert(0, answer.clone());
        }
        Classification {
            examined,
            candidates,
            visible: ranked(&probabilities.visible, self.manifest.visible_threshold),
            answer,
            reason,
            reject: probabilities.reject,
        }
    }

    /// Why the image can't be a radiograph of a part known, if so.
    fn strange(&self, scores: &Scores, reject: f64) -> Option<Reason> {
        let manifest = &self.manifest;
        let known = &scores.examined[..self.labels.examined.len()];
        let beyond = |limit: Option<f64>, value: Option<f64>| matches!((limit, value), (Some(l), Some(v)) if v > l);
        let distance = self.distance.as_ref().map(|d| d.nearest(&scores.features));
        if reject >= manifest.reject_threshold {
            return Some(Reason::NotARadiograph);
        }
        let strange = beyond(manifest.max_energy, Some(energy(known))) || beyond(manifest.max_distance, distance);
        strange.then_some(Reason::Unfamiliar)
    }

    fn probabilities(&self, scores: &Scores) -> Probabilities<'_> {
        let labels = &self.labels.examined;
        let supported = |i: usize| labels.get(i).is_none_or(|l| l.support != Support::None);
        let logits = scores.examined.iter().enumerate();
        let masked: Vec<f64> = logits
            .map(|(i, l)| if supported(i) { f64::from(*l) } else { f64::NEG_INFINITY })
            .collect();
        let examined = softmax(&masked, self.manifest.temperature_examined);
        let seen = |l: &f32| sigmoid(f64::from(*l) / self.manifest.temperature_visible);
        let known = |(label, _): &(&Label, f64)| label.support != Support::None;
        Probabilities {
            reject: examined.last().copied().unwrap_or(1.0),
            examined: labels.iter().zip(examined).filter(known).collect(),
            visible: self
                .labels
                .visible
                .iter()
                .zip(scores.visible.iter().map(seen))
                .filter(known)
                .collect(),
        }
    }
}

/// The labels from a probability on, best first; equally likely ones in the order of the outputs.
fn ranked(labels: &[(&Label, f64)], least: f64) -> Vec<Ranked> {
    let rank = |(label, p): &(&Label, f64)| Ranked {
        concept: label.concept.clone(),
        p: *p,
    };
    let mut ranked: Vec<Ranked> = labels.iter().filter(|(_, p)| *p >= least).map(rank).collect();
    ranked.sort_by(|a, b| b.p.total_cmp(&a.p));
    ranked
}

fn decide(probabilities: &Probabilities<'_>, threshold: f64) -> (Option<Ranked>, Reason) {
    let best = ranked(&probabilities.examined, 0.0).into_iter().next();
    let Some(best) = best else {
        return (None, Reason::Uncertain);
    };
    let likely = best.p >= threshold;
    if likely && seen(&best.concept, probabilities) {
        return (Some(best), Reason::Sure);
    }
    let region = regions(&best.concept, probabilities)
        .into_iter()
        .find(|region| region.p >= threshold && seen(&region.concept, probabilities));
    match (region, likely) {
        (Some(region), _) => (Some(region), Reason::Coarse),
        (None, true) => (None, Reason::HeadsDisagree),
        (None, false) => (None, Reason::Uncertain),
    }
}

/// Whether the visible head sees a concept or a part of it. A concept for which it has no output counts as seen.
fn seen(concept: &Concept, probabilities: &Probabilities<'_>) -> bool {
    let mut parts = probabilities
        .visible
        .iter()
        .filter(|(label, _)| covers(concept, label))
        .peekable();
    parts.peek().is_none() || parts.any(|(_, p)| *p >= AGREEMENT)
}

fn covers(whole: &Concept, label: &Label) -> bool {
    let part = label.concept.code;
    whole.code == part || Terminology::builtin().relations().contains(whole.code, part)
}

/// A concept and the regions around it, smallest first, each with the probability of all its parts; without regions
/// that hold everything, such as the entire body, which say nothing.
fn regions(concept: &Concept, probabilities: &Probabilities<'_>) -> Vec<Ranked> {
    let terminology = Terminology::builtin();
    let around = terminology.relations().ancestors(concept.code);
    let around = around.iter().filter_map(|id| terminology.concept(*id));
    let mut regions: Vec<(usize, Ranked)> = Vec::new();
    for whole in std::iter::once(concept).chain(around) {
        let parts: Vec<f64> = probabilities
            .examined
            .iter()
            .filter(|(label, _)| covers(whole, label))
            .map(|(_, p)| *p)
            .collect();
        let everything = terminology
            .targets()
            .iter()
            .all(|t| t.concept.code == whole.code || terminology.relations().contains(whole.code, t.concept.code));
        if !everything {
            let p = parts.iter().sum::<f64>().min(1.0);
            let concept = whole.clone();
            regions.push((parts.len(), Ranked { concept, p }));
        }
    }
    regions.sort_by_key(|(parts, _)| *parts);
    regions.into_iter().map(|(_, region)| region).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(key: &str) -> Label {
        let target = Terminology::builtin().by_key(key).unwrap();
        Label {
            concept: target.concept.clone(),
            key: key.to_owned(),
            support: Support::Real,
            note: String::new(),
        }
    }

    /// The answer's key and the reason for given probabilities, with a threshold of 0.8.
    fn check(examined: &[(&str, f64)], visible: &[(&str, f64)], expect: (Option<&str>, Reason)) {
        let own = |list: &[(&str, f64)]| list.iter().map(|(k, p)| (label(k), *p)).collect::<Vec<_>>();
        let (examined, visible) = (own(examined), own(visible));
        let borrow = |list: &'static [(Label, f64)]| list.iter().map(|(l, p)| (l, *p)).collect::<Vec<_>>();
        let probabilities = Probabilities {
            examined: borrow(examined.leak()),
            visible: borrow(visible.leak()),
            reject: 0.0,
        };
        let (answer, reason) = decide(&probabilities, 0.8);
        let answer = answer.map(|a| a.concept);
        assert_eq!(answer, expect.0.map(|key| label(key).concept));
        assert_eq!(reason, expect.1);
    }

    #[test]
    fn a_likely_part_that_is_seen_is_the_answer() {
        check(
            &[("KN", 0.9), ("EL", 0.1)],
            &[("KN", 0.8), ("EL", 0.1)],
            (Some("KN"), Reason::Sure),
        );
        check(&[("KN", 0.9)], &[("EL", 0.1)], (Some("KN"), Reason::Sure));
    }

    #[test]
    fn a_part_that_is_not_seen_is_answered_by_the_region_that_is() {
        // The study's worst fault: a knee called elbow at 0.98.
        let examined = [("EL", 0.98), ("KN", 0.02)];
        check(&examined, &[("KN", 0.9), ("EL", 0.1)], (Some("EX"), Reason::Coarse));
        check(&examined, &[("EL", 0.1), ("FO", 0.6)], (Some("UL"), Reason::Coarse));
        check(&examined, &[("EL", 0.1), ("SK", 0.6)], (None, Reason::HeadsDisagree));
    }

    #[test]
    fn mass_split_among_parts_is_answered_by_their_region() {
        let legs = [("AN", 0.5), ("LE", 0.4), ("CH", 0.1)];
        check(&legs, &[("AN", 0.9), ("LE", 0.9)], (Some("LL"), Reason::Coarse));
        let hand = [("HA", 0.5), ("FI", 0.45), ("CH", 0.05)];
        check(&hand, &[("FI", 0.9), ("HA", 0.9)], (Some("HA"), Reason::Coarse));
    }

    #[test]
    fn the_entire_body_is_no_answer_to_doubt() {
        check(
            &[("CH", 0.5), ("KN", 0.5)],
            &[("CH", 0.9), ("KN", 0.9)],
            (None, Reason::Uncertain),
        );
    }
}
