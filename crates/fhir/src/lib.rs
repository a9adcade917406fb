//! Writes normalized studies as FHIR R4 and R5.
//!
//! [`resources`] turns one study into resources; [`Options`] says how much of the study may leave.
//!
//! Reading order: `facts` (what is said, with every hospital value checked and the privacy options applied), then
//! `r4` and `r5` (the form it takes in each version, same file names in both), `ids` (where ids come from).

mod code;
mod facts;
mod ids;
mod options;
mod r4;
mod resource;
mod value;

use bodysite_core::NormalizedStudy;

pub use ids::{IdKey, NAMESPACE, WeakKey};
pub use options::{CONFIDENCE_EXTENSION, FhirVersion, Options};
pub use resource::{FhirError, Resource};
pub use value::moment::{Instant, MomentError, Zone};

use facts::study::{Study, names_two_patients};

/// The resources of one study, Devices first. A study whose files name two patients has none but its issues.
pub fn resources(study: &NormalizedStudy, options: &Options) -> Result<Vec<Resource>, FhirError> {
    let mut resources = Vec::new();
    if names_two_patients(study) {
        return Ok(resources);
    }
    let facts = Study::of(study, options);
    for device in facts.series.iter().filter_map(|s| s.performer.as_ref()) {
        resources.push(r4::device::device(device)?);
    }
    resources.push(r4::imaging_study::imaging_study(&facts, options)?);
    Ok(resources)
}
