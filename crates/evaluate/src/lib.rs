//! Scores answers against reference labels, simulates retrieval, and writes the report.
//!
//! Reading order: [`Labels`] (what is true), [`Prediction`] (what was answered, one an image), [`evaluate`] (one
//! [`Report`] from both), then the measures, one a file: `examined` (accuracy, per-label figures, confusion),
//! `visible`, `calibration`, `retrieval`; and the ways a report is written: [`Report::to_json`],
//! [`Report::to_tables`], [`Report::to_html`], [`Report::to_markdown`].
//!
//! Nothing here opens a file, reads a clock or knows where answers come from.

mod calibration;
mod examined;
mod html;
mod labels;
mod markdown;
mod prediction;
mod proportion;
mod report;
mod retrieval;
mod side;
mod svg;
mod tables;
mod values;
mod visible;

pub use calibration::{Bin, Calibration, Coverage, CoveragePoint};
pub use examined::{Agreement, Confusion, Examined, LabelScore};
pub use labels::{Case, Label, LabelError, LabelIndex, Labels};
pub use prediction::{Answered, Prediction, Scored, Source, Stages};
pub use proportion::Proportion;
pub use report::{Group, Options, Report, Section, evaluate};
pub use retrieval::{Counts, Figures, QueryScore, Retrieval, Strategy, StrategyScore};
pub use side::SideScore;
pub use values::HeaderValues;
pub use visible::Visible;
