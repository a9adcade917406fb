//! The retrieval simulation: each concept as a query, answered by seven strategies, before and after a review.
//!
//! A query for a concept wants every image whose reference label is the concept or lies in it. An answer is found
//! by the query when one of its targets is the concept or lies in it.

use bodysite_core::{Sctid, Verdict};
use bodysite_terminology::Terminology;
use serde::Serialize;

use crate::proportion::{f1, mean};
use crate::{Case, Prediction};

/// A way to find images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Body Part Examined compared as text.
    HeaderRaw,
    /// The mapped header alone.
    HeaderMapped,
    /// The image model alone.
    Model,
    /// Header and model.
    And,
    /// Header or model.
    Or,
    /// Header and image reconciled.
    Reconciled,
    /// What the run writes out.
    Emitted,
}

impl Strategy {
    /// Every strategy, in the order of reports.
    pub const ALL: [Strategy; 7] = [
        Strategy::HeaderRaw,
        Strategy::HeaderMapped,
        Strategy::Model,
        Strategy::And,
        Strategy::Or,
        Strategy::Reconciled,
        Strategy::Emitted,
    ];

    /// Its name in reports.
    pub fn word(self) -> &'static str {
        match self {
            Strategy::HeaderRaw => "header, raw",
            Strategy::HeaderMapped => "header, mapped",
            Strategy::Model => "model",
            Strategy::And => "header AND model",
            Strategy::Or => "header OR model",
            Strategy::Reconciled => "reconciled",
            Strategy::Emitted => "emitted",
        }
    }

    /// What exactly it does.
    pub fn definition(self) -> &'static str {
        match self {
            Strategy::HeaderRaw => {
                "the text of Body Part Examined equals, apart from case and outer spaces, the DICOM defined term or \
                 the display of the concept, or of a concept that lies in it"
            }
            Strategy::HeaderMapped => "the header's answer (all its attributes, through the mapping sets) is found",
            Strategy::Model => "the image model's best label is found; where it abstains, nothing is",
            Strategy::And => "the header's answer and the model's answer are both found",
            Strategy::Or => "the header's answer or the model's answer is found",
            Strategy::Reconciled => {
                "the answer of the reconciliation is found; a conflict counts for the side that is likelier by the \
                 calibrated probabilities"
            }
            Strategy::Emitted => {
                "the answer that the run writes out is found; a conflict counts as --on-conflict says, by default \
                 as no answer"
            }
        }
    }
}

/// Counts of one query, or of all together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Images wanted.
    pub wanted: usize,
    /// Images found.
    pub found: usize,
    /// Images wanted and found.
    pub hits: usize,
}

/// Recall, precision and F1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Wanted images that are found.
    pub recall: Option<f64>,
    /// Found images that are wanted.
    pub precision: Option<f64>,
    /// Their harmonic mean.
    pub f1: Option<f64>,
}

impl Counts {
    fn add(&mut self, wanted: bool, found: bool) {
        self.wanted += usize::from(wanted);
        self.found += usize::from(found);
        self.hits += usize::from(wanted && found);
    }

    /// The figures of these counts.
    pub fn figures(self) -> Figures {
        let share = |of: usize| (of > 0).then(|| self.hits as f64 / of as f64);
        Figures {
            recall: share(self.wanted),
            precision: share(self.found),
            f1: f1(self.hits, self.found, self.wanted),
        }
    }
}

/// One query under one strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueryScore {
    /// The concept asked for.
    pub code: Sctid,
    /// Its display.
    pub display: String,
    /// Before the review.
    pub before: Counts,
    /// After it.
    pub after: Counts,
}

/// One strategy over all queries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StrategyScore {
    /// The strategy.
    pub strategy: Strategy,
    /// Its definition.
    pub definition: &'static str,
    /// All queries' counts added up, before the review.
    pub micro_before: Figures,
    /// The same, after it.
    pub micro_after: Figures,
    /// Mean over the queries that want an image, before the review.
    pub macro_before: Figures,
    /// The same, after it.
    pub macro_after: Figures,
    /// One a concept that is wanted or found.
    pub queries: Vec<QueryScore>,
}

/// The whole simulation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Retrieval {
    /// Share of the images that a person looks at.
    pub review_percent: f64,
    /// Images that a person looks at.
    pub reviewed: usize,
    /// One a strategy.
    pub strategies: Vec<StrategyScore>,
}

