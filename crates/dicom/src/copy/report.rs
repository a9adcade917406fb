//! What is different in a copy, as data and as text.

use std::fmt;

use serde::Serialize;

/// What is different in a copy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// Changed attributes in tag order; empty when the copy is the source.
    pub changes: Vec<Change>,
    /// What should be known about the copy.
    pub notes: Vec<Note>,
}

/// One changed attribute of the data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its keyword.
    pub attribute: &'static str,
    /// What was there: nothing, no value, or this.
    pub before: Option<String>,
    /// What is there now.
    pub after: String,
}

/// Something to know about a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Note {
    /// The preamble held an executable and is zero in the copy.
    PreambleZeroed,
    /// Digital signatures were left out.
    SignaturesDropped,
    /// The source names another side, which was kept.
    SideKept,
    /// With a body part the standard may ask for a side (type 2C), and none is known.
    SideUnknown,
}

impl Note {
    /// A stable word.
    pub fn word(self) -> &'static str {
        match self {
            Note::PreambleZeroed => "preamble_zeroed",
            Note::SignaturesDropped => "signatures_dropped",
            Note::SideKept => "side_kept",
            Note::SideUnknown => "side_unknown",
        }
    }
}

/// A line for each changed attribute, as `-` what was there and `+` what is there now, and one for each note. Control
/// characters of values are escaped. Nothing where nothing changes.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in &self.changes {
            if let Some(before) = &change.before {
                writeln!(f, "- {}: {}", change.attribute, Escaped(before))?;
            }
            writeln!(f, "+ {}: {}", change.attribute, Escaped(&change.after))?;
        }
        if !self.changes.is_empty() {
            writeln!(
                f,
                "+ InstanceCoercionDateTime, and an item each of ContributingEquipmentSequence"
            )?;
            writeln!(f, "  and OriginalAttributesSequence")?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "! {}", note.word()))
    }
}

struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match is_plain(c) {
            true => write!(f, "{c}"),
            false => write!(f, "{}", c.escape_unicode()),
        })
    }
}

/// Neither a control character nor one that turns the direction of the text round it.
fn is_plain(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_as_a_difference() {
        let report = Report {
            changes: vec![
                Change {
                    attribute: "BodyPartExamined",
                    before: Some("BRUST\u{1b}[31m".into()),
                    after: "BREAST".into(),
                },
                Change {
                    attribute: "ImageLaterality",
                    before: None,
                    after: "L".into(),
                },
            ],
            notes: vec![Note::PreambleZeroed],
        };
        assert_eq!(
            report.to_string(),
            "- BodyPartExamined: BRUST\\u{1b}[31m\n\
             + BodyPartExamined: BREAST\n\
             + ImageLaterality: L\n\
             + InstanceCoercionDateTime, and an item each of ContributingEquipmentSequence\n  \
             and OriginalAttributesSequence\n\
             ! preamble_zeroed\n"
        );
        assert_eq!(Report::default().to_string(), "");
    }
}
