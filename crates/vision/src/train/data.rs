//! The archive as numbers: features, classes, splits.

use std::collections::BTreeSet;

use bodysite_core::Sctid;
use serde::{Deserialize, Serialize};

use super::features::{Found, NoFeatures};
use super::split::Split;
use super::{Image, LEAST, Options, Source, TrainError};
use crate::architecture::FEATURES;
use crate::{Model, Scores, Support};

/// A feature that hardly varies is not blown up.
const LEAST_DEVIATION: f32 = 0.05;

/// How many images there are, and of what kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Images with a label.
    pub labelled: usize,
    /// Of these, images whose file could not be read.
    pub unreadable: usize,
    /// Too small or constant.
    pub unsuitable: usize,
    /// Labelled with a concept that is no output of the model, such as Extremity.
    pub without_output: usize,
    /// Learnt from.
    pub train: usize,
    /// Used to tune.
    pub validation: usize,
    /// Kept back.
    pub test: usize,
    /// Patients or studies.
    pub groups: usize,
}

/// The usable images.
#[derive(Clone)]
pub(crate) struct Data<'a> {
    pub(crate) images: Vec<&'a Image>,
    pub(crate) splits: Vec<Split>,
    /// Given class of each image: an index into the examined outputs.
    pub(crate) labels: Vec<usize>,
    /// What the model that one starts from says.
    pub(crate) scores: Vec<Scores>,
    /// Standardised features, row by row.
    pub(crate) standard: Vec<f32>,
    pub(crate) mean: Vec<f32>,
    pub(crate) deviation: Vec<f32>,
    /// Outputs of the examined head that mean nothing: no support and no image.
    pub(crate) meaningless: BTreeSet<usize>,
    counts: Counts,
}

impl<'a> Data<'a> {
    pub(crate) fn new(
        model: &Model,
        images: &[&'a Image],
        features: Vec<Found>,
        options: &Options,
    ) -> Result<Self, TrainError> {
        let mut data = Data {
            images: Vec::new(),
            splits: Vec::new(),
            labels: Vec::new(),
            scores: Vec::new(),
            standard: Vec::new(),
            mean: Vec::new(),
            deviation: Vec::new(),
            meaningless: BTreeSet::new(),
            counts: Counts::default(),
        };
        data.counts.labelled = images.len();
        for (image, features) in images.iter().zip(features) {
            match (features, image.examined.and_then(|id| output(model, id))) {
                (Err(NoFeatures::Unreadable), _) => data.counts.unreadable += 1,
                (Err(NoFeatures::Unsuitable(_)), _) => data.counts.unsuitable += 1,
                (Ok(_), None) => data.counts.without_output += 1,
                (Ok(features), Some(label)) => data.add(image, label, model.heads(features), options.seed),
            }
        }
        data.finish(model)?;
        Ok(data)
    }

    fn add(&mut self, image: &'a Image, label: usize, scores: Scores, seed: u64) {
        self.images.push(image);
        self.splits.push(Split::of(seed, &image.group));
        self.labels.push(label);
        self.scores.push(scores);
    }

    fn finish(&mut self, model: &Model) -> Result<(), TrainError> {
        let classes: BTreeSet<usize> = self.labels.iter().copied().collect();
        let (usable, classes_found) = (self.labels.len(), classes.len());
        if usable < LEAST || classes_found < 2 {
            return Err(TrainError::TooFew {
                usable,
                classes: classes_found,
                least: LEAST,
            });
        }
        for split in [Split::Train, Split::Validation, Split::Test] {
            if self.of(split).is_empty() {
                return Err(TrainError::EmptySplit(split));
            }
        }
        let labels = model.labels().examined.iter().enumerate();
        let meaningless = labels.filter(|(i, l)| l.support == Support::None && !classes.contains(i));
        self.meaningless = meaningless.map(|(i, _)| i).collect();
        self.counts.train = self.of(Split::Train).len();
        self.counts.validation = self.of(Split::Validation).len();
        self.counts.test = self.of(Split::Test).len();
        self.counts.groups = self.images.iter().map(|i| &i.group).collect::<BTreeSet<_>>().len();
        self.standardise();
        Ok(())
    }

    /// Mean 0 and deviation 1 over the images learnt from.
    fn standardise(&mut self) {
        let train = self.of(Split::Train);
        let share = 1.0 / train.len() as f64;
        let mut moments = vec![[0.0_f64; 2]; FEATURES];
        for i in &train {
            for (moment, x) in moments.iter_mut().zip(&self.scores[*i].features) {
                moment[0] += f64::from(*x) * share;
                moment[1] += f64::from(*x).powi(2) * share;
            }
        }
        self.mean = moments.iter().map(|m| m[0] as f32).collect();
        let deviation = |m: &[f64; 2]| (m[1] - m[0] * m[0]).max(0.0).sqrt() as f32;
        self.deviation = moments.iter().map(|m| deviation(m).max(LEAST_DEVIATION)).collect();
        let row = |s: &Scores| self.standard_of(&s.features);
        self.standard = self.scores.iter().flat_map(row).collect();
    }

    fn standard_of(&self, features: &[f32]) -> Vec<f32> {
        let standard = features.iter().zip(&self.mean).zip(&self.deviation);
        standard.map(|((x, mean), deviation)| (x - mean) / deviation).collect()
    }

    /// The same images as another model sees them.
    pub(crate) fn rescored(&self, scores: Vec<Scores>) -> Self {
        let mut data = Data { scores, ..self.clone() };
        data.standardise();
        data
    }

    /// The images of a split.
    pub(crate) fn of(&self, split: Split) -> Vec<usize> {
        (0..self.splits.len()).filter(|i| self.splits[*i] == split).collect()
    }

    /// Whether a label may be doubted.
    pub(crate) fn is_questionable(&self, i: usize) -> bool {
        self.images[i].source != Source::Reviewed
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts.clone()
    }
}

/// The examined output of a concept.
pub(crate) fn output(model: &Model, id: Sctid) -> Option<usize> {
    model.labels().examined.iter().position(|l| l.concept.code == id)
}
