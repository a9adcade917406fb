//! Facts to resources in the version asked for.

use crate::facts::concept_map::ConceptMap;
use crate::facts::device::Device;
use crate::facts::issue::Outcome;
use crate::facts::observation::Observation;
use crate::facts::provenance::Provenance;
use crate::facts::study::Study;
use crate::r4::imaging_study::R4;
use crate::r5::imaging_study::R5;
use crate::resource::{FhirError, Resource};
use crate::{FhirVersion, Options, common, r4, r5};

type Written = Result<Resource, FhirError>;

pub(crate) fn device(facts: &Device, options: &Options) -> Written {
    match options.version {
        FhirVersion::R4 => r4::device::device(facts),
        FhirVersion::R5 => r5::device::device(facts),
    }
}

pub(crate) fn imaging_study(facts: &Study<'_>, options: &Options) -> Written {
    match options.version {
        FhirVersion::R4 => common::imaging_study::imaging_study::<R4>(facts, options),
        FhirVersion::R5 => common::imaging_study::imaging_study::<R5>(facts, options),
    }
}

pub(crate) fn observation(facts: &Observation<'_>, options: &Options) -> Written {
    common::observation::observation(facts, options)
}

pub(crate) fn provenance(facts: &Provenance<'_>, options: &Options) -> Written {
    match options.version {
        FhirVersion::R4 => r4::provenance::provenance(facts),
        FhirVersion::R5 => r5::provenance::provenance(facts),
    }
}

pub(crate) fn operation_outcome(facts: &Outcome) -> Written {
    common::operation_outcome::operation_outcome(facts)
}

pub(crate) fn concept_map(facts: &ConceptMap, options: &Options) -> Written {
    match options.version {
        FhirVersion::R4 => r4::concept_map::concept_map(facts),
        FhirVersion::R5 => r5::concept_map::concept_map(facts),
    }
}
