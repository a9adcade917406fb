//! The three kinds of Device: the program, the image model, the X-ray equipment.

use std::collections::BTreeSet;

use bodysite_core::{Attribute, Basis, NormalizedSeries, NormalizedStudy, Versions};

use crate::code::{Code, Coded};
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
    /// Value in [`crate::code::system::DEVICE`].
    pub(crate) identifier: Option<String>,
    pub(crate) manufacturer: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
}

impl Device {
    pub(crate) fn of_type(&self) -> Coded<'static> {
        let intelligence = || Code::dcm("123110", "Artificial Intelligence");
        match self.kind {
            Kind::Program => Coded::text("software"),
            Kind::Model => Coded::one(intelligence()).with_text("image classifier"),
            Kind::Equipment => Coded::text("X-ray equipment"),
        }
    }

    /// What its version is a version of.
    pub(crate) fn version_type(&self) -> Coded<'static> {
        match self.kind {
            Kind::Model => Coded::text("SHA-256 of the weights"),
            Kind::Program | Kind::Equipment => Coded::text("software"),
        }
    }
}

/// The program that wrote the resources.
fn program(versions: &Versions, ids: &Ids<'_>) -> Device {
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
fn model(name: &str, weights: &str, ids: &Ids<'_>) -> Device {
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
fn equipment(series: &NormalizedSeries, ids: &Ids<'_>) -> Option<Device> {
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

/// The Devices of a run: the program, and its model if it has one.
pub(crate) fn of_run(versions: &Versions, ids: &Ids<'_>) -> Vec<Device> {
    let model = versions.model.iter().map(|(m, w)| model(m, w, ids));
    std::iter::once(program(versions, ids)).chain(model).collect()
}

/// The Devices that the resources of a study refer to.
pub(crate) struct Devices<'a> {
    /// The program, the model of the run if it has one, and models of other claims.
    software: Vec<Device>,
    /// How many of them are the run's.
    of_run: usize,
    /// Name and weights of each model, which are the software after the program.
    models: Vec<[&'a str; 2]>,
    /// One place a series, empty where that does not name its equipment.
    equipment: Vec<Option<Device>>,
}

impl<'a> Devices<'a> {
    pub(crate) fn of_study(study: &'a NormalizedStudy, ids: &Ids<'_>) -> Self {
        let models = models(study);
        let of_models = models.iter().map(|[name, weights]| model(name, weights, ids));
        Devices {
            software: std::iter::once(program(&study.versions, ids))
                .chain(of_models)
                .collect(),
            of_run: 1 + usize::from(study.versions.model.is_some()),
            models,
            equipment: study.series.iter().map(|s| equipment(s, ids)).collect(),
        }
    }

    /// Each once: the program, the models, the equipment.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Device> {
        let mut seen = BTreeSet::new();
        let all = self.software.iter().chain(self.equipment.iter().flatten());
        all.filter(move |d| seen.insert(&d.id))
    }

    /// The program, and the model of the run if it has one.
    pub(crate) fn of_run(&self) -> &[Device] {
        &self.software[..self.of_run]
    }

    /// Id of the program.
    pub(crate) fn program(&self) -> &str {
        &self.software[0].id
    }

    /// Id of a model that made a claim of the study.
    pub(crate) fn model(&self, name: &str, weights: &str) -> Option<&str> {
        let at = self.models.iter().position(|m| *m == [name, weights])?;
        Some(&self.software[1 + at].id)
    }

    /// Id of the equipment of the series at this place in its study.
    pub(crate) fn equipment(&self, series: usize) -> Option<&str> {
        self.equipment.get(series)?.as_ref().map(|d| d.id.as_str())
    }
}

/// Name and weights of each model: that of the run, then those of other claims.
fn models(study: &NormalizedStudy) -> Vec<[&str; 2]> {
    let of_run = study.versions.model.iter().map(|(m, w)| [m.as_str(), w.as_str()]);
    let instances = study.series.iter().flat_map(|s| &s.instances);
    let of_claims = instances.flat_map(|i| &i.assertions).filter_map(|a| match &a.basis {
        Basis::Classified { model, weights } => Some([model.as_str(), weights.as_str()]),
        _ => None,
    });
    let mut models = Vec::new();
    for model in of_run.chain(of_claims) {
        if !models.contains(&model) {
            models.push(model);
        }
    }
    models
}
