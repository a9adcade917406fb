//! Data types that both versions write alike, and what stands in for a value that is not known. Coding and
//! CodeableConcept of what is known are [`Code`] and [`Coded`] themselves.

use serde::{Serialize, Serializer};

use crate::code::{Code, Coded};

const ABSENT_REASON: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const ORIGINAL_TEXT: &str = "http://hl7.org/fhir/StructureDefinition/originalText";

/// A list that has one item or is not there.
pub(crate) type AtMostOne<T> = Option<[T; 1]>;

/// An extension; one of the values is there.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Extension<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_decimal: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_string: Option<&'a str>,
}

/// A required element that is not known, or one that is kept back.
#[derive(Serialize)]
pub(crate) struct Absent {
    extension: [Extension<'static>; 1],
}

/// A value of a type that has a code, where the element is required.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Required<T> {
    Known(T),
    Unknown(Absent),
}

/// A CodeableConcept of one code.
#[derive(Serialize)]
pub(crate) struct Concept<'a> {
    coding: [&'a Code<'a>; 1],
}

#[derive(Serialize, Default)]
pub(crate) struct Reference<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: AtMostOne<Extension<'static>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<Identifier<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<Local<'a>>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    of_type: Option<&'static str>,
}

/// `Type/id` of one of our resources.
struct Local<'a>(&'static str, &'a str);

#[derive(Serialize, Default)]
pub(crate) struct Identifier<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) system: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) of_type: Option<Coded<'static>>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub(crate) usage: Option<&'static str>,
    pub(crate) value: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Meta {
    security: [Code<'static>; 1],
}

impl<'a> Extension<'a> {
    pub(crate) fn decimal(url: &'a str, value: f64) -> Self {
        Extension {
            url,
            value_decimal: Some(value),
            ..Extension::default()
        }
    }

    /// The words that a code stands for.
    pub(crate) fn original_text(text: &'a str) -> Self {
        Extension {
            url: ORIGINAL_TEXT,
            value_string: Some(text),
            ..Extension::default()
        }
    }

    fn absent(reason: &'static str) -> Self {
        Extension {
            url: ABSENT_REASON,
            value_code: Some(reason),
            ..Extension::default()
        }
    }
}

impl Absent {
    pub(crate) fn unknown() -> Self {
        Absent {
            extension: [Extension::absent("unknown")],
        }
    }
}

impl<T> Required<T> {
    pub(crate) fn of(known: Option<T>) -> Self {
        known.map_or_else(|| Required::Unknown(Absent::unknown()), Required::Known)
    }
}

impl<'a> Concept<'a> {
    pub(crate) fn of(code: &'a Code<'a>) -> Self {
        Concept { coding: [code] }
    }
}

impl<'a> Reference<'a> {
    /// One of our resources.
    pub(crate) fn to(resource_type: &'static str, id: &'a str) -> Self {
        Reference {
            reference: Some(Local(resource_type, id)),
            ..Reference::default()
        }
    }

    /// The patient, who is not named.
    pub(crate) fn masked_patient() -> Self {
        Reference {
            extension: Some([Extension::absent("masked")]),
            of_type: Some("Patient"),
            ..Reference::default()
        }
    }

    /// A person, by the name or role that the person chose.
    pub(crate) fn reviewer(name: &'a str) -> Self {
        Reference {
            display: Some(name),
            of_type: Some("PractitionerRole"),
            ..Reference::default()
        }
    }

    /// A resource of the warehouse, by its identifier.
    pub(crate) fn by_identifier(of_type: &'static str, identifier: Identifier<'a>) -> Self {
        Reference {
            identifier: Some(identifier),
            of_type: Some(of_type),
            ..Reference::default()
        }
    }

    /// A thing outside FHIR, or one that is no resource of ours.
    pub(crate) fn logical(system: &'a str, value: &'a str, display: &'a str) -> Self {
        Reference {
            display: Some(display),
            identifier: Some(Identifier::of(Some(system), value)),
            ..Reference::default()
        }
    }
}

impl Serialize for Local<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&[self.0, "/", self.1].concat())
    }
}

impl<'a> Identifier<'a> {
    pub(crate) fn of(system: Option<&'a str>, value: &'a str) -> Self {
        Identifier {
            system,
            value,
            ..Identifier::default()
        }
    }
}

impl Meta {
    /// The label of what a model says.
    pub(crate) fn labelled() -> Self {
        Meta {
            security: [Code::ai_asserted()],
        }
    }
}
