//! R4 ImagingStudy: Codings. One is all that there is for a body site; the header's words go into the standard
//! extension.

use serde::Serialize;

use crate::code::{Code, Coded};
use crate::common::element::{AtMostOne, Extension};
use crate::common::imaging_study::Form;

pub(crate) struct R4;

#[derive(Serialize)]
pub(crate) struct BodySite<'a> {
    code: &'a str,
    display: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: AtMostOne<Extension<'a>>,
    system: &'static str,
}

impl Form for R4 {
    type Term<'a> = &'a Code<'a>;
    type Site<'a> = BodySite<'a>;

    fn term<'a>(code: &'a Code<'a>) -> &'a Code<'a> {
        code
    }

    fn site<'a>(site: &'a Coded<'a>) -> Option<BodySite<'a>> {
        let code = site.codes.first()?;
        let text = site.text.as_deref();
        Some(BodySite {
            code: &code.code,
            display: &code.display,
            extension: text.map(|t| [Extension::original_text(t)]),
            system: code.system,
        })
    }
}
