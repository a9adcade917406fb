//! R5 data types from facts. Empty elements are left out, since FHIR has none.

use serde::Serialize;

use crate::code::{Code, Coded};

const ABSENT_REASON: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

#[derive(Serialize, Default)]
pub(super) struct Coding {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extension: Vec<Extension>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<String>,
}

#[derive(Serialize, Default)]
pub(super) struct CodeableConcept {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extension: Vec<Extension>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    coding: Vec<Coding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Serialize)]
pub(super) struct CodeableReference {
    concept: CodeableConcept,
}

#[derive(Serialize, Default)]
pub(super) struct Reference {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extension: Vec<Extension>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    of_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<Identifier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<String>,
}

#[derive(Serialize, Default)]
pub(super) struct Identifier {
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub(super) usage: Option<&'static str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) of_type: Option<CodeableConcept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) system: Option<String>,
    pub(super) value: String,
}

#[derive(Serialize)]
pub(super) struct Meta {
    security: Vec<Coding>,
}

#[derive(Serialize)]
pub(super) struct Extension {
    url: String,
    #[serde(flatten)]
    value: ExtensionValue,
}

#[derive(Serialize)]
enum ExtensionValue {
    #[serde(rename = "valueCode")]
    Code(&'static str),
    #[serde(rename = "valueDecimal")]
    Decimal(f64),
}

impl Coding {
    pub(super) fn of(code: &Code) -> Self {
        Coding {
            extension: Vec::new(),
            system: Some(code.system),
            code: Some(code.code.clone()),
            display: Some(code.display.clone()),
        }
    }

    /// A code of a system whose codes have no display.
    pub(super) fn bare(system: &'static str, code: &str) -> Self {
        Coding {
            system: Some(system),
            code: Some(code.to_owned()),
            ..Coding::default()
        }
    }

    /// A coding that is required and not known.
    pub(super) fn unknown() -> Self {
        Coding {
            extension: vec![Extension::absent("unknown")],
            ..Coding::default()
        }
    }
}

impl CodeableConcept {
    pub(super) fn of(coded: &Coded) -> Self {
        CodeableConcept {
            extension: Vec::new(),
            coding: coded.codes.iter().map(Coding::of).collect(),
            text: coded.text.clone(),
        }
    }

    pub(super) fn code(code: &Code) -> Self {
        CodeableConcept {
            coding: vec![Coding::of(code)],
            ..CodeableConcept::default()
        }
    }

    /// A concept that is required and not known.
    pub(super) fn unknown() -> Self {
        CodeableConcept {
            extension: vec![Extension::absent("unknown")],
            ..CodeableConcept::default()
        }
    }
}

impl CodeableReference {
    pub(super) fn of(concept: CodeableConcept) -> Self {
        CodeableReference { concept }
    }
}

impl Reference {
    pub(super) fn to(resource_type: &str, id: &str) -> Self {
        Reference {
            reference: Some(format!("{resource_type}/{id}")),
            ..Reference::default()
        }
    }

    /// The patient, who is not named.
    pub(super) fn masked_patient() -> Self {
        Reference {
            of_type: Some("Patient"),
            extension: vec![Extension::absent("masked")],
            ..Reference::default()
        }
    }

    /// A person, by the name or role that the person chose.
    pub(super) fn reviewer(name: &str) -> Self {
        Reference {
            of_type: Some("PractitionerRole"),
            display: Some(name.to_owned()),
            ..Reference::default()
        }
    }

    /// A resource of the warehouse, by its identifier.
    pub(super) fn by_identifier(of_type: &'static str, identifier: Identifier) -> Self {
        Reference {
            of_type: Some(of_type),
            identifier: Some(identifier),
            ..Reference::default()
        }
    }

    /// A thing outside FHIR, or one that is no resource of ours.
    pub(super) fn logical(system: &str, value: &str, display: &str) -> Self {
        Reference {
            identifier: Some(Identifier::of(Some(system), value)),
            display: Some(display.to_owned()),
            ..Reference::default()
        }
    }
}

impl Identifier {
    pub(super) fn of(system: Option<&str>, value: &str) -> Self {
        Identifier {
            system: system.map(str::to_owned),
            value: value.to_owned(),
            ..Identifier::default()
        }
    }
}

impl Meta {
    /// The label of what a model says.
    pub(super) fn labelled() -> Self {
        Meta {
            security: vec![Coding::of(&Code::ai_asserted())],
        }
    }
}

impl Extension {
    pub(super) fn decimal(url: &str, value: f64) -> Self {
        Extension {
            url: url.to_owned(),
            value: ExtensionValue::Decimal(value),
        }
    }

    fn absent(reason: &'static str) -> Self {
        Extension {
            url: ABSENT_REASON.to_owned(),
            value: ExtensionValue::Code(reason),
        }
    }
}
