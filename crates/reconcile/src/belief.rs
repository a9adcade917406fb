//! How probable each of the 36 is, given what the header says and what the image shows.
//!
//! Header and image err for different reasons, so their probabilities are multiplied (Bayes, with an even prior).
//! A header attribute spreads its reliability over the parts it names and the rest evenly over all others. Attributes
//! that come from one selection at the modality (series text, Body Part Examined) fail together and count once where
//! they agree.

use std::collections::{BTreeMap, BTreeSet};

use bodysite_core::{BodySite, Sctid};
use bodysite_terminology::Terminology;

use crate::header::Claim;
use crate::image::ImageAnswer;
use crate::selector::Trust;

/// Share of an exam-level word that means the part itself and not a smaller part inside it (a foot, not a toe).
const ITSELF: f64 = 0.95;

/// An exam of a part that the image shows beside its main part: the model cannot know what was ordered.
const SEEN_BESIDE: f64 = 0.02;

/// No image proves that it is not of a part: a calibrated network is still wrong on a strange image.
const NEVER_ZERO: f64 = 0.0003;

/// Probabilities of the targets; they add up to 1.
#[derive(Debug, Clone)]
pub(crate) struct Belief(BTreeMap<Sctid, f64>);

/// What a claim is weighed with: the targets that it names and those inside them.
struct Said<'a> {
    claim: &'a Claim<'a>,
    within: BTreeMap<Sctid, f64>,
}

impl<'a> Said<'a> {
    fn of(claim: &'a Claim<'a>, terminology: &Terminology) -> Self {
        let mut within: BTreeMap<Sctid, f64> = BTreeMap::new();
        let sites: BTreeSet<Sctid> = claim.assertion.sites().iter().map(|s| s.target.code).collect();
        for site in &sites {
            for (target, share) in spread(*site, terminology) {
                *within.entry(target).or_default() += share / sites.len() as f64;
            }
        }
        Said { claim, within }
    }

    fn probability(&self, target: Sctid, targets: usize) -> f64 {
        match self.within.get(&target) {
            Some(share) => self.claim.reliability * share,
            None => (1.0 - self.claim.reliability) / (targets - self.within.len()) as f64,
        }
    }

    fn same_selection(&self, other: &Said<'_>) -> bool {
        let at_modality = |s: &Said<'_>| s.claim.trust != Trust::StudyText;
        at_modality(self) == at_modality(other)
    }

    /// Whether `other` says all that this says, at least as finely.
    fn implied_by(&self, other: &Said<'_>) -> bool {
        other.within.keys().all(|t| self.within.contains_key(t))
    }
}

/// How a word that names `site` is shared between the site and what lies in it.
fn spread(site: Sctid, terminology: &Terminology) -> Vec<(Sctid, f64)> {
    let relations = terminology.relations();
    let targets = terminology.targets().iter().map(|t| t.concept.code);
    let inside: Vec<Sctid> = targets.filter(|t| relations.contains(site, *t)).collect();
    let own = match inside.len() {
        0 => 1.0,
        n if terminology.is_coarse(site) => 1.0 / (n + 1) as f64,
        _ => ITSELF,
    };
    let rest = (1.0 - own) / inside.len().max(1) as f64;
    let inside = inside.into_iter().map(|t| (t, rest));
    std::iter::once((site, own)).chain(inside).collect()
}

/// Claims that add something: of agreeing ones from one selection, the finest and then the most reliable.
fn distinct<'a>(claims: &'a [Claim<'a>], terminology: &Terminology) -> Vec<Said<'a>> {
    let mut kept: Vec<Said<'a>> = Vec::new();
    for claim in claims {
        let said = Said::of(claim, terminology);
        if kept.iter().any(|k| k.same_selection(&said) && said.implied_by(k)) {
            continue;
        }
        kept.retain(|k| !(k.same_selection(&said) && k.implied_by(&said)));
        kept.push(said);
    }
    kept
}

impl Belief {
    pub(crate) fn new(claims: &[Claim<'_>], image: Option<&ImageAnswer<'_>>, terminology: &Terminology) -> Belief {
        let said = distinct(claims, terminology);
        let targets = terminology.targets();
        let weight = |target: Sctid| {
            let header: f64 = said.iter().map(|s| s.probability(target, targets.len())).product();
            let named = said.iter().any(|s| s.within.contains_key(&target));
            header * image.map_or(1.0, |i| shown(i, target, named, terminology))
        };
        let weights = targets.iter().map(|t| (t.concept.code, weight(t.concept.code)));
        let mut belief: BTreeMap<Sctid, f64> = weights.collect();
        let sum: f64 = belief.values().sum();
        belief.values_mut().for_each(|p| *p /= sum);
        Belief(belief)
    }

    /// The probability of one target.
    pub(crate) fn of(&self, target: Sctid) -> f64 {
        self.0.get(&target).copied().unwrap_or(0.0)
    }

    /// The probability that it is just these targets, for a source that tells a whole from its parts.
    pub(crate) fn exactly(&self, sites: &[BodySite]) -> f64 {
        let codes: BTreeSet<Sctid> = sites.iter().map(|s| s.target.code).collect();
        codes.into_iter().map(|c| self.of(c)).sum::<f64>().min(1.0)
    }

    /// The probability that a header's answer is right: a coarse word is right where anything inside it is.
    pub(crate) fn answer(&self, sites: &[BodySite], terminology: &Terminology) -> f64 {
        let relations = terminology.relations();
        let sites: BTreeSet<Sctid> = sites.iter().map(|s| s.target.code).collect();
        let takes = |target: &Sctid| {
            let whole = |s: &Sctid| terminology.is_coarse(*s) && relations.contains(*s, *target);
            sites.contains(target) || sites.iter().any(whole)
        };
        let sum: f64 = self.0.iter().filter(|(t, _)| takes(t)).map(|(_, p)| p).sum();
        sum.min(1.0)
    }
}

/// What the image model gives a target, with what the model cannot know kept open.
fn shown(image: &ImageAnswer<'_>, target: Sctid, named: bool, terminology: &Terminology) -> f64 {
    let open = match named {
        true if image.has_no_label_for(target) => 1.0 / terminology.targets().len() as f64,
        true if image.sees(target, terminology) => SEEN_BESIDE,
        _ => NEVER_ZERO,
    };
    image.probability_of(target, terminology).max(open)
}
