//! R4 data types from facts.

use fhir_sdk::DateTime;
use fhir_sdk::r4b::types::{CodeableConcept, Coding, Extension, ExtensionValue, Identifier, Meta, Reference};

use super::Built;
use crate::code::{Code, Coded};

pub(super) const ORIGINAL_TEXT: &str = "http://hl7.org/fhir/StructureDefinition/originalText";
const ABSENT_REASON: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

pub(super) fn coding(code: &Code) -> Built<Coding> {
    Coding::builder()
        .system(code.system.to_owned())
        .code(code.code.clone())
        .display(code.display.clone())
        .build()
}

/// A coding that is required and not known.
pub(super) fn unknown_coding() -> Built<Coding> {
    Coding::builder().extension(vec![absent("unknown")?]).build()
}

pub(super) fn concept(coded: &Coded) -> Built<CodeableConcept> {
    let codings = coded.codes.iter().map(coding).collect::<Built<Vec<_>>>()?;
    let mut concept = CodeableConcept::builder()
        .coding(codings.into_iter().map(Some).collect())
        .build()?;
    concept.text = coded.text.clone();
    Ok(concept)
}

pub(super) fn code_concept(code: Code) -> Built<CodeableConcept> {
    concept(&Coded::one(code))
}

pub(super) fn reference(resource_type: &str, id: &str) -> Built<Reference> {
    Reference::builder().reference(format!("{resource_type}/{id}")).build()
}

/// The patient, who is not named.
pub(super) fn masked_patient() -> Built<Reference> {
    Reference::builder()
        .r#type("Patient".to_owned())
        .extension(vec![absent("masked")?])
        .build()
}

pub(super) fn identifier(system: Option<&str>, value: &str) -> Built<Identifier> {
    let mut identifier = Identifier::builder().value(value.to_owned()).build()?;
    identifier.system = system.map(str::to_owned);
    Ok(identifier)
}

pub(super) fn extension(url: &str, value: ExtensionValue) -> Built<Extension> {
    Extension::builder().url(url.to_owned()).value(value).build()
}

/// The library's date, from a text that is one already.
pub(super) fn date_time(text: Option<&str>) -> Option<DateTime> {
    text.and_then(|t| t.parse().ok())
}

/// A person, by the name or role that the person chose.
pub(super) fn reviewer(name: &str) -> Built<Reference> {
    Reference::builder()
        .r#type("PractitionerRole".to_owned())
        .display(name.to_owned())
        .build()
}

/// A thing outside FHIR, or one that is no resource of ours.
pub(super) fn logical_reference(system: &str, value: &str, display: &str) -> Built<Reference> {
    Reference::builder()
        .identifier(identifier(Some(system), value)?)
        .display(display.to_owned())
        .build()
}

/// The reason for an absent element.
pub(super) fn absent(reason: &str) -> Built<Extension> {
    extension(ABSENT_REASON, ExtensionValue::Code(reason.to_owned()))
}

/// The label of what a model says.
pub(super) fn labelled() -> Built<Meta> {
    Meta::builder()
        .security(vec![Some(coding(&Code::ai_asserted())?)])
        .build()
}
