//! What became of one input file.

use serde::{Deserialize, Serialize};

/// Every file ends in exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Normalised.
    Done,
    /// Not ours to normalise (not DICOM, not an image, a DICOMDIR).
    Skipped,
    /// Ours, and unreadable.
    Failed,
}

macro_rules! reasons {
    ($($name:ident = $word:literal $text:literal),+ $(,)?) => {
        /// A stable reason word for a file's outcome or oddity.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Reason { $(#[doc = $text] #[serde(rename = $word)] $name),+ }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Reason] = &[$(Reason::$name),+];

            /// The stable word.
            pub const fn word(self) -> &'static str {
                match self { $(Reason::$name => $word),+ }
            }

            /// What it means.
            pub const fn text(self) -> &'static str {
                match self { $(Reason::$name => $text),+ }
            }

            /// The reason with this word.
            pub fn from_word(word: &str) -> Option<Reason> {
                match word { $($word => Some(Reason::$name),)+ _ => None }
            }
        }
    };
}

reasons! {
    NotDicom = "not_dicom" "no DICOM preamble and prefix",
    Empty = "empty" "a file or value without content",
    Truncated = "truncated" "the file ends in the middle of something",
    Malformed = "malformed" "the encoding is broken",
    MissingRequired = "missing_required" "a UID that we need is missing",
    BadMeta = "bad_meta" "the file meta information is wrong",
    WrongTs = "wrong_ts" "the data set is not in the transfer syntax that is declared",
    UnsupportedTs = "unsupported_ts" "the transfer syntax is not known",
    BadLength = "bad_length" "a length is impossible",
    OddLength = "odd_length" "a value has an odd length",
    BadVr = "bad_vr" "a value representation that does not exist",
    VrMismatch = "vr_mismatch" "a value representation other than the dictionary's",
    BadUid = "bad_uid" "a UID that breaks the rules of PS3.5 section 9",
    BadValue = "bad_value" "a value that breaks the rules of its value representation",
    BadCharset = "bad_charset" "a character set that is unknown or not kept to",
    BadCode = "bad_code" "a code sequence item that is incomplete or unknown",
    BadPixelModule = "bad_pixel_module" "image pixel attributes that contradict each other",
    LimitDepth = "limit_depth" "nested too deep",
    LimitCount = "limit_count" "too many elements or items",
    LimitInflate = "limit_inflate" "deflated data that grows beyond bounds",
    DuplicateUid = "duplicate_uid" "another file has this SOP Instance UID",
    Duplicate = "duplicate" "another file has this content",
    Inconsistent = "inconsistent" "attributes that contradict each other",
    SuspiciousPreamble = "suspicious_preamble" "the preamble holds another file format",
    Dicomdir = "dicomdir" "a directory of a DICOM file-set",
    NonImage = "non_image" "a DICOM object that is not an image",
    NotXray = "not_xray" "an image of another modality",
    UnknownSop = "unknown_sop" "a SOP class that is not known",
    Signed = "signed" "the object carries a digital signature",
    SymlinkLoop = "symlink_loop" "a symbolic link that leads back to itself",
    OutsideRoot = "outside_root" "a symbolic link that leaves the given folders",
    NotRegular = "not_regular" "not a regular file",
    IoPermission = "io_permission" "not readable by this user",
    IoNotFound = "io_not_found" "it does not exist",
    IoError = "io_error" "the operating system could not read it",
    TrailingGarbage = "trailing_garbage" "bytes after the end of the data set",
    TwoPatients = "two_patients" "its study names two patients",
}

/// What became of a file, with the reasons (for `Done`: the oddities met).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The status.
    pub status: Status,
    /// Reasons, sorted and without repeats.
    pub reasons: Vec<Reason>,
    /// Byte offset of the problem, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

impl Outcome {
    /// An outcome with sorted, distinct reasons.
    pub fn new(status: Status, mut reasons: Vec<Reason>) -> Self {
        reasons.sort_by_key(|r| r.word());
        reasons.dedup();
        Outcome {
            status,
            reasons,
            offset: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_come_out_sorted_once() {
        let outcome = Outcome::new(Status::Done, vec![Reason::Truncated, Reason::BadUid, Reason::Truncated]);
        assert_eq!(outcome.reasons, [Reason::BadUid, Reason::Truncated]);
        for reason in Reason::ALL {
            assert_eq!(Reason::from_word(reason.word()), Some(*reason));
        }
    }
}
