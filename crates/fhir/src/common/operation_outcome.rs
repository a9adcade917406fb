//! OperationOutcome: the issues of a study.

use bodysite_core::Severity;
use serde::Serialize;

use crate::code::Coded;
use crate::facts::issue::{Kind, Odd, Outcome};
use crate::resource::{FhirError, Resource};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OperationOutcome<'a> {
    id: &'a str,
    issue: Vec<Issue<'a>>,
    resource_type: &'static str,
}

#[derive(Serialize)]
struct Issue<'a> {
    code: &'static str,
    details: &'a Coded<'a>,
    diagnostics: &'a str,
    severity: &'static str,
}

pub(crate) fn operation_outcome(facts: &Outcome) -> Result<Resource, FhirError> {
    let outcome = OperationOutcome {
        id: &facts.id,
        issue: facts.issues.iter().map(issue).collect(),
        resource_type: "OperationOutcome",
    };
    Resource::of("OperationOutcome", &facts.id, &outcome)
}

fn issue(odd: &Odd) -> Issue<'_> {
    Issue {
        code: match odd.kind {
            Kind::Conflict => "conflict",
            Kind::Duplicate => "duplicate",
            Kind::Incomplete => "incomplete",
            Kind::Informational => "informational",
            Kind::Invalid => "invalid",
            Kind::NotFound => "not-found",
        },
        details: &odd.details,
        diagnostics: &odd.diagnostics,
        severity: match odd.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information => "information",
        },
    }
}
