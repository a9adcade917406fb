//! Tests of the resources as a whole: snapshots, the outside validator, privacy, stability.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod privacy;
mod snapshots;
mod stability;
mod studies;
mod validator;
