//! The program as a user runs it, on the demo's files and, where `BODYSITE_SHARED` is set, on real ones.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod correct;
mod demo;
mod dicom_file;
mod evaluate;
mod fhir_server;
mod identity;
mod inputs;
mod load;
mod map;
mod mapping;
mod program;
mod real;
mod reasons;
mod resume;
mod review;
mod train;
