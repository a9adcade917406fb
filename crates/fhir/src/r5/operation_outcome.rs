//! R5 OperationOutcome: the issues of a study.

use bodysite_core::Severity;
use serde::Serialize;

use super::element::CodeableConcept;
use super::resource;
use crate::facts::issue::{Kind, Odd, Outcome};
use crate::resource::{FhirError, Resource};

#[derive(Serialize)]
#[serde(tag = "resourceType")]
struct OperationOutcome<'a> {
    id: &'a str,
    issue: Vec<Issue<'a>>,
}

#[derive(Serialize)]
struct Issue<'a> {
    severity: &'static str,
    code: &'static str,
    details: CodeableConcept,
    diagnostics: &'a str,
}

pub(crate) fn operation_outcome(facts: &Outcome) -> Result<Resource, FhirError> {
    let outcome = OperationOutcome {
        id: &facts.id,
        issue: facts.issues.iter().map(issue).collect(),
    };
    resource("OperationOutcome", &facts.id, &outcome)
}

fn issue(odd: &Odd) -> Issue<'_> {
    Issue {
        severity: match odd.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information => "information",
        },
        code: match odd.kind {
            Kind::Conflict => "conflict",
            Kind::Duplicate => "duplicate",
            Kind::Incomplete => "incomplete",
            Kind::Informational => "informational",
            Kind::Invalid => "invalid",
            Kind::NotFound => "not-found",
        },
        details: CodeableConcept::of(&odd.details),
        diagnostics: &odd.diagnostics,
    }
}
