//! The facts of the ConceptMap of a mapping set.

use std::collections::BTreeMap;

use bodysite_core::{Concept, Relationship};

use crate::code::system;
use crate::ids::Ids;
use crate::value::text::clean;

/// One row of a mapping set, as a ConceptMap shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedRow {
    /// The header text that the row is about.
    pub text: String,
    /// How the text relates to the target.
    pub relationship: Relationship,
    /// The target; none for a reviewed "maps to nothing".
    pub target: Option<Concept>,
    /// A word on the decision.
    pub comment: Option<String>,
}

/// A mapping set. Rows with the same text become one element with several targets (a combination).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingSet {
    /// A name for people, such as `core` or `site-a`.
    pub name: String,
    /// Hash over the mapping sets in use, as in [`bodysite_core::Versions`].
    pub version: String,
    /// The rows.
    pub rows: Vec<MappedRow>,
}

/// The facts of a ConceptMap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConceptMap {
    pub(crate) id: String,
    /// A name that a machine can use: FHIR's `inv-0` allows letters, digits and underscores.
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) elements: Vec<Element>,
}

/// A source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) code: String,
    /// Empty for a reviewed "maps to nothing".
    pub(crate) targets: Vec<Target>,
    /// The word on a decision that there is no target.
    pub(crate) comment: Option<String>,
}

/// A target of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) code: String,
    pub(crate) display: String,
    pub(crate) relation: Relation,
    pub(crate) comment: Option<String>,
}

/// How a text relates to a target that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Equivalent,
    /// The target is wider than the text.
    Wider,
    /// The target is narrower than the text.
    Narrower,
    Related,
}

impl ConceptMap {
    pub(crate) fn of(set: &MappingSet, ids: &Ids<'_>) -> ConceptMap {
        let mut elements: BTreeMap<String, Element> = BTreeMap::new();
        for row in &set.rows {
            let Some(code) = clean(&row.text) else {
                continue;
            };
            let element = elements.entry(code.clone()).or_insert(Element {
                code,
                targets: Vec::new(),
                comment: None,
            });
            add(element, row);
        }
        ConceptMap {
            id: ids.id("ConceptMap", &[&set.name, &set.version]),
            name: machine_name(&set.name),
            title: clean(&set.name),
            version: clean(&set.version),
            elements: elements.into_values().collect(),
        }
    }

    /// The canonical address, which the id makes unique.
    pub(crate) fn url(&self) -> String {
        format!("{}/{}", system::CONCEPT_MAP, self.id)
    }
}

fn add(element: &mut Element, row: &MappedRow) {
    let comment = row.comment.as_deref().and_then(clean);
    match (&row.target, relation(row.relationship)) {
        (Some(concept), Some(relation)) => {
            let target = target(concept, relation, comment);
            if element.targets.iter().all(|t| t.code != target.code) {
                element.targets.push(target);
            }
        }
        _ => element.comment = comment,
    }
}

fn target(concept: &Concept, relation: Relation, comment: Option<String>) -> Target {
    // `cmd-1` wants a word wherever the target does not hold all of the text.
    let required = match relation {
        Relation::Narrower => Some("one part of what the text says"),
        Relation::Related => Some("overlaps with what the text says"),
        Relation::Equivalent | Relation::Wider => None,
    };
    Target {
        code: concept.code.to_string(),
        display: concept.display.clone(),
        relation,
        comment: comment.or(required.map(str::to_owned)),
    }
}

fn relation(relationship: Relationship) -> Option<Relation> {
    match relationship {
        Relationship::Equivalent => Some(Relation::Equivalent),
        Relationship::SourceIsNarrowerThanTarget => Some(Relation::Wider),
        Relationship::SourceIsBroaderThanTarget => Some(Relation::Narrower),
        Relationship::RelatedTo => Some(Relation::Related),
        Relationship::NoMap => None,
    }
}

/// `site-a` becomes `MappingSet_site_a`.
fn machine_name(name: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    format!("MappingSet_{}", name.chars().map(word).collect::<String>())
}
