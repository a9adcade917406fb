//! What holds for any input, as functions over bytes: for libFuzzer, and for plain tests with random changes.

pub mod dicom;
pub mod knowledge;
pub mod mutate;
