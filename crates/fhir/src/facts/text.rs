//! Which header texts may leave: what names a body part does, free text only on request.

use bodysite_core::{Assertion, Basis};

use crate::Options;
use crate::value::text::{clean, may_identify};

/// Attributes that hold a body part and nothing else, so that their text is no free text.
const OF_BODY_PART: [&str; 2] = ["BodyPartExamined", "AnatomicRegionSequence"];

/// The header text of an answer, if it may be written beside the code.
///
/// A text of Series Description, Study Description, Protocol Name and the like can hold anything, a name included;
/// it is written only with `include_descriptions`.
pub(crate) fn original<'a>(
    text: &str,
    mut assertions: impl Iterator<Item = &'a Assertion>,
    options: &Options,
) -> Option<String> {
    if options.include_descriptions {
        return clean(text);
    }
    let of_body_part = assertions.any(|a| {
        let selector = a.basis.selector();
        a.basis.text() == Some(text) && selector.is_some_and(|s| OF_BODY_PART.contains(&s))
    });
    clean(text).filter(|t| of_body_part && !may_identify(t))
}

/// The text of an attribute that holds a body part, where it maps to nothing.
pub(crate) fn unmapped(assertion: &Assertion, options: &Options) -> Option<String> {
    use bodysite_core::Answer::NoMap;
    let Basis::Mapped { text, .. } = &assertion.basis else {
        return None;
    };
    match &assertion.answer {
        NoMap(reason) if reason != "person_name" => original(text, std::iter::once(assertion), options),
        _ => None,
    }
}
