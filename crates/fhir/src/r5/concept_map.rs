//! R5 ConceptMap: `relationship` says what the text is to the target, `noMap` that there is none.

use serde::Serialize;

use crate::code::system;
use crate::common::element::{AtMostOne, Identifier};
use crate::facts::concept_map::{self as facts, Relation};
use crate::resource::{FhirError, Resource};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConceptMap<'a> {
    experimental: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: AtMostOne<Group<'a>>,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: AtMostOne<Identifier<'a>>,
    name: &'a str,
    resource_type: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
}

#[derive(Serialize)]
struct Group<'a> {
    element: Vec<Element<'a>>,
    source: &'static str,
    target: &'static str,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    display: &'a str,
    relationship: &'static str,
}

pub(crate) fn concept_map(facts: &facts::ConceptMap) -> Result<Resource, FhirError> {
    let version = facts.version.as_deref();
    let map = ConceptMap {
        experimental: false,
        group: group(facts),
        id: &facts.id,
        identifier: version.map(|v| [Identifier::of(Some(system::MAPPING_SET), v)]),
        name: &facts.name,
        resource_type: "ConceptMap",
        status: "draft",
        title: facts.title.as_deref(),
        url: facts.url(),
        version,
    };
    Resource::of("ConceptMap", &facts.id, &map)
}

fn group(facts: &facts::ConceptMap) -> AtMostOne<Group<'_>> {
    let element: Vec<Element<'_>> = facts.elements.iter().map(source).collect();
    let source = system::HEADER_TEXT;
    let target = system::SNOMED;
    (!element.is_empty()).then_some([Group {
        element,
        source,
        target,
    }])
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
        comment: facts.comment.as_deref(),
        display: &facts.display,
        relationship: match facts.relation {
            Relation::Equivalent => "equivalent",
            Relation::Wider => "source-is-narrower-than-target",
            Relation::Narrower => "source-is-broader-than-target",
            Relation::Related => "related-to",
        },
    }
}
