//! The issues of a study, for its OperationOutcome.

use bodysite_core::{Attribute, Issue, NormalizedSeries, NormalizedStudy, Severity};

use crate::code::{Code, Coded, system};
use crate::ids::Ids;
use crate::value::{text::clean, uid};

/// The issues of one study.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) id: String,
    pub(crate) issues: Vec<Odd>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Odd {
    pub(crate) severity: Severity,
    /// The code of FHIR's issue-type.
    pub(crate) kind: Kind,
    /// Our code and what it means.
    pub(crate) details: Coded<'static>,
    /// Where: UIDs, the attribute, a detail. Never a value of the file.
    pub(crate) diagnostics: String,
}

/// The codes of issue-type in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Conflict,
    Duplicate,
    Incomplete,
    Informational,
    Invalid,
    NotFound,
}

impl Kind {
    fn of(issue: &Issue) -> Kind {
        use bodysite_core::IssueCode::*;
        match issue.code {
            FileRefused | FileOdd | CharsetRepaired | CodeUnknown => Kind::Invalid,
            DuplicateInstance | DuplicateFile => Kind::Duplicate,
            TextUnmapped | TextAmbiguous => Kind::NotFound,
            HeaderContradiction | LateralityConflict | ImageContradiction | TwoPatients | SeriesDisagrees
            | TwoModalities => Kind::Conflict,
            PixelsUnreadable | ModelAbstained | CopyRefused => Kind::Incomplete,
            _ => Kind::Informational,
        }
    }
}

/// The issues of a study and of everything in it; nothing where there are none.
pub(crate) fn outcome(study: &NormalizedStudy, ids: &Ids<'_>) -> Option<Outcome> {
    let at = vec![place("study", &study.uid, ids)];
    let of_study = study.issues.iter().map(|i| odd(i, &at));
    let of_series = study.series.iter().flat_map(|s| series(s, &at, ids));
    let issues: Vec<Odd> = of_study.chain(of_series).collect();
    (!issues.is_empty()).then(|| Outcome {
        id: ids.id("OperationOutcome", &[&study.uid]),
        issues,
    })
}

fn series(series: &NormalizedSeries, of_study: &[String], ids: &Ids<'_>) -> Vec<Odd> {
    let mut at = of_study.to_vec();
    at.push(place("series", &series.uid, ids));
    let mut issues: Vec<Odd> = series.issues.iter().map(|i| odd(i, &at)).collect();
    for instance in series.instances.iter().filter(|i| !i.issues.is_empty()) {
        let uid = instance.header.text(Attribute::SOPInstanceUID);
        let mut at = at.clone();
        at.push(place("instance", uid.unwrap_or_default(), ids));
        issues.extend(instance.issues.iter().map(|i| odd(i, &at)));
    }
    issues
}

/// A UID as the ImagingStudy has it: what is no UID could be anything, and is replaced there too.
fn place(what: &str, uid: &str, ids: &Ids<'_>) -> String {
    format!("{what} {}", uid::element_id(uid, ids))
}

fn odd(issue: &Issue, at: &[String]) -> Odd {
    let mut places = at.to_vec();
    places.extend(issue.selector.iter().map(|s| format!("attribute {s}")));
    places.extend(issue.detail.clone());
    let code = Code::new(system::ISSUE, issue.code.code(), issue.code.text());
    Odd {
        severity: issue.code.severity(),
        kind: Kind::of(issue),
        details: Coded::one(code),
        diagnostics: clean(&places.join(", ")).unwrap_or_default(),
    }
}
