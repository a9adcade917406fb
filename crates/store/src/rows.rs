//! Records to rows, and rows back to records.

use bodysite_core::{
    Answer, Assertion, Attribute, Basis, FileRecord, Header, InstanceRecord, Issue, Outcome, Reason, Resolution,
    Status, Versions,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::error::Fault;
use crate::session::list;
use crate::table::Kind::{Int, Text};
use crate::table::{Kind, Row, Value};

/// Claims, answers and oddities of a file by itself, as the column `findings` holds them.
#[derive(Serialize)]
struct FindingsOut<'a> {
    assertions: &'a [Assertion],
    image_assertions: &'a [Assertion],
    resolutions: &'a [Resolution],
    issues: &'a [Issue],
}

#[derive(Deserialize)]
struct Findings {
    assertions: Vec<Assertion>,
    image_assertions: Vec<Assertion>,
    resolutions: Vec<Resolution>,
    issues: Vec<Issue>,
}

/// The rows of an image's answers.
#[derive(Default, Clone)]
pub(crate) struct AnswerRows {
    pub(crate) assertions: Vec<Row>,
    pub(crate) resolutions: Vec<Row>,
    pub(crate) issues: Vec<Row>,
}

/// JSON of our own types; they have no maps with other keys than text, so that it cannot fail.
fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Corrupt(error.to_string()))
}

/// Reads a JSON column of the row that `what` names.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::Corrupt(format!("{what}: {error}")))
}

/// A stable word of an enum: the one that its JSON has.
fn word<T: Serialize>(value: T) -> String {
    let quoted = serde_json::to_string(&value).unwrap_or_default();
    quoted.trim_matches('"').to_owned()
}

fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The key of versions: the start of a hash over all of them.
pub(crate) fn versions_key(versions: &Versions) -> Result<String, Fault> {
    Ok(digest(&json(versions)?))
}

pub(crate) fn versions(versions: &Versions) -> Result<Row, Fault> {
    let (model, weights) = versions.model.clone().unwrap_or_default();
    Ok(vec![
        Value::Text(versions_key(versions)?),
        Value::text(&versions.software),
        Value::text(&versions.mapping),
        Value::text(&versions.dicom_edition),
        Value::text(model),
        Value::text(weights),
        Value::text(&versions.policy),
    ])
}

/// `reasons` as a JSON array of words.
pub(crate) fn reasons(reasons: &[Reason]) -> Value {
    let words: Vec<&str> = reasons.iter().map(|r| r.word()).collect();
    Value::Text(serde_json::Value::from(words).to_string())
}

pub(crate) fn status(status: Status) -> Value {
    Value::Text(word(status))
}

pub(crate) fn offset(outcome: &Outcome) -> Value {
    outcome.offset.map_or(Value::Null, Value::count)
}

pub(crate) fn source(file: &FileRecord, run: i64, versions: &str) -> Row {
    vec![
        Value::text(&file.path),
        Value::count(file.size),
        Value::Int(file.mtime_ns),
        Value::text(&file.header_hash),
        status(file.outcome.status),
        reasons(&file.outcome.reasons),
        offset(&file.outcome),
        Value::text(versions),
        Value::Int(run),
    ]
}

pub(crate) fn instance(path: &str, instance: &InstanceRecord, versions: &str) -> Result<Row, Fault> {
    let header = &instance.header;
    let text = |attribute| Value::text(header.text(attribute).unwrap_or_default());
    Ok(vec![
        Value::text(path),
        text(Attribute::StudyInstanceUID),
        text(Attribute::SeriesInstanceUID),
        text(Attribute::SOPInstanceUID),
        text(Attribute::SOPClassUID),
        text(Attribute::Modality),
        text(Attribute::SeriesNumber),
        text(Attribute::InstanceNumber),
        text(Attribute::StudyDate),
        Value::text(&header.transfer_syntax),
        header.patient_check.map_or(Value::Null, |c| Value::Int(c.into())),
        Value::text(versions),
        Value::Int(0),
        Value::Text(json(header)?),
        Value::Text(json(&FindingsOut {
            assertions: &instance.assertions,
            image_assertions: &instance.image_assertions,
            resolutions: &instance.resolutions,
            issues: &instance.issues,
        })?),
    ])
}

