//! Instances of which a copy would not be right.

use bodysite_core::{Attribute, Header, Reason};

use super::CopyError;
use crate::scan::Scanned;
use crate::sop_class::Kind;
use crate::value_rules as rules;

/// Why no copy is written of an instance that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// An enhanced object: its anatomy is in functional groups, not at the top.
    Enhanced,
    /// Any change would break its digital signature.
    Signed,
    /// Its encoding has this fault, so that a copy might lose something.
    Faulty(Reason),
    /// An attribute that should change is there twice, or in a place where it cannot be changed.
    Ambiguous,
}

impl Refusal {
    /// A stable word.
    pub fn word(self) -> &'static str {
        match self {
            Refusal::Enhanced => "enhanced_object",
            Refusal::Signed => "signed",
            Refusal::Faulty(reason) => reason.word(),
            Refusal::Ambiguous => "ambiguous_attribute",
        }
    }
}

/// Instances of which a copy would not be right.
pub(super) fn refuse(scanned: &Scanned) -> Result<(), CopyError> {
    if scanned.plan.kind == Kind::Enhanced {
        return Err(CopyError::Refused(Refusal::Enhanced));
    }
    if scanned.plan.stray_delimiters {
        return Err(CopyError::Refused(Refusal::Faulty(Reason::Malformed)));
    }
    if scanned.plan.meta.group_length_wrong {
        return Err(CopyError::Refused(Refusal::Faulty(Reason::BadMeta)));
    }
    let cut = scanned.pixels.as_ref().is_some_and(|pixels| !pixels.complete);
    let fault = scanned.reasons.iter().copied().find(|reason| match reason {
        Reason::Truncated | Reason::LimitInflate | Reason::BadVr | Reason::WrongTs => true,
        Reason::Malformed => cut,
        // Padding with a space is wrong and harmless.
        Reason::BadUid => !uids_hold(&scanned.header),
        Reason::TrailingGarbage => scanned.plan.encoding.deflated,
        _ => false,
    });
    match fault {
        Some(reason) => Err(CopyError::Refused(Refusal::Faulty(reason))),
        None => Ok(()),
    }
}

fn uids_hold(header: &Header) -> bool {
    use Attribute as A;
    [
        A::SOPClassUID,
        A::SOPInstanceUID,
        A::StudyInstanceUID,
        A::SeriesInstanceUID,
    ]
    .into_iter()
    .all(|uid| header.text(uid).is_some_and(|uid| rules::is_uid(uid.as_bytes())))
}
