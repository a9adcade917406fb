//! Synthetic radiographs and synthetic studies with known truth.
//!
//! [`render()`] makes one radiograph; [`demo_files`] the studies of the demo; [`archive()`] an archive with headers
//! damaged at stated rates.

mod archive;
mod archive_images;
mod archive_words;
mod demo;
mod dicom_file;
mod uid;
pub mod xray;

pub use archive::{ArchiveFile, Corruption, Rates, archive, archive_labels};
pub use archive_images::{ArchiveImage, ImagesError, archive_images};
pub use archive_words::WordsError;
pub use demo::{DemoError, DemoFile, Grey, Pixels, demo_files};
pub use xray::{Body, EXAMS, Exam, Image, LoadError, Part, RenderError, Request, Truth, render};
