//! One sentence a clinician understands, for every way an answer comes about.

use bodysite_core::{Answer, Assertion, BodySite, Facet};

use crate::OnConflict;
use crate::header::HeaderAnswer;

fn named(sites: &[BodySite]) -> String {
    let names: Vec<&str> = sites.iter().map(|s| s.target.display.as_str()).collect();
    names.join(" and ")
}

/// Rounded, but a probability is never shown as certain.
fn percent(probability: f64) -> String {
    format!("{:.0} %", (probability * 100.0).clamp(1.0, 99.0))
}

pub(crate) fn nothing(assertions: &[Assertion]) -> String {
    let refusal = assertions.iter().find_map(|a| match (&a.answer, a.facet) {
        (Answer::NoMap(reason), Facet::Examined) => Some((a.basis.selector(), reason)),
        _ => None,
    });
    match refusal {
        Some((Some(selector), reason)) => {
            format!(
                "Nothing names a body part; {selector} was read as {}.",
                reason.replace('_', " ")
            )
        }
        Some((None, reason)) => {
            format!(
                "The header names no body part and the image model gave none ({}).",
                reason.replace('_', " ")
            )
        }
        None => "Nothing names a body part.".to_owned(),
    }
}

pub(crate) fn unsure(sites: &[BodySite], p: f64) -> String {
    format!(
        "The header names no body part, and the image model is not sure (best guess {}, {}).",
        named(sites),
        percent(p)
    )
}

pub(crate) fn image_only(sites: &[BodySite], p: f64) -> String {
    format!(
        "The header names no body part; the image shows {} ({}).",
        named(sites),
        percent(p)
    )
}

pub(crate) fn header_only(header: &HeaderAnswer) -> String {
    let mut text = format!("{} says {}", header.selector, named(&header.sites));
    if let Some(coarser) = &header.refines {
        text += &format!(", which makes {coarser} precise");
    }
    if !header.against.is_empty() {
        text += &format!(
            "; {} says something else and is trusted less",
            header.against.join(" and ")
        );
    }
    text + "."
}

pub(crate) fn agreed(header: &HeaderAnswer, p: f64) -> String {
    let other = match header.against.as_slice() {
        [] => String::new(),
        against => format!("; {} says something else", against.join(" and ")),
    };
    format!(
        "{} says {} and the image agrees ({}){other}.",
        header.selector,
        named(&header.sites),
        percent(p)
    )
}

pub(crate) fn visible(header: &HeaderAnswer, image: &[BodySite]) -> String {
    format!(
        "{} says {}, which is visible, although the image looks like an exam of {}.",
        header.selector,
        named(&header.sites),
        named(image)
    )
}

pub(crate) fn refined_by_image(header: &HeaderAnswer, image: &[BodySite], p: f64) -> String {
    format!(
        "{} says only {}; the image shows {} ({}).",
        header.selector,
        named(&header.sites),
        named(image),
        percent(p)
    )
}

pub(crate) fn doubted(header: &HeaderAnswer, image: &[BodySite], p: f64) -> String {
    format!(
        "{} says {}; the image model leans to {} ({}) but is not sure.",
        header.selector,
        named(&header.sites),
        named(image),
        percent(p)
    )
}

/// `likely` holds the probability of the header's answer and of the image's, by both sides together.
pub(crate) fn conflict(header: &HeaderAnswer, image: &[BodySite], likely: (f64, f64), emit: OnConflict) -> String {
    let outcome = match emit {
        OnConflict::None => "a person must decide",
        OnConflict::Header => "the header's answer is emitted, as asked",
        OnConflict::Image => "the image's answer is emitted, as asked",
        OnConflict::Likelier => "the likelier answer is emitted, as asked",
    };
    format!(
        "{} says {} ({} likely), the image shows {} ({} likely): {outcome}.",
        header.selector,
        named(&header.sites),
        percent(likely.0),
        named(image),
        percent(likely.1)
    )
}
