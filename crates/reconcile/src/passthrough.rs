//! Facets with one source at a time: the first assertion that answers is the answer.

use bodysite_core::{Answer, Assertion, Basis, Facet, Resolution, Verdict};

pub(crate) fn strongest(assertions: &[Assertion], facet: Facet) -> Option<Resolution> {
    let (at, found) = assertions
        .iter()
        .enumerate()
        .find(|(_, a)| a.facet == facet && !matches!(a.answer, Answer::NoMap(_)))?;
    let (verdict, because) = match &found.basis {
        Basis::Classified { model, .. } => (Verdict::ImageOnly, format!("The image model {model} sees this.")),
        Basis::Coded { selector, .. } | Basis::Mapped { selector, .. } => {
            (Verdict::HeaderOnly, format!("{selector} says so."))
        }
        Basis::Reviewed { reviewer, .. } => (Verdict::Reviewed, format!("{reviewer} decided this.")),
    };
    Some(Resolution {
        facet,
        verdict,
        answer: Some(found.answer.clone()),
        confidence: found.confidence,
        original_text: None,
        from: vec![at],
        because,
    })
}
