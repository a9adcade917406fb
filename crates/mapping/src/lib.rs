//! Mapping sets and the methods that turn header text into coded assertions.
//!
//! Reading order: [`Row`] (one mapping), [`Mapper`] (all of them, indexed), [`Mapped`] (what one text
//! was mapped to, and why), then the methods, one a file: `shape` and `policy` (refusals), `fold`
//! (normalised spelling), `code` (codes as text), `repair` (character sets), `cover` and `understand` (token grammar), `split`
//! (glued words), `cutoff`, `lost` and `fuzzy` (what is missing or misspelt), `language` (which meaning holds), `sites` (roll-up).
//!
//! ```
//! use bodysite_mapping::{Field, Mapper};
//! let mapped = Mapper::builtin().map("RXKNEE", Field::Bpe);
//! assert_eq!(mapped.targets[0].target.display, "Knee");
//! ```

mod cache;
mod calibration;
mod check;
mod code;
mod cover;
mod cutoff;
mod evaluate;
mod exchange;
mod fold;
mod fuzzy;
mod header;
mod language;
mod lexicon;
mod load;
mod lost;
mod mapped;
mod mapper;
mod policy;
mod repair;
mod row;
mod sets;
mod shape;
mod sites;
mod split;
mod suggest;
mod token;
mod understand;

pub use check::Finding;
pub use evaluate::{EvaluateError, Report, Tally, Verdict, evaluate_header_values};
pub use exchange::{
    Difference, FhirVersion, FormatError, Mapping, MappingSet, OmopConcepts, Skipped, diff, read_concept_map,
    read_sssom, read_usagi, write_concept_map, write_sssom, write_usagi,
};
pub use header::{Scope, scope_of};
pub use load::{LoadError, set_name};
pub use mapped::{Field, FieldError, Mapped, Method};
pub use mapper::Mapper;
pub use row::{Category, Object, Row};
pub use suggest::Suggestion;

/// The files that travel in the program: the name relative to `mappings/` and the text of each, sorted.
pub fn builtin_sets() -> &'static [(&'static str, &'static str)] {
    sets::BUILTIN
}
