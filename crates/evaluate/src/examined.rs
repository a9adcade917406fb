//! How well one source answers what was examined.

use std::collections::BTreeMap;

use bodysite_core::Sctid;
use bodysite_terminology::Terminology;
use serde::Serialize;

use crate::proportion::{f1, mean};
use crate::{Case, Proportion, Source};

/// How an answer stands to what is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// The same targets.
    Exact,
    /// Coarser: everything true lies in it (Extremity for an ankle).
    Broader,
    /// Finer: it lies in what is true.
    Narrower,
    /// Some targets right, or a part that is usually seen beside the true one.
    Adjacent,
    /// Something else.
    Wrong,
    /// No answer.
    None,
}

impl Agreement {
    /// Compares an answer with what is true.
    pub fn of(answer: &[Sctid], truth: &[Sctid], terminology: &Terminology) -> Agreement {
        let relations = terminology.relations();
        let covers = |whole: &[Sctid], parts: &[Sctid]| {
            let within = |p: &Sctid| whole.iter().any(|w| w == p || relations.contains(*w, *p));
            parts.iter().all(within)
        };
        let beside = |a: &Sctid| truth.iter().any(|t| t == a || relations.adjacent(*a, *t));
        match answer {
            [] => Agreement::None,
            answer if answer == truth => Agreement::Exact,
            answer if covers(answer, truth) => Agreement::Broader,
            answer if covers(truth, answer) => Agreement::Narrower,
            answer if answer.iter().any(beside) => Agreement::Adjacent,
            _ => Agreement::Wrong,
        }
    }
}

/// Figures of one label. An image with several examined parts counts for each of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelScore {
    /// The target.
    pub code: Sctid,
    /// Its display.
    pub display: String,
    /// Right answers among answers.
    pub precision: Proportion,
    /// Right answers among reference labels.
    pub recall: Proportion,
    /// Their harmonic mean.
    pub f1: Option<f64>,
}

/// One filled cell of the confusion matrix; `None` for no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// What is true; several are joined by `|`.
    pub reference: String,
    /// What was answered; several are joined by `|`.
    pub answer: Option<String>,
    /// Images.
    pub images: usize,
}

/// All figures of one source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Examined {
    /// Whose answers.
    pub source: Source,
    /// Images with exactly the true targets, of all images.
    pub accuracy: Proportion,
    /// The same, of images with an answer.
    pub accuracy_answered: Proportion,
    /// Images with an answer.
    pub answered: Proportion,
    /// Images with the true targets or a part or a whole of them.
    pub accuracy_hierarchical: Proportion,
    /// Mean recall over labels that occur.
    pub macro_recall: Option<f64>,
    /// Mean precision over labels that occur; a label never answered counts as 0.
    pub macro_precision: Option<f64>,
    /// Mean F1 over labels that occur.
    pub macro_f1: Option<f64>,
    /// Images by how the answer stands to what is true.
    pub agreement: BTreeMap<Agreement, usize>,
    /// One a label that occurs in reference or answers.
    pub labels: Vec<LabelScore>,
    /// Filled cells, ordered by reference and answer.
    pub confusion: Vec<Confusion>,
}

impl Examined {
    pub(crate) fn of(source: Source, cases: &[Case<'_>], terminology: &Terminology) -> Examined {
        let mut agreement: BTreeMap<Agreement, usize> = BTreeMap::new();
        for case in cases {
            let answer = &case.prediction.answer(source).sites;
            *agreement
                .entry(Agreement::of(answer, &case.label.examined, terminology))
                .or_default() += 1;
        }
        let count = |a| agreement.get(&a).copied().unwrap_or(0);
        let answered = cases.len() - count(Agreement::None);
        let exact = count(Agreement::Exact);
        let near = exact + count(Agreement::Broader) + count(Agreement::Narrower);
        let labels = label_scores(source, cases, terminology);
        let occurring = || labels.iter().filter(|l| l.recall.of > 0);
        Examined {
            source,
            accuracy: Proportion::new(exact, cases.len()),
            accuracy_answered: Proportion::new(exact, answered),
            answered: Proportion::new(answered, cases.len()),
            accuracy_hierarchical: Proportion::new(near, cases.len()),
            macro_recall: mean(occurring().filter_map(|l| l.recall.value)),
            macro_precision: mean(occurring().map(|l| l.precision.value.unwrap_or(0.0))),
            macro_f1: mean(occurring().filter_map(|l| l.f1)),
            confusion: confusion(source, cases),
            agreement,
            labels,
        }
    }
}

fn label_scores(source: Source, cases: &[Case<'_>], terminology: &Terminology) -> Vec<LabelScore> {
    let score = |code: Sctid, display: &str| {
        let (mut hits, mut found, mut wanted) = (0, 0, 0);
        for case in cases {
            let answer = case.prediction.answer(source).sites.contains(&code);
            let truth = case.label.examined.contains(&code);
            hits += usize::from(answer && truth);
            found += usize::from(answer);
            wanted += usize::from(truth);
        }
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

fn joined(sites: &[Sctid]) -> String {
    let codes: Vec<String> = sites.iter().map(Sctid::to_string).collect();
    codes.join("|")
}

fn confusion(source: Source, cases: &[Case<'_>]) -> Vec<Confusion> {
    let mut cells: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
    for case in cases {
        let answer = &case.prediction.answer(source).sites;
        let answer = (!answer.is_empty()).then(|| joined(answer));
        *cells.entry((joined(&case.label.examined), answer)).or_default() += 1;
    }
    let cell = |((reference, answer), images)| Confusion {
        reference,
        answer,
        images,
    };
    cells.into_iter().map(cell).collect()
}
