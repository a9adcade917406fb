//! R5 ImagingStudy: CodeableConcepts, and a body site with every code and the header's words.

use serde::Serialize;

use crate::code::{Code, Coded};
use crate::common::element::Concept;
use crate::common::imaging_study::Form;

pub(crate) struct R5;

/// A CodeableReference to a concept.
#[derive(Serialize)]
pub(crate) struct BodySite<'a> {
    concept: &'a Coded<'a>,
}

impl Form for R5 {
    type Term<'a> = Concept<'a>;
    type Site<'a> = BodySite<'a>;

    fn term<'a>(code: &'a Code<'a>) -> Concept<'a> {
        Concept::of(code)
    }

    fn site<'a>(site: &'a Coded<'a>) -> Option<BodySite<'a>> {
        Some(BodySite { concept: site })
    }
}
