//! Tests of the resources as a whole: snapshots, the outside validator, privacy, stability.

mod privacy;
mod snapshots;
mod stability;
mod studies;
mod validator;
