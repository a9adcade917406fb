//! R4 ConceptMap: `equivalence` says what the target is, `unmatched` that there is none.

use fhir_sdk::r4b::codes::{ConceptMapEquivalence, PublicationStatus};
use fhir_sdk::r4b::resources::{ConceptMap, ConceptMapGroup, ConceptMapGroupElement, ConceptMapGroupElementTarget};
use fhir_sdk::r4b::types::Identifier;

use super::{Built, resource};
use crate::code::system;
use crate::facts::concept_map::{self as facts, Element, Relation, Target};
use crate::resource::{FhirError, Resource};

pub(crate) fn concept_map(facts: &facts::ConceptMap) -> Result<Resource, FhirError> {
    resource("ConceptMap", &facts.id, build(facts))
}

fn build(facts: &facts::ConceptMap) -> Built<ConceptMap> {
    let mut map = ConceptMap::builder()
        .id(facts.id.clone())
        .url(facts.url())
        .name(facts.name.clone())
        .status(PublicationStatus::Draft)
        .experimental(false)
        .build()?;
    map.title = facts.title.clone();
    map.version = facts.version.clone();
    if let Some(version) = &facts.version {
        let mut identifier = Identifier::builder().value(version.clone()).build()?;
        identifier.system = Some(system::MAPPING_SET.to_owned());
        map.identifier = Some(identifier);
    }
    if !facts.elements.is_empty() {
        map.group = vec![Some(group(facts)?)];
    }
    Ok(map)
}

fn group(facts: &facts::ConceptMap) -> Built<ConceptMapGroup> {
    let elements = facts.elements.iter().map(source);
    ConceptMapGroup::builder()
        .source(system::HEADER_TEXT.to_owned())
        .target(system::SNOMED.to_owned())
        .element(elements.map(|e| e.map(Some)).collect::<Built<_>>()?)
        .build()
}

fn source(facts: &Element) -> Built<ConceptMapGroupElement> {
    let targets = match facts.targets.as_slice() {
        [] => vec![Some(unmatched(facts.comment.clone())?)],
        targets => targets.iter().map(|t| target(t).map(Some)).collect::<Built<_>>()?,
    };
    ConceptMapGroupElement::builder()
        .code(facts.code.clone())
        .target(targets)
        .build()
}

fn unmatched(comment: Option<String>) -> Built<ConceptMapGroupElementTarget> {
    let mut target = ConceptMapGroupElementTarget::builder()
        .equivalence(ConceptMapEquivalence::Unmatched)
        .build()?;
    target.comment = comment;
    Ok(target)
}

fn target(facts: &Target) -> Built<ConceptMapGroupElementTarget> {
    let mut target = ConceptMapGroupElementTarget::builder()
        .code(facts.code.clone())
        .display(facts.display.clone())
        .equivalence(match facts.relation {
            Relation::Equivalent => ConceptMapEquivalence::Equivalent,
            Relation::Wider => ConceptMapEquivalence::Wider,
            Relation::Narrower => ConceptMapEquivalence::Narrower,
            Relation::Related => ConceptMapEquivalence::Inexact,
        })
        .build()?;
    target.comment = facts.comment.clone();
    Ok(target)
}
