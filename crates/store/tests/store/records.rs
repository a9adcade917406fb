//! Synthetic records: every kind of claim, texts that hurt, and the same record for the same number.

use bodysite_core::{
    Answer, Assertion, Attribute, Basis, BodySite, CodeItem, Concept, Facet, FileRecord, Header, InstanceRecord, Issue,
    IssueCode, NormalizedInstance, NormalizedSeries, NormalizedStudy, Outcome, Raw, Reason, Relationship, Resolution,
    Side, Status, Step, Verdict, Versions,
};

pub fn versions(mapping: &str) -> Versions {
    Versions {
        software: "0.1.0".to_owned(),
        mapping: mapping.to_owned(),
        dicom_edition: "2026c".to_owned(),
        model: Some(("small".to_owned(), "w1".to_owned())),
        policy: "on-conflict=none".to_owned(),
    }
}

fn site(code: &str, display: &str) -> BodySite {
    BodySite::of(Concept {
        code: code.parse().unwrap(),
        display: display.to_owned(),
    })
}

pub fn chest() -> BodySite {
    site("816094009", "Chest")
}

pub fn knee() -> BodySite {
    let mut knee = site("72696002", "Knee");
    knee.exact = None;
    knee
}

/// Texts that a careless writer of rows would break on.
const TEXTS: [&str; 7] = [
    "CHEST",
    "Thorax a.p.\tliegend",
    "GENOU\r\nD'\\N\\",
    "\u{80f8}\u{90e8} \u{1f9b4}",
    "a \0 b",
    "",
    "\"{[|,;]}\"'; drop table runs; --",
];

fn mapped(facet: Facet, selector: &str, text: &str, answer: Answer, confidence: Option<f64>) -> Assertion {
    Assertion {
        facet,
        answer,
        relationship: Relationship::Equivalent,
        confidence,
        probabilities: Vec::new(),
        basis: Basis::Mapped {
            selector: selector.to_owned(),
            text: text.to_owned(),
            method: "normalised".to_owned(),
            rows: vec!["radiography#12".to_owned(), "lexicon-en#3".to_owned()],
            steps: vec![Step {
                what: "match".to_owned(),
                text: text.to_lowercase(),
                row: Some("radiography#12".to_owned()),
            }],
        },
    }
}

fn classified(seed: u64) -> Assertion {
    Assertion {
        facet: Facet::Visible,
        answer: Answer::Sites(vec![chest(), knee()]),
        relationship: Relationship::Equivalent,
        confidence: Some(f64::from(((seed % 997) as f32) / 991.3)),
        probabilities: vec![f64::from(0.1f32 + (seed % 89) as f32 / 97.0), 1.0 / (seed as f64 + 3.0)],
        basis: Basis::Classified {
            model: "small".to_owned(),
            weights: "w1".to_owned(),
        },
    }
}

pub fn reviewed(at: &str, answer: Answer) -> Assertion {
    Assertion {
        facet: Facet::Examined,
        answer,
        relationship: Relationship::Equivalent,
        confidence: None,
        probabilities: Vec::new(),
        basis: Basis::Reviewed {
            reviewer: "radiographer".to_owned(),
            at: at.to_owned(),
        },
    }
}

pub fn resolution(facet: Facet, verdict: Verdict, answer: Option<Answer>) -> Resolution {
    Resolution {
        facet,
        verdict,
        answer,
        confidence: Some(0.97),
        original_text: Some("CHEST".to_owned()),
        from: vec![0],
        because: "Header and image say Chest.".to_owned(),
    }
}

fn uid(kind: u64, number: u64) -> String {
    format!("1.2.826.0.1.3680043.10.{kind}.{number}")
}

/// Study, series and instance of a number: ten images a study, two series a study.
pub fn uids(number: u64) -> [String; 3] {
    // The order of studies differs from that of paths, so that a wrong order shows.
    let study = (number / 10).wrapping_mul(7919) % 10_007;
    [uid(1, study), uid(2, study * 2 + number % 2), uid(3, number)]
}

fn header(number: u64) -> Header {
    let [study, series, instance] = uids(number);
    let text = TEXTS[(number % TEXTS.len() as u64) as usize];
    let mut header = Header::of(&[
        (Attribute::StudyInstanceUID, &study),
        (Attribute::SeriesInstanceUID, &series),
        (Attribute::SOPInstanceUID, &instance),
        (Attribute::SOPClassUID, "1.2.840.10008.5.1.4.1.1.1.1"),
        (Attribute::Modality, "DX"),
        (Attribute::StudyDate, "20240131"),
        (Attribute::SeriesNumber, "1"),
        (Attribute::BodyPartExamined, text),
        (Attribute::SeriesDescription, text),
        (Attribute::StudyDescription, "Thorax pa/seitlich"),
        (Attribute::Manufacturer, "Philips Medical Systems"),
    ]);
    header.set(Attribute::InstanceNumber, Raw::Present(number.to_string()));
    header.transfer_syntax = "1.2.840.10008.1.2.1".to_owned();
    header.has_pixel_data = true;
    header.patient_check = (!number.is_multiple_of(3)).then_some((number % 65_536) as u16);
    header.anatomic_regions = vec![CodeItem {
        value: "T-D3000".to_owned(),
        scheme: "SRT".to_owned(),
        meaning: "Chest".to_owned(),
    }];
    header
}

