//! Several header attributes to one answer: finer refines coarser, contradiction is recorded and flagged.

use bodysite_core::{Answer, Assertion, Basis, BodySite, Facet, Issue, IssueCode};
use bodysite_terminology::Terminology;

use crate::relation::{Relation, relate};
use crate::selector::{Trust, trust_of};

/// What the header as a whole says was examined.
#[derive(Debug, Clone)]
pub(crate) struct HeaderAnswer {
    pub sites: Vec<BodySite>,
    /// Index of the deciding assertion, then of those that support it.
    pub from: Vec<usize>,
    pub confidence: Option<f64>,
    pub text: Option<String>,
    pub selector: String,
    /// The selector whose coarser answer the deciding one made precise.
    pub refines: Option<String>,
    /// Selectors that say something else.
    pub against: Vec<String>,
}

struct Claim<'a> {
    at: usize,
    trust: Trust,
    selector: &'a str,
    assertion: &'a Assertion,
}

fn claims(assertions: &[Assertion]) -> Vec<Claim<'_>> {
    let mut claims: Vec<Claim<'_>> = assertions
        .iter()
        .enumerate()
        .filter(|(_, a)| a.facet == Facet::Examined && !a.sites().is_empty())
        .filter_map(|(at, assertion)| {
            let selector = assertion.basis.selector()?;
            let trust = trust_of(selector)?;
            Some(Claim {
                at,
                trust,
                selector,
                assertion,
            })
        })
        .collect();
    // Stable: within one trust the mapper's own order stands.
    claims.sort_by_key(|c| c.trust);
    claims
}

pub(crate) fn resolve(
    assertions: &[Assertion],
    terminology: &Terminology,
    issues: &mut Vec<Issue>,
) -> Option<HeaderAnswer> {
    let claims = claims(assertions);
    let (first, rest) = claims.split_first()?;
    if first.trust == Trust::StudyText && first.assertion.sites().len() > 1 {
        // A study of several parts does not say which of them this image is.
        return None;
    }
    let mut answer = HeaderAnswer::of(first);
    for claim in rest {
        answer.consider(claim, terminology, issues);
    }
    Some(answer)
}

impl HeaderAnswer {
    fn of(claim: &Claim<'_>) -> Self {
        HeaderAnswer {
            sites: claim.assertion.sites().to_vec(),
            from: vec![claim.at],
            confidence: claim.assertion.confidence,
            text: said(claim.assertion),
            selector: claim.selector.to_owned(),
            refines: None,
            against: Vec::new(),
        }
    }

    fn consider(&mut self, claim: &Claim<'_>, terminology: &Terminology, issues: &mut Vec<Issue>) {
        let sites = claim.assertion.sites();
        match relate(terminology, &self.sites, sites) {
            Relation::Equal => self.support(claim),
            Relation::Contains if self.may_refine(claim, terminology) => self.refine(claim),
            Relation::Contains | Relation::ContainedIn => self.from.push(claim.at),
            Relation::Adjacent | Relation::Contradicts => self.contradict(claim, issues),
        }
    }

    /// Study text names every part of the study: it refines only a coarse answer, and only to one part.
    fn may_refine(&self, claim: &Claim<'_>, terminology: &Terminology) -> bool {
        let coarse = self.sites.iter().all(|s| terminology.is_coarse(s.target.code));
        match claim.trust {
            Trust::StudyText => coarse && claim.assertion.sites().len() == 1,
            _ => coarse || self.sites.len() == 1,
        }
    }

    fn support(&mut self, claim: &Claim<'_>) {
        self.from.push(claim.at);
        self.confidence = match (self.confidence, claim.assertion.confidence) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        if claim.trust == Trust::StudyText {
            return;
        }
        for (mine, theirs) in self.sites.iter_mut().zip(claim.assertion.sites()) {
            let coarse_exact = mine.exact.as_ref() == Some(&mine.target);
            let finer = theirs.exact.is_some() && theirs.exact.as_ref() != Some(&theirs.target);
            if mine.target == theirs.target && coarse_exact && finer {
                mine.exact.clone_from(&theirs.exact);
            }
        }
    }

    fn refine(&mut self, claim: &Claim<'_>) {
        let coarser = self.selector.clone();
        let mut from = vec![claim.at];
        from.append(&mut self.from);
        *self = HeaderAnswer {
            from,
            refines: Some(coarser),
            against: std::mem::take(&mut self.against),
            ..HeaderAnswer::of(claim)
        };
    }

    fn contradict(&mut self, claim: &Claim<'_>, issues: &mut Vec<Issue>) {
        let code = if claim.trust == Trust::StudyText {
            IssueCode::StudyTextDiffers
        } else {
            IssueCode::HeaderContradiction
        };
        issues.push(Issue::at(code, claim.selector));
        if code == IssueCode::HeaderContradiction {
            self.against.push(claim.selector.to_owned());
        }
    }
}

fn said(assertion: &Assertion) -> Option<String> {
    match (&assertion.answer, &assertion.basis) {
        (Answer::Sites(_), Basis::Mapped { text, .. }) => Some(text.clone()),
        _ => None,
    }
}
