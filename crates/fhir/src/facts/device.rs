//! The three kinds of Device: the program, the image model, the X-ray equipment.

use bodysite_core::{Attribute, Basis, NormalizedSeries, NormalizedStudy, Versions};

use crate::code::{Code, Coded, system};
use crate::ids::Ids;
use crate::value::text::clean;

/// What kind of device it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Program,
    Model,
    Equipment,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    /// Value in [`system::DEVICE`].
    pub(crate) identifier: Option<String>,
    pub(crate) manufacturer: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
}

impl Device {
    pub(crate) fn of_type(&self) -> Coded {
        let intelligence = || Code::dcm("123110", "Artificial Intelligence");
        match self.kind {
            Kind::Program => Coded::text("software"),
            Kind::Model => Coded::one(intelligence()).with_text("image classifier"),
            Kind::Equipment => Coded::text("X-ray equipment"),
        }
    }

    /// What its version is a version of.
    pub(crate) fn version_type(&self) -> Coded {
        match self.kind {
            Kind::Model => Coded::text("SHA-256 of the weights"),
            Kind::Program | Kind::Equipment => Coded::text("software"),
        }
    }

    pub(crate) fn identifier_system(&self) -> &'static str {
        system::DEVICE
    }
}

/// The program that wrote the resources.
pub(crate) fn program(versions: &Versions, ids: &Ids<'_>) -> Device {
    let version = clean(&versions.software);
    let identifier = format!("bodysite@{}", version.as_deref().unwrap_or("unknown"));
    Device {
        id: ids.id("Device", &["program", &identifier]),
        kind: Kind::Program,
        identifier: Some(identifier),
        manufacturer: None,
        name: Some("bodysite".to_owned()),
        version,
    }
}

/// An image model, told from others by the hash of its weights.
pub(crate) fn model(name: &str, weights: &str, ids: &Ids<'_>) -> Device {
    let version = clean(weights);
    Device {
        id: ids.id("Device", &["model", name, weights]),
        kind: Kind::Model,
        identifier: clean(&format!("{name}@{weights}")),
        manufacturer: None,
        name: clean(name),
        version,
    }
}

/// The equipment that made a series, as far as maker and model name tell; two machines of one model are one Device.
pub(crate) fn equipment(series: &NormalizedSeries, ids: &Ids<'_>) -> Option<Device> {
    let of = |attribute| {
        let mut texts = series.instances.iter().map(|i| i.header.text(attribute));
        texts.find_map(|t| t.and_then(clean))
    };
    let manufacturer = of(Attribute::Manufacturer);
    let name = of(Attribute::ManufacturerModelName);
    if manufacturer.is_none() && name.is_none() {
        return None;
    }
    let key = [&manufacturer, &name].map(|t| t.as_deref().unwrap_or_default());
    Some(Device {
        id: ids.id("Device", &["equipment", key[0], key[1]]),
        kind: Kind::Equipment,
        identifier: None,
        manufacturer,
        name,
        version: None,
    })
}

/// Every Device that the resources of a study refer to, each once: the program, the models, the equipment.
pub(crate) fn of_study(study: &NormalizedStudy, ids: &Ids<'_>) -> Vec<Device> {
    let mut devices = of_run(&study.versions, ids);
    let instances = || study.series.iter().flat_map(|s| &s.instances);
    let bases = instances().flat_map(|i| i.assertions.iter().map(|a| &a.basis));
    let models = bases.filter_map(|basis| match basis {
        Basis::Classified { model, weights } => Some((model, weights)),
        _ => None,
    });
    devices.extend(models.map(|(name, weights)| model(name, weights, ids)));
    devices.extend(study.series.iter().filter_map(|s| equipment(s, ids)));
    let mut seen = std::collections::BTreeSet::new();
    devices.retain(|d| seen.insert(d.id.clone()));
    devices
}

/// The Devices of a run: the program, and its model if it has one.
pub(crate) fn of_run(versions: &Versions, ids: &Ids<'_>) -> Vec<Device> {
    let model = versions.model.iter().map(|(m, w)| model(m, w, ids));
    std::iter::once(program(versions, ids)).chain(model).collect()
}
