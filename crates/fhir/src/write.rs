//! Facts to resources in the version asked for.

use crate::facts::concept_map::ConceptMap;
use crate::facts::device::Device;
use crate::facts::issue::Outcome;
use crate::facts::observation::Observation;
use crate::facts::provenance::Provenance;
use crate::facts::study::Study;
use crate::resource::{FhirError, Resource};
use crate::{FhirVersion, Options, r4, r5};

type Written = Result<Resource, FhirError>;

pub(crate) fn device(facts: &Device, options: &Options) -> Written {
    match options.version {
        FhirVersion::R4 => r4::device::device(facts),
        FhirVersion::R5 => r5::device::device(facts),
    }
}

pub(crate) fn imaging_study(facts: &Study, options: &Options) -> Written {
    match options.version {
        FhirVersion::R4 => r4::imaging_study::imaging_study(facts, options),
        FhirVersion::R5 => r5::imaging_study::imaging_study(facts, options),
    }
}

pub(crate) fn observation(facts: &Observation, options: &Options) -> Written {
    match options.version {
        FhirVersion::R4 => r4::observation::observation(facts, options),
        FhirVersion::R5 => r5::observation::observation(facts, options),
    }
}

pub(crate) fn provenance(facts: &Provenance, options: &Options) -> Written {
    match options.version {
        FhirVersion::R4 => r4::provenance::provenance(facts),
        FhirVersion::R5 => r5::provenance::provenance(facts),
    }
}

pub(crate) fn operation_outcome(facts: &Outcome, options: &Options) -> Written {
    match options.version {
        FhirVersion::R4 => r4::operation_outcome::operation_outcome(facts),
        FhirVersion::R5 => r5::operation_outcome::operation_outcome(facts),
    }
}

pub(crate) fn concept_map(facts: &ConceptMap, options: &Options) -> Written {
    match options.version {
        FhirVersion::R4 => r4::concept_map::concept_map(facts),
        FhirVersion::R5 => r5::concept_map::concept_map(facts),
    }
}
