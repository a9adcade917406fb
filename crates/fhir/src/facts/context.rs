//! What the resources of one study share, made once: ids, the start of the study, its Devices.

use bodysite_core::NormalizedStudy;

use crate::Options;
use crate::facts::device::Devices;
use crate::facts::study;
use crate::ids::Ids;

/// A study that is being written.
pub(crate) struct Context<'a> {
    pub(crate) study: &'a NormalizedStudy,
    pub(crate) options: &'a Options,
    pub(crate) ids: Ids<'a>,
    /// Id of the ImagingStudy.
    pub(crate) id: String,
    pub(crate) started: Option<String>,
    pub(crate) devices: Devices<'a>,
}

impl<'a> Context<'a> {
    pub(crate) fn of(study: &'a NormalizedStudy, options: &'a Options) -> Self {
        let ids = options.ids();
        Context {
            study,
            options,
            ids,
            id: ids.id("ImagingStudy", &[&study.uid]),
            started: study::started(study, options),
            devices: Devices::of_study(study, &ids),
        }
    }
}
