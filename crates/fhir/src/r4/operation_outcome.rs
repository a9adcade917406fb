//! R4 OperationOutcome: the issues of a study.

use bodysite_core::Severity;
use fhir_sdk::r4b::codes::{IssueSeverity, IssueType};
use fhir_sdk::r4b::resources::{OperationOutcome, OperationOutcomeIssue};

use super::{Built, element, resource};
use crate::facts::issue::{Kind, Odd, Outcome};
use crate::resource::{FhirError, Resource};

pub(crate) fn operation_outcome(facts: &Outcome) -> Result<Resource, FhirError> {
    resource("OperationOutcome", &facts.id, build(facts))
}

fn build(facts: &Outcome) -> Built<OperationOutcome> {
    let issues = facts.issues.iter().map(issue);
    OperationOutcome::builder()
        .id(facts.id.clone())
        .issue(issues.map(|i| i.map(Some)).collect::<Built<_>>()?)
        .build()
}

fn issue(odd: &Odd) -> Built<OperationOutcomeIssue> {
    OperationOutcomeIssue::builder()
        .severity(match odd.severity {
            Severity::Error => IssueSeverity::Error,
            Severity::Warning => IssueSeverity::Warning,
            Severity::Information => IssueSeverity::Information,
        })
        .code(match odd.kind {
            Kind::Conflict => IssueType::Conflict,
            Kind::Duplicate => IssueType::Duplicate,
            Kind::Incomplete => IssueType::Incomplete,
            Kind::Informational => IssueType::Informational,
            Kind::Invalid => IssueType::Invalid,
            Kind::NotFound => IssueType::NotFound,
        })
        .details(element::concept(&odd.details)?)
        .diagnostics(odd.diagnostics.clone())
        .build()
}
