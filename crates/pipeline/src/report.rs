//! What a run adds up to, for `summary.json` and the terminal.

use std::collections::BTreeMap;

use bodysite_core::{
    Answer, Attribute, Facet, Issue, NormalizedInstance, NormalizedStudy, Outcome, RunSummary, Status, Verdict,
};
use serde::Serialize;

/// Distinct values remembered; an archive with more shows the first of them in the order of the run.
const VALUES: usize = 20_000;

/// One distinct value of Body Part Examined.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct HeaderValue {
    /// The value as read; a person's name, and words of which none is known, are not repeated.
    pub value: String,
    /// Images that carry it.
    pub images: u64,
    /// Of these, images with an answer.
    pub resolved: u64,
    /// The displays of the answers, each with its count.
    pub answers: BTreeMap<String, u64>,
}

/// The counts of a run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The run's number in the database.
    pub run: i64,
    /// Files, studies, answers.
    pub summary: RunSummary,
    /// Files by status and reason word.
    pub reasons: BTreeMap<String, u64>,
    /// Issues by code.
    pub issues: BTreeMap<String, u64>,
    /// Images by verdict on the examined part.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// Images by the examined part answered.
    pub answers: BTreeMap<String, u64>,
    /// Distinct values of Body Part Examined, most frequent first.
    pub header_values: Vec<HeaderValue>,
    #[serde(skip)]
    values: BTreeMap<String, HeaderValue>,
}

impl Report {
    pub(crate) fn count_outcome(&mut self, outcome: &Outcome) {
        self.summary.files += 1;
        let word = match outcome.status {
            Status::Done => {
                self.summary.done += 1;
                "done"
            }
            Status::Skipped => {
                self.summary.skipped += 1;
                "skipped"
            }
            Status::Failed => {
                self.summary.failed += 1;
                "failed"
            }
        };
        for reason in &outcome.reasons {
            *self.reasons.entry(format!("{word}:{}", reason.word())).or_default() += 1;
        }
    }

    pub(crate) fn count_study(&mut self, study: &NormalizedStudy) {
        self.summary.studies += 1;
        self.count_issues(&study.issues);
        for series in &study.series {
            self.summary.series += 1;
            self.count_issues(&series.issues);
            for instance in &series.instances {
                self.count_instance(instance);
            }
        }
    }

    fn count_issues(&mut self, issues: &[Issue]) {
        for issue in issues {
            *self.issues.entry(issue.code.code().to_owned()).or_default() += 1;
        }
    }

    fn count_instance(&mut self, instance: &NormalizedInstance) {
        self.count_issues(&instance.issues);
        let Some(examined) = instance.resolutions.iter().find(|r| r.facet == Facet::Examined) else {
            return;
        };
        *self.verdicts.entry(examined.verdict).or_default() += 1;
        let answer = examined.answer.as_ref().map(display);
        match (&answer, examined.verdict) {
            (Some(answer), _) => {
                self.summary.resolved += 1;
                *self.answers.entry(answer.clone()).or_default() += 1;
            }
            (None, Verdict::Conflicting) => self.summary.conflicting += 1,
            (None, _) => self.summary.unresolved += 1,
        }
        self.count_value(instance, answer);
    }

    fn count_value(&mut self, instance: &NormalizedInstance, answer: Option<String>) {
        let value = shown_value(instance);
        if self.values.len() >= VALUES && !self.values.contains_key(&value) {
            return;
        }
        let entry = self.values.entry(value.clone()).or_insert_with(|| HeaderValue {
            value,
            images: 0,
            resolved: 0,
            answers: BTreeMap::new(),
        });
        entry.images += 1;
        if let Some(answer) = answer {
            entry.resolved += 1;
            *entry.answers.entry(answer).or_default() += 1;
        }
    }

    pub(crate) fn sealed(mut self, run: i64) -> Report {
        self.run = run;
        self.header_values = std::mem::take(&mut self.values).into_values().collect();
        self.header_values
            .sort_by(|a, b| b.images.cmp(&a.images).then_with(|| a.value.cmp(&b.value)));
        self
    }
}

fn display(answer: &Answer) -> String {
    match answer {
        Answer::Sites(sites) => {
            let names: Vec<&str> = sites.iter().map(|s| s.target.display.as_str()).collect();
            names.join(" and ")
        }
        Answer::Side(side) => side.coding().display,
        Answer::View(coding) => coding.display.clone(),
        Answer::NoMap(reason) => reason.clone(),
    }
}

/// A text of which nothing is known may name a person, too: the inventory shows such values to whoever asks for them.
fn shown_value(instance: &NormalizedInstance) -> String {
    let refused = instance.assertions.iter().find_map(|a| match &a.answer {
        Answer::NoMap(reason) if a.basis.selector() == Some("BodyPartExamined") => Some(reason.as_str()),
        _ => None,
    });
    match refused {
        Some("person_name") => "(a person's name)".to_owned(),
        Some("unknown_word") => "(unknown words)".to_owned(),
        _ => {
            let text = instance.header.text(Attribute::BodyPartExamined);
            text.unwrap_or("(empty)").to_owned()
        }
    }
}
