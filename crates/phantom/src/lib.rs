//! Synthetic radiographs and synthetic studies with known truth.

pub mod xray;

pub use xray::{Body, EXAMS, Exam, Image, LoadError, Part, RenderError, Request, Truth, render};
