//! Several header attributes to one answer: finer refines coarser, contradiction is recorded and flagged.

use bodysite_core::{Answer, Assertion, Basis, BodySite, Facet, Issue, IssueCode};
use bodysite_terminology::Terminology;

use crate::Policy;
use crate::relation::{Relation, relate};
use crate::selector::{Trust, trust_of};

/// What the header as a whole says was examined.
#[derive(Debug, Clone)]
pub(crate) struct HeaderAnswer {
    pub sites: Vec<BodySite>,
    /// Index of the deciding assertion, then of those that support it.
    pub from: Vec<usize>,
    pub text: Option<String>,
    pub selector: String,
    /// The selector whose coarser answer the deciding one made precise.
    pub refines: Option<String>,
    /// Selectors that say something else.
    pub against: Vec<String>,
}

/// What one attribute says was examined.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim<'a> {
    pub at: usize,
    pub trust: Trust,
    /// Probability that the claim is right: that the text means this, and that it is about this image.
    pub reliability: f64,
    pub selector: &'a str,
    pub assertion: &'a Assertion,
}

/// Every claim that names a part, in order of trust; within one trust the mapper's own order stands.
pub(crate) fn claims<'a>(assertions: &'a [Assertion], policy: &Policy) -> Vec<Claim<'a>> {
    let claim = |(at, assertion): (usize, &'a Assertion)| {
        if assertion.facet != Facet::Examined || assertion.sites().is_empty() {
            return None;
        }
        let selector = assertion.basis.selector()?;
        let trust = trust_of(selector)?;
        Some(Claim {
            at,
            trust,
            reliability: policy.reliability.of(trust) * assertion.confidence.unwrap_or(1.0),
            selector,
            assertion,
        })
    };
    let mut claims: Vec<Claim<'a>> = assertions.iter().enumerate().filter_map(claim).collect();
    claims.sort_by_key(|c| c.trust);
    claims
}

pub(crate) fn resolve(
    claims: &[Claim<'_>],
    terminology: &Terminology,
    issues: &mut Vec<Issue>,
) -> Option<HeaderAnswer> {
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

/// The header's answer when the claim that says `sites` leads, where one attribute says just that.
pub(crate) fn led_by(claims: &[Claim<'_>], sites: &[BodySite], terminology: &Terminology) -> Option<HeaderAnswer> {
    let says = |c: &Claim<'_>| relate(terminology, c.assertion.sites(), sites) == Relation::Equal;
    let leader = claims.iter().position(says)?;
    let mut order = claims.to_vec();
    order[..=leader].rotate_right(1);
    resolve(&order, terminology, &mut Vec::new())
}

impl HeaderAnswer {
    fn of(claim: &Claim<'_>) -> Self {
        HeaderAnswer {
            sites: claim.assertion.sites().to_vec(),
            from: vec![claim.at],
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
