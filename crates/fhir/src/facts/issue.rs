//! The issues of a study, for its OperationOutcome.

use bodysite_core::{
    Attribute, Issue, NormalizedInstance, NormalizedSeries, NormalizedStudy, Severity,
};

use crate::code::{Code, Coded, system};
use crate::ids::Ids;
use crate::value::text::clean;

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
    pub(crate) details: Coded,
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
            HeaderContradiction | LateralityConflict | ImageContradiction | TwoPatients
            | SeriesDisagrees | TwoModalities => Kind::Conflict,
            PixelsUnreadable | ModelAbstained | CopyRefused => Kind::Incomplete,
            _ => Kind::Informational,
        }
    }
}

/// The issues of a study and of everything in it; nothing where there are none.
pub(crate) fn outcome(study: &NormalizedStudy, ids: &Ids<'_>) -> Option<Outcome> {
    let of_study = study.issues.iter().map(|i| odd(i, &[("study", &study.uid)]));
    let of_series = study.series.iter().flat_map(|s| series(study, s));
    let issues: Vec<Odd> = of_study.chain(of_series).collect();
    (!issues.is_empty()).then(|| Outcome {
        id: ids.id("OperationOutcome", &[&study.uid]),
        issues,
    })
}

fn series<'a>(
    study: &'a NormalizedStudy,
    series: &'a NormalizedSeries,
) -> impl Iterator<Item = Odd> + 'a {
    let at = [("study", study.uid.as_str()), ("series", series.uid.as_str())];
    let own = series.issues.iter().map(move |i| odd(i, &at));
    let of_instances = series.instances.iter().flat_map(move |instance| {
        let at = [at[0], at[1], ("instance", sop_uid(instance))];
        instance.issues.iter().map(move |i| odd(i, &at))
    });
    own.chain(of_instances)
}

fn sop_uid(instance: &NormalizedInstance) -> &str {
    let uid = instance.header.text(Attribute::SOPInstanceUID);
    uid.unwrap_or_default()
}

fn odd(issue: &Issue, at: &[(&str, &str)]) -> Odd {
    let mut places: Vec<String> = at.iter().map(|(what, uid)| format!("{what} {uid}")).collect();
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
