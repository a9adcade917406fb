//! Which side: coded attributes before text, only on paired parts, and no answer where two sources differ.

use bodysite_core::{Answer, Assertion, BodySite, Facet, Issue, IssueCode, Resolution, Side, Verdict};
use bodysite_terminology::Terminology;

/// Trust in a source of the side; smaller is stronger.
fn rank(selector: &str) -> u8 {
    match selector {
        "ImageLaterality" => 0,
        "Laterality" => 1,
        "AnatomicRegionSequence" => 2,
        "StudyDescription" | "ProcedureCodeSequence" | "RequestedProcedureDescription" => 4,
        _ => 3,
    }
}

struct Claim<'a> {
    at: usize,
    side: Side,
    selector: &'a str,
    assertion: &'a Assertion,
}

fn claims(assertions: &[Assertion]) -> Vec<Claim<'_>> {
    let mut claims: Vec<Claim<'_>> = assertions
        .iter()
        .enumerate()
        .filter(|(_, a)| a.facet == Facet::Laterality)
        .filter_map(
            |(at, assertion)| match (&assertion.answer, assertion.basis.selector()) {
                (Answer::Side(side), Some(selector)) => Some(Claim {
                    at,
                    side: *side,
                    selector,
                    assertion,
                }),
                _ => None,
            },
        )
        .collect();
    claims.sort_by_key(|c| rank(c.selector));
    claims
}

pub(crate) fn resolve(
    assertions: &[Assertion],
    examined: &Resolution,
    terminology: &Terminology,
    issues: &mut Vec<Issue>,
) -> Option<Resolution> {
    let claims = claims(assertions);
    let first = claims.first()?;
    let Some(Answer::Sites(sites)) = &examined.answer else {
        // Of a part that is not known nothing can be said, not even that it has no sides.
        return None;
    };
    if !paired(sites, terminology) {
        issues.push(Issue::at(IssueCode::LateralityNotApplicable, first.selector));
        return None;
    }
    // A study's text may name the side of another series.
    let same_rank_weighs = |c: &&Claim<'_>| c.side != first.side && (rank(c.selector) < 4 || rank(first.selector) == 4);
    match claims.iter().find(same_rank_weighs) {
        Some(other) => {
            issues.push(Issue::at(IssueCode::LateralityConflict, other.selector));
            Some(conflicting(&claims, other))
        }
        None => Some(agreed(&claims)),
    }
}

fn paired(sites: &[BodySite], terminology: &Terminology) -> bool {
    sites.iter().any(|s| {
        let finer = s.exact.as_ref().is_some_and(|e| terminology.is_paired(e.code));
        finer || terminology.is_paired(s.target.code)
    })
}

fn conflicting(claims: &[Claim<'_>], other: &Claim<'_>) -> Resolution {
    let first = &claims[0];
    Resolution {
        facet: Facet::Laterality,
        verdict: Verdict::Conflicting,
        answer: None,
        confidence: None,
        original_text: None,
        from: vec![first.at, other.at],
        because: format!(
            "{} says {} and {} says {}: a person must decide.",
            first.selector,
            first.side.coding().display,
            other.selector,
            other.side.coding().display
        ),
    }
}

fn agreed(claims: &[Claim<'_>]) -> Resolution {
    let first = &claims[0];
    let same: Vec<usize> = claims.iter().filter(|c| c.side == first.side).map(|c| c.at).collect();
    Resolution {
        facet: Facet::Laterality,
        verdict: if same.len() > 1 {
            Verdict::Agreed
        } else {
            Verdict::HeaderOnly
        },
        answer: Some(Answer::Side(first.side)),
        confidence: first.assertion.confidence,
        original_text: None,
        because: format!("{} says {}.", first.selector, first.side.coding().display),
        from: same,
    }
}
