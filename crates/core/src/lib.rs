//! The nouns of bodysite: what a DICOM header says, what is asserted about it, and what was resolved.
//!
//! Reading order: [`Header`] (raw values, exactly as read), [`Assertion`] (one coded claim and its
//! [`Basis`]), [`Resolution`] (one answer per [`Facet`], with the assertions that led there),
//! [`NormalizedStudy`] (study > series > instances), then the two traits that the outside
//! implements: [`Emit`] (somewhere a study is written) and [`Ledger`] (where a run remembers).
//!
//! This crate has no I/O, no clock, no async, and knows no DICOM, FHIR or machine-learning crate.

mod assertion;
mod coding;
mod emit;
mod facet;
mod frame;
mod header;
mod issue;
mod ledger;
mod outcome;
mod resolution;
mod sctid;
mod site;
mod study;

pub use assertion::{Answer, Assertion, Basis, Relationship, Step};
pub use coding::{Coding, SCT, coding_system_uri};
pub use emit::{Emit, EmitError};
pub use facet::{Facet, Side};
pub use frame::{Frame, FrameError};
pub use header::{Attribute, CodeItem, Header, Raw};
pub use issue::{Issue, IssueCode, Severity};
pub use ledger::{Cursor, FileRecord, InstanceRecord, Known, Ledger, LedgerError, RunStart, RunSummary};
pub use outcome::{Outcome, Reason, Status};
pub use resolution::{Resolution, Verdict};
pub use sctid::{Sctid, SctidError};
pub use site::{BodySite, Concept};
pub use study::{NormalizedInstance, NormalizedSeries, NormalizedStudy, Versions};
