//! One mapping row: a literal subject, its category, and the concept it means, if any.

use bodysite_core::{Relationship, Sctid, Side};

/// What kind of word a row describes (`subject_category`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Names a body part.
    BodyPart,
    /// Names one of several body parts; never maps by itself.
    Ambiguous,
    /// Says nothing without another word (`joint`).
    PartNoun,
    /// A side.
    Side,
    /// Projection, position, direction, number of views.
    View,
    /// Modality or technique.
    Modality,
    /// Equipment, vendor or detector.
    Device,
    /// Changes nothing.
    Noise,
    /// Joins two parts (`and`, `with`).
    Joining,
    /// Says that nothing was said.
    Filler,
    /// Title or marker of a person's name, or a name.
    Person,
    /// Marker of an institution or a place.
    Place,
    /// Body part or procedure outside plain radiography of the 36.
    OutOfScope,
}

impl Category {
    /// Every category with its word in the tables.
    pub const WORDS: &'static [(&'static str, Category)] = &[
        ("body-part", Category::BodyPart),
        ("ambiguous", Category::Ambiguous),
        ("part-noun", Category::PartNoun),
        ("side", Category::Side),
        ("view", Category::View),
        ("modality", Category::Modality),
        ("device", Category::Device),
        ("noise", Category::Noise),
        ("joining", Category::Joining),
        ("filler", Category::Filler),
        ("person", Category::Person),
        ("place", Category::Place),
        ("out-of-scope", Category::OutOfScope),
    ];

    /// The category that a word of the tables names.
    pub fn from_word(word: &str) -> Option<Category> {
        Self::WORDS.iter().find(|(w, _)| *w == word).map(|(_, c)| *c)
    }

    /// The word of the tables.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, c)| *c == self).map_or("", |(w, _)| *w)
    }

    /// Whether a word of this category leaves the meaning of the others alone.
    pub(crate) fn is_neutral(self) -> bool {
        matches!(
            self,
            Category::PartNoun
                | Category::Side
                | Category::View
                | Category::Modality
                | Category::Device
                | Category::Noise
                | Category::Joining
                | Category::Filler
        )
    }
}

/// What a row's subject means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// A concept, target or finer.
    Concept(Sctid),
    /// A side.
    Side(Side),
    /// Reviewed: nothing.
    Nothing,
}

/// One row of a mapping set.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Index of the set in the mapper's list.
    pub set: u16,
    /// Line in its file, counting from 1.
    pub line: u64,
    /// The literal subject.
    pub label: String,
    /// What kind of word it is.
    pub category: Category,
    /// How the subject relates to the object.
    pub relationship: Relationship,
    /// What it means.
    pub object: Object,
    /// How surely, 0 to 1, in its author's judgement.
    pub confidence: f64,
    /// Why, where it is not plain.
    pub comment: String,
}