pub fn instance(number: u64) -> InstanceRecord {
    let text = TEXTS[(number % TEXTS.len() as u64) as usize];
    let conflicting = number % 11 == 5;
    let answer = Answer::Sites(vec![chest()]);
    let unmapped = Answer::NoMap("empty".to_owned());
    InstanceRecord {
        header: header(number),
        assertions: vec![
            mapped(
                Facet::Examined,
                "BodyPartExamined",
                text,
                answer.clone(),
                Some(0.1 + 0.2),
            ),
            mapped(Facet::Examined, "SeriesDescription", text, unmapped, None),
            mapped(
                Facet::Laterality,
                "ImageLaterality",
                "L",
                Answer::Side(Side::Left),
                Some(0.99),
            ),
        ],
        image_assertions: if number.is_multiple_of(2) {
            vec![classified(number)]
        } else {
            Vec::new()
        },
        resolutions: vec![
            if conflicting {
                resolution(Facet::Examined, Verdict::Conflicting, None)
            } else {
                resolution(Facet::Examined, Verdict::Agreed, Some(answer))
            },
            resolution(Facet::Laterality, Verdict::HeaderOnly, Some(Answer::Side(Side::Left))),
        ],
        issues: if conflicting {
            vec![Issue::at(IssueCode::HeaderContradiction, "SeriesDescription").detail("0")]
        } else {
            Vec::new()
        },
    }
}

pub fn path(number: u64) -> String {
    format!("archive/{:03}/image {number:06} \u{e4}\\xFF.dcm", number % 10)
}

/// Most files are images; every 17th is skipped and every 19th failed.
pub fn file(number: u64) -> FileRecord {
    let mut outcome = Outcome::new(Status::Done, vec![]);
    let mut instance = Some(instance(number));
    if number % 17 == 3 {
        outcome = Outcome::new(Status::Skipped, vec![Reason::NotXray]);
        instance = None;
    } else if number % 19 == 4 {
        outcome = Outcome::new(Status::Failed, vec![Reason::Truncated, Reason::BadLength]);
        outcome.offset = Some(number);
        instance = None;
    }
    FileRecord {
        path: path(number),
        size: 1_000_000 + number,
        mtime_ns: 1_700_000_000_000_000_000 + number as i64,
        header_hash: format!("{number:064x}"),
        outcome,
        instance,
    }
}

pub fn files(numbers: std::ops::Range<u64>) -> Vec<FileRecord> {
    numbers.map(file).collect()
}

pub fn normalized(file: &FileRecord) -> NormalizedInstance {
    let instance = file.instance.clone().unwrap();
    NormalizedInstance {
        path: file.path.clone(),
        header: instance.header,
        assertions: [instance.assertions, instance.image_assertions].concat(),
        resolutions: instance.resolutions,
        issues: instance.issues,
        adjusted: false,
    }
}

/// The studies of these files, in the order of their UIDs.
pub fn studies(files: &[FileRecord], versions: &Versions) -> Vec<NormalizedStudy> {
    let mut files: Vec<&FileRecord> = files.iter().filter(|f| f.instance.is_some()).collect();
    files.sort_by_key(|f| f.cursor());
    let mut studies: Vec<NormalizedStudy> = Vec::new();
    for file in files {
        let at = file.cursor();
        if studies.last().is_none_or(|s| s.uid != at.study) {
            studies.push(NormalizedStudy {
                uid: at.study.clone(),
                series: Vec::new(),
                resolutions: vec![resolution(
                    Facet::Examined,
                    Verdict::Agreed,
                    Some(Answer::Sites(vec![chest(), knee()])),
                )],
                issues: vec![Issue::new(IssueCode::TwoPatients)],
                versions: versions.clone(),
            });
        }
        let study = studies.last_mut().unwrap();
        if study.series.last().is_none_or(|s| s.uid != at.series) {
            study.series.push(series(at.series));
        }
        study.series.last_mut().unwrap().instances.push(normalized(file));
    }
    studies
}

fn series(uid: String) -> NormalizedSeries {
    NormalizedSeries {
        uid,
        instances: Vec::new(),
        resolutions: vec![
            resolution(
                Facet::Examined,
                Verdict::Agreed,
                Some(Answer::Sites(vec![chest(), knee()])),
            ),
            resolution(Facet::Laterality, Verdict::HeaderOnly, Some(Answer::Side(Side::Left))),
        ],
        issues: vec![Issue::at(IssueCode::SeriesDisagrees, "BodyPartExamined")],
    }
}