impl Retrieval {
    pub(crate) fn of(cases: &[Case<'_>], review_percent: f64, terminology: &Terminology) -> Retrieval {
        let reviewed = reviewed(cases, review_percent);
        let score = |strategy| StrategyScore::of(strategy, cases, &reviewed, terminology);
        Retrieval {
            review_percent,
            reviewed: reviewed.iter().filter(|r| **r).count(),
            strategies: Strategy::ALL.into_iter().map(score).collect(),
        }
    }

    /// The figures of one strategy.
    pub fn strategy(&self, strategy: Strategy) -> Option<&StrategyScore> {
        self.strategies.iter().find(|s| s.strategy == strategy)
    }
}

/// How much an image wants a look: 1 without an answer, otherwise what its confidence leaves open.
fn doubt(prediction: &Prediction) -> f64 {
    let answer = &prediction.reconciled;
    match answer.confidence {
        _ if answer.sites.is_empty() => 1.0,
        Some(confidence) => 1.0 - confidence,
        None => 0.5,
    }
}

/// Which images a person looks at: the most doubtful ones; among equals, conflicts first, then by path.
fn reviewed(cases: &[Case<'_>], percent: f64) -> Vec<bool> {
    let budget = (cases.len() as f64 * percent / 100.0).floor() as usize;
    let mut order: Vec<usize> = (0..cases.len()).collect();
    let calm = |p: &Prediction| p.verdict != Verdict::Conflicting;
    order.sort_by(|a, b| {
        let (a, b) = (cases[*a].prediction, cases[*b].prediction);
        let by_doubt = doubt(b).total_cmp(&doubt(a));
        by_doubt.then(calm(a).cmp(&calm(b))).then(a.path.cmp(&b.path))
    });
    let mut reviewed = vec![false; cases.len()];
    for at in order.into_iter().take(budget) {
        reviewed[at] = true;
    }
    reviewed
}

/// A concept asked for, with everything that lies in it.
struct Query {
    codes: Vec<Sctid>,
    terms: Vec<String>,
}

impl Query {
    fn of(concept: Sctid, terminology: &Terminology) -> Query {
        let relations = terminology.relations();
        let inside = |c: &Sctid| *c == concept || relations.contains(concept, *c);
        let targets = || terminology.targets().iter().filter(|t| inside(&t.concept.code));
        let terms = targets().flat_map(|t| [t.body_part_examined.clone(), Some(t.concept.display.clone())]);
        Query {
            codes: targets().map(|t| t.concept.code).collect(),
            terms: terms.flatten().map(|t| t.to_lowercase()).collect(),
        }
    }

    fn takes(&self, sites: &[Sctid]) -> bool {
        sites.iter().any(|s| self.codes.contains(s))
    }

    fn finds(&self, strategy: Strategy, prediction: &Prediction) -> bool {
        let header = || self.takes(&prediction.header.sites);
        let model = || self.takes(&prediction.model.sites);
        match strategy {
            Strategy::HeaderRaw => {
                let raw = prediction.raw.as_deref().map(|r| r.trim().to_lowercase());
                raw.is_some_and(|raw| self.terms.contains(&raw))
            }
            Strategy::HeaderMapped => header(),
            Strategy::Model => model(),
            Strategy::And => header() && model(),
            Strategy::Or => header() || model(),
            Strategy::Reconciled => self.takes(&prediction.reconciled.sites),
            Strategy::Emitted => self.takes(&prediction.emitted.sites),
        }
    }
}

impl StrategyScore {
    fn of(strategy: Strategy, cases: &[Case<'_>], reviewed: &[bool], terminology: &Terminology) -> StrategyScore {
        let targets = terminology.targets().iter();
        let queries: Vec<QueryScore> = targets
            .map(|t| {
                let query = Query::of(t.concept.code, terminology);
                let (before, after) = ask(&query, strategy, cases, reviewed);
                QueryScore {
                    code: t.concept.code,
                    display: t.concept.display.clone(),
                    before,
                    after,
                }
            })
            .filter(|q| q.before.wanted + q.before.found > 0)
            .collect();
        StrategyScore {
            strategy,
            definition: strategy.definition(),
            micro_before: micro(queries.iter().map(|q| q.before)),
            micro_after: micro(queries.iter().map(|q| q.after)),
            macro_before: macro_mean(queries.iter().map(|q| q.before)),
            macro_after: macro_mean(queries.iter().map(|q| q.after)),
            queries,
        }
    }
}

fn ask(query: &Query, strategy: Strategy, cases: &[Case<'_>], reviewed: &[bool]) -> (Counts, Counts) {
    let (mut before, mut after) = (Counts::default(), Counts::default());
    for (case, reviewed) in cases.iter().zip(reviewed) {
        let wanted = query.takes(&case.label.examined);
        let found = query.finds(strategy, case.prediction);
        before.add(wanted, found);
        after.add(wanted, if *reviewed { wanted } else { found });
    }
    (before, after)
}

fn micro(counts: impl Iterator<Item = Counts>) -> Figures {
    let sum = counts.fold(Counts::default(), |sum, c| Counts {
        wanted: sum.wanted + c.wanted,
        found: sum.found + c.found,
        hits: sum.hits + c.hits,
    });
    sum.figures()
}

/// A query that wants images and finds none has precision 0.
fn macro_mean(counts: impl Iterator<Item = Counts>) -> Figures {
    let figures: Vec<Figures> = counts.filter(|c| c.wanted > 0).map(Counts::figures).collect();
    let over = |f: fn(&Figures) -> Option<f64>| mean(figures.iter().map(|x| f(x).unwrap_or(0.0)));
    Figures {
        recall: over(|f| f.recall),
        precision: over(|f| f.precision),
        f1: over(|f| f.f1),
    }
}
