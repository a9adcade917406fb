//! Writes normalized studies as FHIR R4 and R5.
//!
//! [`resources`] turns one study into resources, [`run_resources`] what a run has in common; [`transaction`] puts
//! resources into a Bundle; [`Options`] says which version is written and how much of a study may leave.
//!
//! | resource | says |
//! |---|---|
//! | Device | the program, the image model (by the hash of its weights), the X-ray equipment |
//! | ImagingStudy | the study, with the body site and side of each series where one code says it |
//! | Observation, DCM 123014 | what was to be imaged: header, or a reviewer; or a model, labelled |
//! | Observation, DCM 112005 | which parts can be seen in an image: a model, labelled; or a reviewer |
//! | Provenance | which program, mapping sets and model the study's resources come from |
//! | OperationOutcome | the issues of the study; not for loading into a server |
//! | ConceptMap | the mapping sets |
//!
//! **There is no Patient, no patient's name, number or birth date, and no free text by default.** The subject of an
//! ImagingStudy is a masked reference. A study whose files name two patients has issues and nothing else.
//!
//! Reading order: `facts` (what is said, with every hospital value checked and the privacy options applied), then
//! `common` (the form it takes in both versions), `r4` and `r5` (where they differ, same file names in both), `ids`
//! (where ids come from).

mod bundle;
mod code;
mod common;
mod facts;
mod ids;
mod options;
mod r4;
mod r5;
mod resource;
mod value;
mod write;

use bodysite_core::{NormalizedStudy, Versions};

pub use bundle::transaction;
pub use facts::concept_map::{MappedRow, MappingSet};
pub use ids::{IdKey, NAMESPACE, WeakKey};
pub use options::{CONFIDENCE_EXTENSION, FhirVersion, Options};
pub use resource::{FhirError, Resource};
pub use value::moment::{Instant, MomentError, Zone};

use facts::concept_map::ConceptMap;
use facts::context::Context;
use facts::observation::Observation;
use facts::study::{Study, names_two_patients};
use facts::{device, examined, issue, provenance, visible};

/// The resources of one study: what others refer to first, its issues last.
pub fn resources(study: &NormalizedStudy, options: &Options) -> Result<Vec<Resource>, FhirError> {
    let mut resources = Vec::new();
    if !names_two_patients(study) {
        of_study(&Context::of(study, options), &mut resources)?;
    }
    if let Some(outcome) = issue::outcome(study, &options.ids()) {
        resources.push(write::operation_outcome(&outcome)?);
    }
    Ok(resources)
}

fn of_study(context: &Context<'_>, resources: &mut Vec<Resource>) -> Result<(), FhirError> {
    let options = context.options;
    for device in context.devices.all() {
        resources.push(write::device(device, options)?);
    }
    let facts = Study::of(context);
    resources.push(write::imaging_study(&facts, options)?);
    let observations = observations(context);
    for observation in &observations {
        resources.push(write::observation(observation, options)?);
    }
    let provenance = provenance::of_study(context, &facts, &observations);
    resources.push(write::provenance(&provenance, options)?);
    Ok(())
}

fn observations<'a>(context: &'a Context<'a>) -> Vec<Observation<'a>> {
    let of_series = context.study.series.iter().flat_map(|series| {
        let mut all = examined::observations(context, series);
        all.extend(visible::observations(context, series));
        all
    });
    of_series.collect()
}

/// The resources that a run has in common: its Devices, a ConceptMap for each mapping set, its Provenance.
pub fn run_resources(
    versions: &Versions,
    mapping_sets: &[MappingSet],
    options: &Options,
) -> Result<Vec<Resource>, FhirError> {
    let ids = options.ids();
    let devices = device::of_run(versions, &ids);
    let mut resources = Vec::new();
    for device in &devices {
        resources.push(write::device(device, options)?);
    }
    for set in mapping_sets {
        resources.push(write::concept_map(&ConceptMap::of(set, &ids), options)?);
    }
    let provenance = provenance::of_run(versions, &devices, options);
    resources.push(write::provenance(&provenance, options)?);
    Ok(resources)
}
