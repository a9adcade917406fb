//! The facts of an Observation; `examined` and `visible` make them.

use crate::code::{Code, Coded, system};
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
pub(crate) struct Observation {
    pub(crate) id: String,
    pub(crate) status: Status,
    /// Whether a model's claim is in it.
    pub(crate) ai_asserted: bool,
    pub(crate) code: Code,
    /// Id of the ImagingStudy.
    pub(crate) study: String,
    pub(crate) effective: Option<String>,
    pub(crate) issued: Option<String>,
    pub(crate) value: Option<Coded>,
    /// Why there is no value; only where there is none.
    pub(crate) absent: Option<Coded>,
    pub(crate) method: Option<Coded>,
    /// Id of the Device that observed.
    pub(crate) device: Option<String>,
    /// Name or role of the reviewer.
    pub(crate) reviewer: Option<String>,
    pub(crate) components: Vec<Component>,
}

/// A part of an Observation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Component {
    pub(crate) code: Coded,
    pub(crate) value: ComponentValue,
    /// Calibrated probability.
    pub(crate) confidence: Option<f64>,
}

/// The value of a part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ComponentValue {
    Coded(Coded),
    Text(String),
}

impl Observation {
    /// An Observation without id, value, method or source, to be filled.
    pub(crate) fn empty(code: Code, study: String) -> Self {
        Observation {
            id: String::new(),
            status: Status::Final,
            ai_asserted: false,
            code,
            study,
            effective: None,
            issued: None,
            value: None,
            absent: None,
            method: None,
            device: None,
            reviewer: None,
            components: Vec::new(),
        }
    }

    pub(crate) fn category() -> Code {
        Code::new(system::CATEGORY, "imaging", "Imaging")
    }
}

impl Component {
    pub(crate) fn coded(code: Code, value: Coded) -> Self {
        Component {
            code: Coded::one(code),
            value: ComponentValue::Coded(value),
            confidence: None,
        }
    }

    /// Which series it is about.
    pub(crate) fn series(urn: String) -> Self {
        Component {
            code: Coded::one(Code::dcm("112002", "Series Instance UID")),
            value: ComponentValue::Text(urn),
            confidence: None,
        }
    }

    /// Which image it is about; the DICOM code tables have no code for this UID.
    pub(crate) fn instance(urn: String) -> Self {
        Component {
            code: Coded::text("SOP Instance UID"),
            value: ComponentValue::Text(urn),
            confidence: None,
        }
    }
}

/// Adds an Observation under the id of its key. Files that share a SOP Instance UID share a key: what says the same
/// is said once, what differs gets an id of its own, so that no content hides another.
pub(crate) fn add(observations: &mut Vec<Observation>, mut observation: Observation, key: &[&str], ids: &Ids<'_>) {
    let mut parts = key.to_vec();
    loop {
        observation.id = ids.id("Observation", &parts);
        match observations.iter().find(|o| o.id == observation.id) {
            None => return observations.push(observation),
            Some(same) if *same == observation => return,
            Some(_) => parts.push("again"),
        }
    }
}

/// The method of everything that a model says.
pub(crate) fn by_model() -> Coded {
    Coded::one(Code::dcm("123110", "Artificial Intelligence"))
}
