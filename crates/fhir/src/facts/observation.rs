//! The facts of an Observation; `examined` and `visible` make them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use uuid::Uuid;

use crate::code::{Code, Coded, Meaning};
use crate::facts::context::Context;
use crate::ids::Ids;

/// How settled an Observation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Said by the header, through reviewed mapping rows, or by a reviewer.
    Final,
    /// Said by a model, or contested.
    Preliminary,
}

/// An Observation about a series or an image.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Observation<'a> {
    pub(crate) id: String,
    pub(crate) status: Status,
    /// Whether a model's claim is in it.
    pub(crate) ai_asserted: bool,
    pub(crate) code: Code<'static>,
    /// Id of the ImagingStudy.
    pub(crate) study: &'a str,
    pub(crate) effective: Option<&'a str>,
    pub(crate) issued: Option<String>,
    pub(crate) value: Option<Coded<'a>>,
    /// Why there is no value; only where there is none.
    pub(crate) absent: Option<Coded<'static>>,
    pub(crate) method: Option<Coded<'static>>,
    /// Id of the Device that observed.
    pub(crate) device: Option<&'a str>,
    /// Name or role of the reviewer.
    pub(crate) reviewer: Option<String>,
    pub(crate) components: Vec<Component<'a>>,
}

/// A part of an Observation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Component<'a> {
    pub(crate) code: Meaning,
    pub(crate) value: ComponentValue<'a>,
    /// Calibrated probability.
    pub(crate) confidence: Option<f64>,
}

/// The value of a part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ComponentValue<'a> {
    Coded(Coded<'a>),
    Text(String),
}

impl<'a> Observation<'a> {
    /// An Observation of the study without id, value, method or source, to be filled.
    pub(crate) fn empty(code: Code<'static>, context: &'a Context<'a>) -> Self {
        Observation {
            id: String::new(),
            status: Status::Final,
            ai_asserted: false,
            code,
            study: &context.id,
            effective: context.started.as_deref(),
            issued: None,
            value: None,
            absent: None,
            method: None,
            device: None,
            reviewer: None,
            components: Vec::new(),
        }
    }
}

impl<'a> Component<'a> {
    pub(crate) fn coded(code: Code<'static>, value: Coded<'a>) -> Self {
        Component {
            code: Meaning::Code([code]),
            value: ComponentValue::Coded(value),
            confidence: None,
        }
    }

    /// Which series it is about.
    pub(crate) fn series(uid: String) -> Self {
        Component {
            code: Meaning::Code([Code::dcm("112002", "Series Instance UID")]),
            value: ComponentValue::Text(uid),
            confidence: None,
        }
    }

    /// Which image it is about; the DICOM code tables have no code for this UID.
    pub(crate) fn instance(uid: String) -> Self {
        Component {
            code: Meaning::Words("SOP Instance UID"),
            value: ComponentValue::Text(uid),
            confidence: None,
        }
    }
}

/// Observations of a series, each under an id of its own.
#[derive(Default)]
pub(crate) struct Observations<'a> {
    pub(crate) all: Vec<Observation<'a>>,
    places: HashMap<Uuid, usize>,
}

impl<'a> Observations<'a> {
    /// Adds an Observation under the id of its key. Files that share a SOP Instance UID share a key: what says the
    /// same is said once, what differs gets an id of its own, so that no content hides another.
    pub(crate) fn add(&mut self, mut observation: Observation<'a>, key: &[&str], ids: &Ids<'_>) {
        let mut parts = key.to_vec();
        loop {
            let id = ids.uuid("Observation", &parts);
            observation.id = id.to_string();
            match self.places.entry(id) {
                Entry::Vacant(place) => {
                    place.insert(self.all.len());
                    return self.all.push(observation);
                }
                Entry::Occupied(place) if self.all[*place.get()] == observation => return,
                Entry::Occupied(_) => parts.push("again"),
            }
        }
    }
}

/// The method of everything that a model says.
pub(crate) fn by_model() -> Coded<'static> {
    Coded::one(Code::dcm("123110", "Artificial Intelligence"))
}
