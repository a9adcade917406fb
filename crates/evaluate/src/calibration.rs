//! Whether confidences mean what they say, and what abstaining would cost.

use serde::Serialize;

use crate::{Case, Source};

/// Bins of equal width.
const BINS: usize = 10;

/// Points of the coverage-risk curve at most.
const POINTS: usize = 100;

/// Answers whose confidence lies in one bin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bin {
    /// Lower end.
    pub from: f64,
    /// Upper end.
    pub to: f64,
    /// Answers.
    pub images: usize,
    /// Mean of their confidences.
    pub confidence: f64,
    /// Share of them that is right.
    pub accuracy: f64,
}

/// The calibration curve and the expected calibration error (Guo et al. 2017, equation 3).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Whose confidences.
    pub source: Source,
    /// Answers that have a confidence.
    pub images: usize,
    /// Mean distance of confidence and accuracy, weighted by images.
    pub ece: f64,
    /// Mean squared error of the confidence (Brier score).
    pub brier: f64,
    /// Bins that hold an answer.
    pub bins: Vec<Bin>,
}

/// Share wrong among the most confident answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CoveragePoint {
    /// Share of all images that keep their answer.
    pub coverage: f64,
    /// Share wrong among them.
    pub risk: f64,
    /// The least confidence among them.
    pub threshold: f64,
}

/// The coverage-risk curve: answers are given up from the least confident on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coverage {
    /// Whose answers.
    pub source: Source,
    /// Mean risk over all coverages that are reached.
    pub mean_risk: f64,
    /// From few answers to all.
    pub points: Vec<CoveragePoint>,
}

/// Confidence and rightness of every answer that has a confidence.
fn graded(source: Source, cases: &[Case<'_>]) -> Vec<(f64, bool)> {
    let grade = |case: &Case<'_>| {
        let answer = case.prediction.answer(source);
        let confidence = answer.confidence.filter(|_| !answer.sites.is_empty())?;
        Some((confidence, answer.sites == case.label.examined))
    };
    cases.iter().filter_map(grade).collect()
}

impl Calibration {
    /// `None` where no answer has a confidence.
    pub(crate) fn of(source: Source, cases: &[Case<'_>]) -> Option<Calibration> {
        let graded = graded(source, cases);
        if graded.is_empty() {
            return None;
        }
        let n = graded.len() as f64;
        let bins: Vec<Bin> = (0..BINS).filter_map(|at| bin(at, &graded)).collect();
        let distance = |b: &Bin| b.images as f64 / n * (b.accuracy - b.confidence).abs();
        let squared = |(confidence, right): &(f64, bool)| (confidence - f64::from(u8::from(*right))).powi(2);
        Some(Calibration {
            source,
            images: graded.len(),
            ece: bins.iter().map(distance).sum(),
            brier: graded.iter().map(squared).sum::<f64>() / n,
            bins,
        })
    }
}

fn bin(at: usize, graded: &[(f64, bool)]) -> Option<Bin> {
    let place = |confidence: f64| ((confidence * BINS as f64) as usize).min(BINS - 1);
    let members: Vec<&(f64, bool)> = graded.iter().filter(|g| place(g.0) == at).collect();
    let n = members.len() as f64;
    (!members.is_empty()).then(|| Bin {
        from: at as f64 / BINS as f64,
        to: (at + 1) as f64 / BINS as f64,
        images: members.len(),
        confidence: members.iter().map(|g| g.0).sum::<f64>() / n,
        accuracy: members.iter().filter(|g| g.1).count() as f64 / n,
    })
}

impl Coverage {
    /// `None` where no answer has a confidence.
    pub(crate) fn of(source: Source, cases: &[Case<'_>]) -> Option<Coverage> {
        let mut graded = graded(source, cases);
        if graded.is_empty() {
            return None;
        }
        // Among equals the wrong ones first: the curve never looks better than it is.
        graded.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut wrong = 0;
        let point = |(at, (threshold, right)): (usize, &(f64, bool))| {
            wrong += usize::from(!right);
            CoveragePoint {
                coverage: (at + 1) as f64 / cases.len() as f64,
                risk: f64::from(wrong as u32) / (at + 1) as f64,
                threshold: *threshold,
            }
        };
        let all: Vec<CoveragePoint> = graded.iter().enumerate().map(point).collect();
        let mean_risk = all.iter().map(|p| p.risk).sum::<f64>() / all.len() as f64;
        Some(Coverage {
            source,
            mean_risk,
            points: thinned(&all),
        })
    }
}

fn thinned(all: &[CoveragePoint]) -> Vec<CoveragePoint> {
    let step = all.len().div_ceil(POINTS);
    let last = all.len() - 1;
    let keep = |(at, point): (usize, &CoveragePoint)| (at % step == step - 1 || at == last).then_some(*point);
    all.iter().enumerate().filter_map(keep).collect()
}