/// `codes`, `displays`, `exact_codes` and `no_map` of an answer.
fn answer(answer: Option<&Answer>) -> [Value; 4] {
    let (codes, displays, exact, no_map) = match answer {
        None => (None, None, None, None),
        Some(Answer::Sites(sites)) => {
            let all = |part: &dyn Fn(usize) -> String| {
                let parts: Vec<String> = (0..sites.len()).map(part).collect();
                Some(parts.join("|"))
            };
            let exact = |i: usize| sites[i].exact.as_ref().map(|e| e.code.to_string());
            (
                all(&|i| sites[i].target.code.to_string()),
                all(&|i| sites[i].target.display.clone()),
                all(&|i| exact(i).unwrap_or_default()),
                None,
            )
        }
        Some(Answer::Side(side)) => {
            let coding = side.coding();
            (Some(coding.code), Some(coding.display), None, None)
        }
        Some(Answer::View(view)) => (Some(view.code.clone()), Some(view.display.clone()), None, None),
        Some(Answer::NoMap(reason)) => (None, None, None, Some(reason.clone())),
    };
    [codes, displays, exact, no_map].map(Value::text_or_null)
}

fn confidence(confidence: Option<f64>) -> Value {
    confidence.filter(|c| c.is_finite()).map_or(Value::Null, Value::Real)
}

fn method(basis: &Basis) -> &str {
    match basis {
        Basis::Coded { .. } => "coded",
        Basis::Mapped { method, .. } => method,
        Basis::Classified { .. } => "classified",
        Basis::Reviewed { .. } => "reviewed",
    }
}

/// Who makes a claim: the header, the image model or a reviewer.
fn origin(basis: &Basis) -> &'static str {
    match basis {
        Basis::Coded { .. } | Basis::Mapped { .. } => "header",
        Basis::Classified { .. } => "image",
        Basis::Reviewed { .. } => "review",
    }
}

fn assertion(path: &str, ordinal: i64, assertion: &Assertion) -> Row {
    let basis = &assertion.basis;
    let mut row = vec![
        Value::text(path),
        Value::text(origin(basis)),
        Value::Int(ordinal),
        Value::Text(word(assertion.facet)),
        Value::text(method(basis)),
        Value::text_or_null(basis.selector()),
        Value::text_or_null(basis.text()),
        Value::Text(word(assertion.relationship)),
    ];
    row.extend(answer(Some(&assertion.answer)));
    row.extend([mapping_rows(basis), confidence(assertion.confidence)]);
    row
}

/// The mapping rows that a claim rests on, as a JSON array.
fn mapping_rows(basis: &Basis) -> Value {
    match basis {
        Basis::Mapped { rows, .. } if !rows.is_empty() => list(rows.iter().map(String::as_str)),
        _ => Value::Null,
    }
}

/// The columns of a resolution after its key.
fn resolution(resolution: &Resolution) -> Vec<Value> {
    let mut row = vec![
        Value::Text(word(resolution.facet)),
        Value::Text(word(resolution.verdict)),
    ];
    row.extend(answer(resolution.answer.as_ref()));
    row.extend([
        confidence(resolution.confidence),
        Value::text_or_null(resolution.original_text.as_deref()),
        Value::text(&resolution.because),
    ]);
    row
}

/// Resolution rows under a key; of several answers to one facet the last stands.
pub(crate) fn resolutions(key: &[Value], resolutions: &[Resolution]) -> Vec<Row> {
    let last = |(i, r): &(usize, &Resolution)| resolutions[i + 1..].iter().all(|s| s.facet != r.facet);
    let kept = resolutions.iter().enumerate().filter(last);
    kept.map(|(_, r)| [key, &resolution(r)].concat()).collect()
}

/// Issue rows under a key, numbered in their order.
pub(crate) fn issues(key: &[Value], issues: &[Issue]) -> Vec<Row> {
    let row = |(ordinal, issue): (usize, &Issue)| {
        let mut row = key.to_vec();
        row.extend([
            Value::count(ordinal as u64),
            Value::text(issue.code.code()),
            Value::Text(word(issue.code.severity())),
            Value::text_or_null(issue.selector.as_deref()),
            Value::text_or_null(issue.detail.as_deref()),
        ]);
        row
    };
    issues.iter().enumerate().map(row).collect()
}

impl AnswerRows {
    /// Puts the rows of other images behind these.
    pub(crate) fn append(&mut self, more: AnswerRows) {
        self.assertions.extend(more.assertions);
        self.resolutions.extend(more.resolutions);
        self.issues.extend(more.issues);
    }

