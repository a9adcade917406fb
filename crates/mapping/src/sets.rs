//! The mapping sets that travel in the program; `build.rs` lists them.

/// File names, relative to `mappings/`, with their texts; sorted.
pub(crate) const BUILTIN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sets.rs"));
