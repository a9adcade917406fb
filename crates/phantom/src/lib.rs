//! Synthetic radiographs and synthetic studies with known truth.

mod demo;
mod dicom_file;
mod uid;
pub mod xray;

pub use demo::{DemoError, DemoFile, Grey, Pixels, demo_files};
pub use xray::{Body, EXAMS, Exam, Image, LoadError, Part, RenderError, Request, Truth, render};
