//! The truth table of header against image model.
//!
//! | header | image | verdict | answer |
//! |---|---|---|---|
//! | nothing | off, abstained, unsure | Unresolved | none |
//! | nothing | confident | ImageOnly | image |
//! | anything | off, abstained | HeaderOnly | header |
//! | equal to the image's | any | Agreed | header (it may be finer) |
//! | contains the image's | confident | Refined | image |
//! | contains the image's | unsure | HeaderOnly | header |
//! | lies in the image's | any | Agreed | header |
//! | among the visible parts | any | Agreed | header |
//! | something else | unsure | HeaderOnly | header, flagged by its lower confidence |
//! | something else | confident | Conflicting | by `--on-conflict` |

use bodysite_core::{Answer, Assertion, Basis, BodySite, Facet, Issue, IssueCode, Resolution, Verdict};
use bodysite_terminology::Terminology;

use crate::header::HeaderAnswer;
use crate::relation::{Relation, relate};
use crate::{OnConflict, Policy, sentence};

/// What the image model says was examined.
struct ImageAnswer<'a> {
    at: usize,
    sites: &'a [BodySite],
    probability: f64,
    confident: bool,
    visible: &'a [BodySite],
}

fn image_answer<'a>(assertions: &'a [Assertion], policy: &Policy) -> Option<ImageAnswer<'a>> {
    let by_model = |facet: Facet| {
        assertions.iter().enumerate().find(move |(_, a)| {
            a.facet == facet && matches!(a.basis, Basis::Classified { .. }) && !a.sites().is_empty()
        })
    };
    let (at, examined) = by_model(Facet::Examined)?;
    let probability = examined.confidence.unwrap_or(0.0);
    Some(ImageAnswer {
        at,
        sites: examined.sites(),
        probability,
        confident: probability >= policy.confident,
        visible: by_model(Facet::Visible).map_or(&[], |(_, a)| a.sites()),
    })
}

pub(crate) fn resolve(
    header: Option<HeaderAnswer>,
    assertions: &[Assertion],
    policy: &Policy,
    terminology: &Terminology,
    issues: &mut Vec<Issue>,
) -> Resolution {
    match (header, image_answer(assertions, policy)) {
        (None, None) => unresolved(sentence::nothing(assertions)),
        (None, Some(image)) if image.confident => image_only(&image),
        (None, Some(image)) => Resolution {
            from: vec![image.at],
            ..unresolved(sentence::unsure(image.sites, image.probability))
        },
        (Some(header), None) => header_only(header, None),
        (Some(header), Some(image)) => both(header, &image, policy, terminology, issues),
    }
}

fn both(
    header: HeaderAnswer,
    image: &ImageAnswer<'_>,
    policy: &Policy,
    terminology: &Terminology,
    issues: &mut Vec<Issue>,
) -> Resolution {
    match relate(terminology, &header.sites, image.sites) {
        Relation::Equal | Relation::ContainedIn => agreed(header, image),
        Relation::Contains if image.confident => refined(header, image),
        Relation::Contains => header_only(header, Some(image.at)),
        _ if sees(image.visible, &header.sites) => agreed_as_visible(header, image),
        _ if !image.confident => doubted(header, image),
        _ => {
            issues.push(Issue::new(IssueCode::ImageContradiction));
            conflicting(header, image, policy)
        }
    }
}

fn sees(visible: &[BodySite], sites: &[BodySite]) -> bool {
    sites
        .iter()
        .all(|s| visible.iter().any(|v| v.target.code == s.target.code))
}

/// Either source alone being right is enough, and they err for different reasons.
fn joint(header: Option<f64>, image: f64) -> Option<f64> {
    let header = header?;
    Some(1.0 - (1.0 - header) * (1.0 - image))
}

fn unresolved(because: String) -> Resolution {
    Resolution {
        facet: Facet::Examined,
        verdict: Verdict::Unresolved,
        answer: None,
        confidence: None,
        original_text: None,
        from: Vec::new(),
        because,
    }
}

fn image_only(image: &ImageAnswer<'_>) -> Resolution {
    Resolution {
        facet: Facet::Examined,
        verdict: Verdict::ImageOnly,
        answer: Some(Answer::Sites(image.sites.to_vec())),
        confidence: Some(image.probability),
        original_text: None,
        from: vec![image.at],
        because: sentence::image_only(image.sites, image.probability),
    }
}

fn header_only(header: HeaderAnswer, also: Option<usize>) -> Resolution {
    let verdict = match (&header.refines, header.from.len()) {
        (Some(_), _) => Verdict::Refined,
        (None, 1) => Verdict::HeaderOnly,
        (None, _) if header.against.is_empty() => Verdict::Agreed,
        (None, _) => Verdict::HeaderOnly,
    };
    Resolution {
        verdict,
        because: sentence::header_only(&header),
        ..of_header(header, also)
    }
}

fn of_header(header: HeaderAnswer, also: Option<usize>) -> Resolution {
    let mut from = header.from;
    from.extend(also);
    Resolution {
        facet: Facet::Examined,
        verdict: Verdict::HeaderOnly,
        answer: Some(Answer::Sites(header.sites)),
        confidence: header.confidence,
        original_text: header.text,
        from,
        because: String::new(),
    }
}

fn agreed(header: HeaderAnswer, image: &ImageAnswer<'_>) -> Resolution {
    Resolution {
        verdict: Verdict::Agreed,
        confidence: joint(header.confidence, image.probability),
        because: sentence::agreed(&header, image.probability),
        ..of_header(header, Some(image.at))
    }
}

fn agreed_as_visible(header: HeaderAnswer, image: &ImageAnswer<'_>) -> Resolution {
    Resolution {
        verdict: Verdict::Agreed,
        because: sentence::visible(&header, image.sites),
        ..of_header(header, Some(image.at))
    }
}

fn refined(header: HeaderAnswer, image: &ImageAnswer<'_>) -> Resolution {
    let mut from = vec![image.at];
    from.extend(&header.from);
    Resolution {
        facet: Facet::Examined,
        verdict: Verdict::Refined,
        answer: Some(Answer::Sites(image.sites.to_vec())),
        confidence: Some(image.probability),
        because: sentence::refined_by_image(&header, image.sites, image.probability),
        original_text: header.text,
        from,
    }
}

/// The image leans elsewhere without being sure; the header stands, and the doubt shows in the confidence.
fn doubted(header: HeaderAnswer, image: &ImageAnswer<'_>) -> Resolution {
    Resolution {
        verdict: Verdict::HeaderOnly,
        confidence: header.confidence.map(|c| c * (1.0 - image.probability)),
        because: sentence::doubted(&header, image.sites, image.probability),
        ..of_header(header, Some(image.at))
    }
}

fn conflicting(header: HeaderAnswer, image: &ImageAnswer<'_>, policy: &Policy) -> Resolution {
    let because = sentence::conflict(&header, image.sites, image.probability, policy.on_conflict);
    let answer = match policy.on_conflict {
        OnConflict::None => None,
        OnConflict::Header => Some(Answer::Sites(header.sites.clone())),
        OnConflict::Image => Some(Answer::Sites(image.sites.to_vec())),
    };
    let confidence = match policy.on_conflict {
        OnConflict::None => None,
        OnConflict::Header => header.confidence.map(|c| c * (1.0 - image.probability)),
        OnConflict::Image => Some(image.probability),
    };
    Resolution {
        verdict: Verdict::Conflicting,
        answer,
        confidence,
        because,
        ..of_header(header, Some(image.at))
    }
}
