//! Finds DICOM instances, reads headers within bounds, decodes frames, writes corrected copies.
//!
//! **Absent on purpose**: trust in a file. Nothing is allocated beyond bytes that exist, nothing recurses, nothing
//! waits for a pipe, and every file ends with an outcome.

mod charset;
mod collect;
pub mod copy;
mod discover;
mod element;
mod frame;
mod image_module;
mod inflate;
mod meta;
mod path_text;
mod patient_name;
mod pixel_element;
mod place;
mod scan;
mod sop_class;
mod value_rules;
mod walk;
mod window;
mod worker;

pub use discover::{Found, discover};
pub use frame::{FrameFailure, FrameLimits, frame_of_bytes, read_frame};
pub use image_module::{ImageModule, Lut};
pub use path_text::{display_of_path, path_of_display};
pub use pixel_element::PixelElement;
pub use scan::{Scanned, read_header, scan_bytes, scan_reader};
pub use worker::{Decoder, decode_worker};
