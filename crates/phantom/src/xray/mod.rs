//! The synthetic radiograph: a posed body, X-rayed, with exact truth.
//!
//! Reading order: [`body`] and [`tables`] (what is loaded), `patient` and `posture` (who, in which pose),
//! [`exam`] and `projection` (where the focus stands), `scene` and [`raster`] (thickness along the rays),
//! `film` and `tone` (from attenuation to grey), `truth` (what is in the field), [`render()`].

mod blur;
pub mod body;
mod camera;
mod clouds;
mod crease;
mod cuts;
mod decimate;
pub mod exam;
mod field;
mod film;
mod hardware;
mod levels;
mod limb;
mod marks;
mod math;
pub mod mesh;
mod patient;
mod posture;
mod projection;
mod prosthesis;
pub mod raster;
mod render;
pub(crate) mod rng;
mod scene;
mod skin;
mod stage;
mod surface;
pub mod tables;
pub mod tissue;
mod tone;
mod truth;
pub mod vector;

pub use body::{Body, LoadError, Part};
pub use exam::{EXAMS, Exam};
pub use render::{Image, RenderError, Request, Truth, render};
