//! R5 ConceptMap: `relationship` says what the text is to the target, `noMap` that there is none.

use serde::Serialize;

use super::element::Identifier;
use super::resource;
use crate::code::system;
use crate::facts::concept_map::{self as facts, Relation};
use crate::resource::{FhirError, Resource};

#[derive(Serialize)]
#[serde(tag = "resourceType")]
struct ConceptMap<'a> {
    id: &'a str,
    url: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    identifier: Vec<Identifier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    status: &'static str,
    experimental: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    group: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    source: &'static str,
    target: &'static str,
    element: Vec<Element<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Element<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    no_map: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    target: Vec<Target<'a>>,
}

#[derive(Serialize)]
struct Target<'a> {
    code: &'a str,
    display: &'a str,
    relationship: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
}

pub(crate) fn concept_map(facts: &facts::ConceptMap) -> Result<Resource, FhirError> {
    let version = facts.version.iter();
    let map = ConceptMap {
        id: &facts.id,
        url: facts.url(),
        identifier: version.map(|v| Identifier::of(Some(system::MAPPING_SET), v)).collect(),
        version: facts.version.as_deref(),
        name: &facts.name,
        title: facts.title.as_deref(),
        status: "draft",
        experimental: false,
        group: group(facts).into_iter().collect(),
    };
    resource("ConceptMap", &facts.id, &map)
}

fn group(facts: &facts::ConceptMap) -> Option<Group<'_>> {
    let element: Vec<Element<'_>> = facts.elements.iter().map(source).collect();
    (!element.is_empty()).then_some(Group {
        source: system::HEADER_TEXT,
        target: system::SNOMED,
        element,
    })
}

fn source(facts: &facts::Element) -> Element<'_> {
    Element {
        code: &facts.code,
        no_map: facts.targets.is_empty(),
        target: facts.targets.iter().map(target).collect(),
    }
}

fn target(facts: &facts::Target) -> Target<'_> {
    Target {
        code: &facts.code,
        display: &facts.display,
        relationship: match facts.relation {
            Relation::Equivalent => "equivalent",
            Relation::Wider => "source-is-narrower-than-target",
            Relation::Narrower => "source-is-broader-than-target",
            Relation::Related => "related-to",
        },
        comment: facts.comment.as_deref(),
    }
}
