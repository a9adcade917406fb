//! How well the image model says which parts can be seen.

use bodysite_core::Sctid;
use bodysite_terminology::Terminology;
use serde::Serialize;

use crate::examined::LabelScore;
use crate::proportion::{f1, mean};
use crate::{Case, Proportion};

/// Figures over the images whose visible parts are known and on which the model answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Visible {
    /// Images with a reference on which the model answered, of images with a reference.
    pub answered: Proportion,
    /// Images with exactly the true set, of images with a reference; no answer is a wrong one.
    pub exact_match: Proportion,
    /// Decisions (image and label) that are right, of all 36 for each image answered.
    pub label_accuracy: Proportion,
    /// F1 over all decisions.
    pub micro_f1: Option<f64>,
    /// Mean F1 over labels that occur.
    pub macro_f1: Option<f64>,
    /// One a label that occurs in reference or answers.
    pub labels: Vec<LabelScore>,
}

/// What the model sees beside what is there.
struct Seen<'a> {
    found: Vec<Sctid>,
    wanted: &'a [Sctid],
}

impl Visible {
    /// `None` where no image has a reference.
    pub(crate) fn of(cases: &[Case<'_>], terminology: &Terminology) -> Option<Visible> {
        let known = cases.iter().filter(|c| c.label.visible.is_some()).count();
        if known == 0 {
            return None;
        }
        let seen: Vec<Seen<'_>> = cases.iter().filter_map(seen).collect();
        let exact = seen.iter().filter(|s| s.found == s.wanted).count();
        let labels = label_scores(&seen, terminology);
        let sum = |f: fn(&LabelScore) -> usize| labels.iter().map(f).sum::<usize>();
        let (hits, found, wanted) = (sum(|l| l.recall.count), sum(|l| l.precision.of), sum(|l| l.recall.of));
        let decisions = seen.len() * terminology.targets().len();
        Some(Visible {
            answered: Proportion::new(seen.len(), known),
            exact_match: Proportion::new(exact, known),
            label_accuracy: Proportion::new(decisions - (found - hits) - (wanted - hits), decisions),
            micro_f1: f1(hits, found, wanted),
            macro_f1: mean(labels.iter().filter(|l| l.recall.of > 0).filter_map(|l| l.f1)),
            labels,
        })
    }
}

fn seen<'a>(case: &Case<'a>) -> Option<Seen<'a>> {
    let wanted = case.label.visible.as_deref()?;
    let found = case.prediction.visible.as_ref()?;
    let mut found: Vec<Sctid> = found.iter().map(|s| s.code).collect();
    found.sort();
    found.dedup();
    Some(Seen { found, wanted })
}

fn label_scores(seen: &[Seen<'_>], terminology: &Terminology) -> Vec<LabelScore> {
    let score = |code: Sctid, display: &str| {
        let count = |f: &dyn Fn(&Seen<'_>) -> bool| seen.iter().filter(|s| f(s)).count();
        let found = count(&|s| s.found.contains(&code));
        let wanted = count(&|s| s.wanted.contains(&code));
        let hits = count(&|s| s.found.contains(&code) && s.wanted.contains(&code));
        (found + wanted > 0).then(|| LabelScore {
            code,
            display: display.to_owned(),
            precision: Proportion::new(hits, found),
            recall: Proportion::new(hits, wanted),
            f1: f1(hits, found, wanted),
        })
    };
    let targets = terminology.targets().iter();
    targets
        .filter_map(|t| score(t.concept.code, &t.concept.display))
        .collect()
}
