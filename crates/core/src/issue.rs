//! Anything odd that did not stop us.

use serde::{Deserialize, Serialize};

/// How much an issue matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Information,
    /// Someone should look.
    Warning,
    /// Something could not be done.
    Error,
}

macro_rules! codes {
    ($($name:ident = $code:literal $severity:ident $text:literal),+ $(,)?) => {
        /// A stable issue code, `BS` and four digits.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum IssueCode { $(#[doc = $text] #[serde(rename = $code)] $name),+ }

        impl IssueCode {
            /// Every code, in order.
            pub const ALL: &'static [IssueCode] = &[$(IssueCode::$name),+];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self { $(IssueCode::$name => $code),+ }
            }

            /// Its severity.
            pub const fn severity(self) -> Severity {
                match self { $(IssueCode::$name => Severity::$severity),+ }
            }

            /// What it means, without any value from a file.
            pub const fn text(self) -> &'static str {
                match self { $(IssueCode::$name => $text),+ }
            }
        }
    };
}

// BS01: reading a file; BS02: understanding its header; BS03: pixels and model; BS04: study and series; BS05: corrected copies.
codes! {
    FileRefused = "BS0101" Error "the file could not be read as a DICOM image",
    FileOdd = "BS0102" Warning "the file was read but breaks a rule of the standard",
    CharsetRepaired = "BS0103" Warning "a text was not in the character set that the file declares",
    DuplicateInstance = "BS0104" Warning "another file has the same SOP Instance UID and other content",
    DuplicateFile = "BS0105" Information "another file has the same SOP Instance UID and the same content",
    TextUnmapped = "BS0201" Warning "a header text names no body part that we know",
    TextAmbiguous = "BS0202" Warning "a header text can mean several body parts",
    HeaderContradiction = "BS0203" Warning "two header attributes name different body parts",
    LateralityConflict = "BS0204" Warning "two header attributes name different sides",
    CodeUnknown = "BS0205" Warning "a code of the header is not one that we know",
    CodeSuperseded = "BS0206" Information "a code of the header was replaced by the standard",
    LateralityNotApplicable = "BS0207" Information "a side is given for an unpaired body part",
    StudyTextDiffers = "BS0208" Information "the study text names a body part that the series does not",
    PixelsUnreadable = "BS0301" Warning "the pixel data could not be decoded",
    FrameUnsuitable = "BS0302" Information "the frame is too small, constant or not grey",
    ModelAbstained = "BS0303" Information "the image model is not sure enough to answer",
    ImageContradiction = "BS0304" Warning "the image shows another body part than the header says",
    TwoPatients = "BS0401" Error "files of one study name different patients",
    SeriesDisagrees = "BS0402" Warning "instances of one series have different body parts",
    TwoModalities = "BS0403" Warning "instances of one series have different modalities",
    CopyRefused = "BS0501" Warning "no corrected copy was written",
}

/// One issue, with the attribute it concerns. Carries no value of the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Issue {
    /// The stable code.
    pub code: IssueCode,
    /// The attribute's keyword, where one is concerned.
    pub selector: Option<String>,
    /// A word or number that narrows it down (a reason word, a byte offset); never a value of the file.
    pub detail: Option<String>,
}

impl Issue {
    /// An issue without a selector.
    pub fn new(code: IssueCode) -> Self {
        Issue {
            code,
            selector: None,
            detail: None,
        }
    }

    /// The same, naming an attribute.
    pub fn at(code: IssueCode, selector: &str) -> Self {
        Issue {
            selector: Some(selector.to_owned()),
            ..Issue::new(code)
        }
    }

    /// The same, with a detail.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(IssueCode::ALL.windows(2).all(|w| w[0].code() < w[1].code()));
    }
}