    /// Adds the rows of one image. Ordinals count within an origin, so that claims of the header keep theirs whatever
    /// the image model and reviewers say.
    pub(crate) fn add<'a>(
        &mut self,
        path: &str,
        assertions: impl IntoIterator<Item = &'a Assertion>,
        resolutions: &[Resolution],
        issues: &[Issue],
    ) {
        let mut next = std::collections::HashMap::<&str, i64>::new();
        for claim in assertions {
            let ordinal = next.entry(origin(&claim.basis)).or_default();
            self.assertions.push(assertion(path, *ordinal, claim));
            *ordinal += 1;
        }
        let key = [Value::text(path)];
        self.resolutions.extend(self::resolutions(&key, resolutions));
        self.issues.extend(self::issues(&key, issues));
    }
}

/// A reviewer's decision about an image; nothing where the claim is not a reviewer's.
pub(crate) fn review(sop_instance_uid: &str, assertion: &Assertion) -> Result<Option<Row>, Fault> {
    let Basis::Reviewed { reviewer, at } = &assertion.basis else {
        return Ok(None);
    };
    let text = json(assertion)?;
    let mut row = vec![
        Value::text(sop_instance_uid),
        Value::text(at),
        Value::Text(digest(&text)),
        Value::text(reviewer),
        Value::Text(word(assertion.facet)),
    ];
    row.extend(answer(Some(&assertion.answer)));
    row.push(Value::Text(text));
    Ok(Some(row))
}

/// Takes the values of a row in order.
pub(crate) struct Reader(std::vec::IntoIter<Value>);

impl Reader {
    pub(crate) fn new(row: Row) -> Reader {
        Reader(row.into_iter())
    }

    pub(crate) fn text(&mut self) -> Result<String, Fault> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(Fault::Corrupt("a text is missing".to_owned())),
        }
    }

    pub(crate) fn int(&mut self) -> Result<i64, Fault> {
        self.int_or_null()?
            .ok_or_else(|| Fault::Corrupt("a number is missing".to_owned()))
    }

    pub(crate) fn int_or_null(&mut self) -> Result<Option<i64>, Fault> {
        match self.0.next() {
            Some(Value::Int(number)) => Ok(Some(number)),
            Some(Value::Null) => Ok(None),
            _ => Err(Fault::Corrupt("a number is missing".to_owned())),
        }
    }

    pub(crate) fn text_or_null(&mut self) -> Result<Option<String>, Fault> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            _ => Err(Fault::Corrupt("a text is missing".to_owned())),
        }
    }

    pub(crate) fn count(&mut self) -> Result<u64, Fault> {
        let number = self.int()?;
        u64::try_from(number).map_err(|_| Fault::Corrupt(format!("{number} is no count")))
    }

    /// `status`, `reasons` and `problem_offset`.
    pub(crate) fn outcome(&mut self, path: &str) -> Result<Outcome, Fault> {
        let status = parse(&format!("\"{}\"", self.text()?), path)?;
        let reasons = parse(&self.text()?, path)?;
        let offset = self.int_or_null()?;
        Ok(Outcome {
            status,
            reasons,
            offset: offset.and_then(|o| u64::try_from(o).ok()),
        })
    }
}

/// `s.path, s.size, s.mtime_ns, s.header_hash, s.status, s.reasons, s.problem_offset, i.header, i.findings`
pub(crate) const RECORD: &[Kind] = &[Text, Int, Int, Text, Text, Text, Int, Text, Text];

pub(crate) fn record(row: Row) -> Result<FileRecord, Fault> {
    let mut row = Reader::new(row);
    let path = row.text()?;
    let size = row.count()?;
    let mtime_ns = row.int()?;
    let header_hash = row.text()?;
    let outcome = row.outcome(&path)?;
    let instance = match (row.text_or_null()?, row.text_or_null()?) {
        (Some(header), Some(findings)) => Some(instance_of(&header, &findings, &path)?),
        _ => None,
    };
    Ok(FileRecord {
        path,
        size,
        mtime_ns,
        header_hash,
        outcome,
        instance,
    })
}

fn instance_of(header: &str, findings: &str, path: &str) -> Result<InstanceRecord, Fault> {
    let header: Header = parse(header, path)?;
    let findings: Findings = parse(findings, path)?;
    Ok(InstanceRecord {
        header,
        assertions: findings.assertions,
        image_assertions: findings.image_assertions,
        resolutions: findings.resolutions,
        issues: findings.issues,
    })
}
