//! One report from labels and predictions: all images, and each value of the columns to break down by.

use std::collections::BTreeMap;

use bodysite_terminology::Terminology;
use serde::Serialize;

use crate::{
    Calibration, Case, Coverage, Examined, HeaderValues, LabelError, Labels, Prediction, Proportion, Retrieval,
    SideScore, Source, Visible,
};

/// What the caller chooses.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Columns of the labels to break down by.
    pub by: Vec<String>,
    /// Share of the images that a person looks at in the retrieval simulation.
    pub review_percent: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            by: Vec::new(),
            review_percent: 5.0,
        }
    }
}

/// All measures over one set of images.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Section {
    /// Images with a label.
    pub images: usize,
    /// Images that the run flags for a person.
    pub flagged: Proportion,
    /// Distinct header values to distinct codes.
    pub header_values: HeaderValues,
    /// What was examined, one a source.
    pub examined: Vec<Examined>,
    /// Images whose reference is among the model's first three candidates; where it gives several.
    pub top3: Option<Proportion>,
    /// What can be seen, where it is known.
    pub visible: Option<Visible>,
    /// The side, where it is known.
    pub side: Option<SideScore>,
    /// Calibration of each source that has confidences.
    pub calibration: Vec<Calibration>,
    /// Coverage and risk of each source that has confidences.
    pub coverage: Vec<Coverage>,
    /// The retrieval simulation.
    pub retrieval: Retrieval,
}

/// The images with one value in one column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// The column.
    pub column: String,
    /// Its value.
    pub value: String,
    /// The measures.
    pub section: Section,
}

/// The whole report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Predictions that have no label and are left out.
    pub unlabelled: usize,
    /// All images.
    pub all: Section,
    /// One a value of the columns to break down by.
    pub groups: Vec<Group>,
    /// One line an image, for the table of images.
    #[serde(skip)]
    pub(crate) images: Vec<ImageLine>,
}

/// One image of the table of images.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImageLine {
    pub label: crate::Label,
    pub prediction: Prediction,
}

/// Scores predictions against labels.
pub fn evaluate(
    labels: &Labels,
    predictions: &[Prediction],
    options: &Options,
    terminology: &Terminology,
) -> Result<Report, LabelError> {
    let cases = labels.cases(predictions)?;
    let sides = labels.column("laterality").ok();
    let section = |cases: &[Case<'_>]| Section::of(cases, sides, options, terminology);
    let mut groups = Vec::new();
    for column in &options.by {
        for (value, members) in split(&cases, labels.column(column)?) {
            groups.push(Group {
                column: column.clone(),
                value: value.to_owned(),
                section: section(&members),
            });
        }
    }
    Ok(Report {
        unlabelled: predictions.len() - cases.len(),
        all: section(&cases),
        groups,
        images: cases.iter().map(line).collect(),
    })
}

fn line(case: &Case<'_>) -> ImageLine {
    ImageLine {
        label: case.label.clone(),
        prediction: case.prediction.clone(),
    }
}

fn split<'a>(cases: &[Case<'a>], column: usize) -> BTreeMap<&'a str, Vec<Case<'a>>> {
    let mut groups: BTreeMap<&str, Vec<Case<'_>>> = BTreeMap::new();
    for case in cases {
        let value = case.label.further.get(column).map_or("", String::as_str);
        groups.entry(value).or_default().push(*case);
    }
    groups
}

impl Section {
    fn of(cases: &[Case<'_>], sides: Option<usize>, options: &Options, terminology: &Terminology) -> Section {
        let flagged = cases.iter().filter(|c| c.prediction.review).count();
        Section {
            images: cases.len(),
            flagged: Proportion::new(flagged, cases.len()),
            header_values: HeaderValues::of(cases),
            examined: Source::ALL.map(|s| Examined::of(s, cases, terminology)).into(),
            top3: top3(cases),
            visible: Visible::of(cases, terminology),
            side: sides.and_then(|column| SideScore::of(cases, column)),
            calibration: Source::ALL
                .into_iter()
                .filter_map(|s| Calibration::of(s, cases))
                .collect(),
            coverage: Source::ALL.into_iter().filter_map(|s| Coverage::of(s, cases)).collect(),
            retrieval: Retrieval::of(cases, options.review_percent, terminology),
        }
    }

    /// The figures of one source.
    pub fn source(&self, source: Source) -> Option<&Examined> {
        self.examined.iter().find(|e| e.source == source)
    }
}

fn top3(cases: &[Case<'_>]) -> Option<Proportion> {
    if !cases.iter().any(|c| c.prediction.candidates.len() > 1) {
        return None;
    }
    let hit = |c: &&Case<'_>| {
        let first = c.prediction.candidates.iter().take(3);
        matches!(c.label.examined[..], [only] if first.clone().any(|s| s.code == only))
    };
    Some(Proportion::new(cases.iter().filter(hit).count(), cases.len()))
}

impl Report {
    /// The report as indented JSON. Holds no path and no header value.
    ///
    /// # Panics
    /// Never: a report is plain data with text keys.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("plain data with text keys");
        text + "\n"
    }
}
