//! Studies made in code, one for each thing that FHIR output must get right.

use bodysite_core::{
    Answer, Assertion, Attribute, Basis, BodySite, Concept, Facet, Header, Issue, IssueCode, NormalizedInstance,
    NormalizedSeries, NormalizedStudy, Raw, Relationship, Resolution, Side, Verdict, Versions,
};
use bodysite_fhir::{MappedRow, MappingSet, Resource};
use serde_json::Value;

/// SHA-256 of no weights at all.
pub const WEIGHTS: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Every study, with the name of its snapshot.
pub fn all() -> Vec<(&'static str, NormalizedStudy)> {
    vec![
        ("plain-chest", plain_chest()),
        ("right-ankle", right_ankle()),
        ("patella", patella()),
        ("combination", combination("2.25.4", Some("416550000"))),
        ("combination-without-concept", combination("2.25.11", None)),
        ("unmapped", unmapped()),
        ("conflict", conflict("2.25.6")),
        ("image-only", image_only()),
        ("two-patients", two_patients()),
        ("reviewed", reviewed()),
        ("disagreement", disagreement()),
        ("odd-values", odd_values()),
        ("nothing-known", nothing_known()),
    ]
}

/// What a resource says.
pub fn json(resource: &Resource) -> Value {
    serde_json::from_str(&resource.json).unwrap()
}

pub fn versions() -> Versions {
    Versions {
        software: "0.1.0".into(),
        mapping: "9f86d081884c7d65".into(),
        dicom_edition: "2026b".into(),
        model: Some(("demo".into(), WEIGHTS.into())),
        policy: "on-conflict=none,confident=0.800".into(),
    }
}

pub fn mapping_sets() -> Vec<MappingSet> {
    let row = |text: &str, relationship, target: Option<Concept>, comment: Option<&str>| MappedRow {
        text: text.into(),
        relationship,
        target,
        comment: comment.map(str::to_owned),
    };
    use Relationship::*;
    vec![MappingSet {
        name: "site-a".into(),
        version: "9f86d081884c7d65".into(),
        rows: vec![
            row(
                "THORAX PA",
                SourceIsNarrowerThanTarget,
                Some(chest()),
                Some("view dropped"),
            ),
            row("CHEST", Equivalent, Some(chest()), None),
            row("CHEST  ABDOMEN", SourceIsBroaderThanTarget, Some(chest()), None),
            row("CHEST ABDOMEN", SourceIsBroaderThanTarget, Some(abdomen()), None),
            row("TRUNK", RelatedTo, Some(abdomen()), None),
            row("DIVERSES", NoMap, None, Some("no body part stated")),
            row(" \u{0} ", NoMap, None, None),
        ],
    }]
}

pub fn concept(code: &str, display: &str) -> Concept {
    Concept {
        code: code.parse().unwrap(),
        display: display.into(),
    }
}

fn chest() -> Concept {
    concept("816094009", "Chest")
}

fn abdomen() -> Concept {
    concept("818981001", "Abdomen")
}

fn hand() -> Concept {
    concept("85562004", "Hand")
}

fn knee() -> Concept {
    concept("72696002", "Knee")
}

fn sites(concepts: &[Concept]) -> Answer {
    Answer::Sites(concepts.iter().cloned().map(BodySite::of).collect())
}

/// A header as most hospitals write it, to which `more` is added.
pub fn header(study: &str, series: &str, sop: &str, more: &[(Attribute, &str)]) -> Header {
    let mut header = Header::of(&[
        (Attribute::StudyInstanceUID, study),
        (Attribute::SeriesInstanceUID, series),
        (Attribute::SOPInstanceUID, sop),
        (Attribute::SOPClassUID, "1.2.840.10008.5.1.4.1.1.1.1"),
        (Attribute::Modality, "DX"),
        (Attribute::StudyDate, "20240719"),
        (Attribute::StudyTime, "120330.5"),
        (Attribute::TimezoneOffsetFromUTC, "+0200"),
        (Attribute::AccessionNumber, "ACC-1"),
        (Attribute::Manufacturer, "Phantom Works"),
        (Attribute::ManufacturerModelName, "Ray 3000"),
        (Attribute::SeriesNumber, "1"),
        (Attribute::InstanceNumber, "1"),
        (Attribute::StudyDescription, "Described study"),
        (Attribute::SeriesDescription, "Described series"),
    ]);
    for (attribute, text) in more {
        header.set(*attribute, Raw::Present((*text).to_owned()));
    }
    header
}

/// A claim that a mapping row makes of a text.
pub fn mapped(facet: Facet, selector: &str, text: &str, answer: Answer) -> Assertion {
    Assertion {
        facet,
        answer,
        relationship: Relationship::Equivalent,
        confidence: Some(0.99),
        probabilities: Vec::new(),
        basis: Basis::Mapped {
            selector: selector.into(),
            text: text.into(),
            method: "exact".into(),
            rows: vec!["core#1".into()],
            steps: Vec::new(),
        },
    }
}

fn classified(facet: Facet, answer: Answer, probabilities: &[f64]) -> Assertion {
    Assertion {
        facet,
        answer,
        relationship: Relationship::Equivalent,
        confidence: probabilities.first().copied(),
        probabilities: probabilities.to_vec(),
        basis: Basis::Classified {
            model: "demo".into(),
            weights: WEIGHTS.into(),
        },
    }
}

fn decided(facet: Facet, answer: Answer) -> Assertion {
    Assertion {
        facet,
        answer,
        relationship: Relationship::Equivalent,
        confidence: None,
        probabilities: Vec::new(),
        basis: Basis::Reviewed {
            reviewer: "radiographer".into(),
            at: "2026-11-20T08:15:00Z".into(),
        },
    }
}

fn resolution(facet: Facet, verdict: Verdict, answer: Option<Answer>, from: &[usize]) -> Resolution {
    Resolution {
        facet,
        verdict,
        answer,
        confidence: None,
        original_text: None,
        from: from.to_vec(),
        because: "For the tests.".into(),
    }
}

/// One image whose examined part the header gives.
pub fn said_by_header(header: Header, selector: &str, text: &str, answer: Answer) -> NormalizedInstance {
    let examined = Resolution {
        original_text: Some(text.into()),
        ..resolution(Facet::Examined, Verdict::HeaderOnly, Some(answer.clone()), &[0])
    };
    NormalizedInstance {
        path: "a/IM1".into(),
        header,
        assertions: vec![mapped(Facet::Examined, selector, text, answer)],
        resolutions: vec![examined],
        issues: Vec::new(),
        adjusted: false,
    }
}

fn silent(header: Header, assertions: Vec<Assertion>) -> NormalizedInstance {
    NormalizedInstance {
        path: "a/IM1".into(),
        header,
        assertions,
        resolutions: vec![resolution(Facet::Examined, Verdict::Unresolved, None, &[])],
        issues: Vec::new(),
        adjusted: false,
    }
}

/// A study of one series, whose resolutions are those of its first image.
pub fn study(uid: &str, instances: Vec<NormalizedInstance>) -> NormalizedStudy {
    let resolutions = instances[0].resolutions.clone();
    NormalizedStudy {
        uid: uid.into(),
        series: vec![NormalizedSeries {
            uid: format!("{uid}.1"),
            instances,
            resolutions,
            issues: Vec::new(),
        }],
        resolutions: Vec::new(),
        issues: Vec::new(),
        versions: versions(),
    }
}

fn plain_header(uid: &str, more: &[(Attribute, &str)]) -> Header {
    header(uid, &format!("{uid}.1"), &format!("{uid}.1.1"), more)
}

/// A study as a run with a model gives it: every image with what header and model say of part and side.
pub fn ordinary(number: usize, images: usize) -> NormalizedStudy {
    let uid = format!("1.2.826.0.1.3680043.8.498.{number}");
    let image = |at: usize| {
        let sop = format!("{uid}.1.{at}");
        let number = at.to_string();
        let more = [
            (Attribute::BodyPartExamined, "THORAX PA"),
            (Attribute::InstanceNumber, number.as_str()),
        ];
        let header = header(&uid, &format!("{uid}.1"), &sop, &more);
        let mut instance = said_by_header(header, "BodyPartExamined", "THORAX PA", sites(&[chest()]));
        let seen = sites(&[chest(), concept("40983000", "Upper arm")]);
        let right = Answer::Side(Side::Right);
        instance.assertions.extend([
            mapped(Facet::Examined, "SeriesDescription", "Chest", sites(&[chest()])),
            mapped(Facet::Laterality, "ImageLaterality", "R", right.clone()),
            classified(Facet::Examined, sites(&[chest()]), &[0.97]),
            classified(Facet::Visible, seen.clone(), &[0.982_349, 0.61]),
        ]);
        instance.resolutions[0].verdict = Verdict::Agreed;
        instance.resolutions[0].from = vec![0, 1, 3];
        instance.resolutions.extend([
            resolution(Facet::Laterality, Verdict::HeaderOnly, Some(right), &[2]),
            resolution(Facet::Visible, Verdict::ImageOnly, Some(seen), &[4]),
        ]);
        instance
    };
    let mut study = study(&uid, (1..=images).map(image).collect());
    study.series[0].uid = format!("{uid}.1");
    study
}

pub fn plain_chest() -> NormalizedStudy {
    let header = plain_header("2.25.1", &[(Attribute::BodyPartExamined, "THORAX PA")]);
    let answer = sites(&[chest()]);
    let mut instance = said_by_header(header, "BodyPartExamined", "THORAX PA", answer);
    let seen = sites(&[chest(), concept("40983000", "Upper arm")]);
    let visible = classified(Facet::Visible, seen.clone(), &[0.982_349, 0.61]);
    instance.assertions.push(visible);
    let resolved = resolution(Facet::Visible, Verdict::ImageOnly, Some(seen), &[1]);
    instance.resolutions.push(resolved);
    study("2.25.1", vec![instance])
}

fn right_ankle() -> NormalizedStudy {
    let more = [
        (Attribute::BodyPartExamined, "ANKLE"),
        (Attribute::ImageLaterality, "R"),
        (Attribute::TimezoneOffsetFromUTC, ""),
        (Attribute::Modality, "CR"),
    ];
    let header = plain_header("2.25.2", &more);
    let answer = sites(&[concept("70258002", "Ankle joint")]);
    let mut instance = said_by_header(header, "BodyPartExamined", "ANKLE", answer);
    let right = Answer::Side(Side::Right);
    let side = mapped(Facet::Laterality, "ImageLaterality", "R", right.clone());
    instance.assertions.push(side);
    let resolved = resolution(Facet::Laterality, Verdict::HeaderOnly, Some(right), &[1]);
    instance.resolutions.push(resolved);
    study("2.25.2", vec![instance])
}

fn patella() -> NormalizedStudy {
    let header = plain_header("2.25.3", &[(Attribute::BodyPartExamined, "PATELLA")]);
    let answer = Answer::Sites(vec![BodySite {
        target: knee(),
        exact: Some(concept("64234005", "Patella")),
    }]);
    study(
        "2.25.3",
        vec![said_by_header(header, "BodyPartExamined", "PATELLA", answer)],
    )
}

fn combination(uid: &str, shared: Option<&str>) -> NormalizedStudy {
    let exact = shared.map(|code| concept(code, "Chest and Abdomen"));
    let part = |target| BodySite {
        exact: exact.clone(),
        target,
    };
    let answer = Answer::Sites(vec![part(chest()), part(abdomen())]);
    let header = plain_header(uid, &[(Attribute::BodyPartExamined, "CHEST ABDOMEN")]);
    let instance = said_by_header(header, "BodyPartExamined", "CHEST ABDOMEN", answer);
    study(uid, vec![instance])
}

fn unmapped() -> NormalizedStudy {
    let header = plain_header("2.25.5", &[(Attribute::BodyPartExamined, "DIVERSES")]);
    let nothing = Answer::NoMap("unknown".into());
    let claim = mapped(Facet::Examined, "BodyPartExamined", "DIVERSES", nothing);
    let mut instance = silent(header, vec![claim]);
    let issue = Issue::at(IssueCode::TextUnmapped, "BodyPartExamined");
    instance.issues.push(issue);
    study("2.25.5", vec![instance])
}

fn conflict(uid: &str) -> NormalizedStudy {
    let header = plain_header(uid, &[(Attribute::BodyPartExamined, "CHEST")]);
    let mut instance = said_by_header(header, "BodyPartExamined", "CHEST", sites(&[chest()]));
    let hand = sites(&[hand()]);
    instance
        .assertions
        .push(classified(Facet::Examined, hand.clone(), &[0.97]));
    instance.assertions.push(classified(Facet::Visible, hand, &[0.99]));
    instance.resolutions = vec![resolution(Facet::Examined, Verdict::Conflicting, None, &[0, 1])];
    instance.issues.push(Issue::new(IssueCode::ImageContradiction));
    study(uid, vec![instance])
}

fn image_only() -> NormalizedStudy {
    let answer = sites(&[hand()]);
    let mut instance = silent(
        plain_header("2.25.7", &[]),
        vec![
            classified(Facet::Examined, answer.clone(), &[0.93]),
            classified(Facet::Visible, answer.clone(), &[0.95]),
        ],
    );
    instance.resolutions = vec![Resolution {
        confidence: Some(0.93),
        ..resolution(Facet::Examined, Verdict::ImageOnly, Some(answer), &[0])
    }];
    study("2.25.7", vec![instance])
}

fn two_patients() -> NormalizedStudy {
    let mut study = plain_chest();
    study.uid = "2.25.8".into();
    study.issues.push(Issue::new(IssueCode::TwoPatients));
    study
}

fn reviewed() -> NormalizedStudy {
    let mut study = conflict("2.25.9");
    let hand = sites(&[hand()]);
    let instance = &mut study.series[0].instances[0];
    instance.assertions.push(decided(Facet::Examined, hand.clone()));
    instance.assertions.push(decided(Facet::Visible, hand.clone()));
    let examined = resolution(Facet::Examined, Verdict::Reviewed, Some(hand.clone()), &[3]);
    let visible = resolution(Facet::Visible, Verdict::Reviewed, Some(hand), &[4]);
    instance.resolutions = vec![examined.clone(), visible];
    study.series[0].resolutions = vec![examined];
    study
}

/// Three images, two with one answer, and a file that carries the SOP Instance UID of another.
fn disagreement() -> NormalizedStudy {
    let image = |number: &str, sop: &str, text: &str, part| {
        let more = [(Attribute::BodyPartExamined, text), (Attribute::InstanceNumber, number)];
        let header = header("2.25.10", "2.25.10.1", sop, &more);
        said_by_header(header, "BodyPartExamined", text, sites(&[part]))
    };
    let mut again = image("3", "2.25.10.1.2", "HAND", hand());
    again.issues.push(Issue::new(IssueCode::DuplicateInstance));
    let images = vec![
        image("1", "2.25.10.1.2", "CHEST", chest()),
        again,
        image("3", "2.25.10.1.1", "THORAX", chest()),
    ];
    let mut study = study("2.25.10", images);
    let issue = Issue::new(IssueCode::SeriesDisagrees);
    study.series[0].issues.push(issue);
    study
}

/// What hospitals send: dates that are none, numbers that overflow, control characters, UIDs that are none.
pub fn odd_values() -> NormalizedStudy {
    let more = [
        (Attribute::BodyPartExamined, "CHEST\u{0}\u{1b}[31m PA\u{2028}x"),
        (Attribute::StudyDate, "20240230"),
        (Attribute::StudyTime, "99:99"),
        (Attribute::TimezoneOffsetFromUTC, "+9900"),
        (Attribute::SeriesNumber, "9999999999999999"),
        (Attribute::InstanceNumber, "-1"),
        (Attribute::Modality, "X RAY\u{0}"),
        (Attribute::SOPClassUID, "not a uid"),
        (Attribute::Manufacturer, "\u{0}\u{7}"),
        (Attribute::ManufacturerModelName, "Ray\u{0}3000\u{85}\u{a0}"),
        (Attribute::AccessionNumber, " \u{0}"),
        (Attribute::SeriesDescription, "\u{0}\u{0}\u{0}"),
        (Attribute::StudyDescription, "línea\u{b}1\r\nlínea 2 \u{202e}\u{1f9b4}"),
    ];
    let overflow = "1.2.840.".repeat(12);
    let header = header("1.2.x_y z", &overflow, "SOP UID\u{0}", &more);
    let text = "CHEST\u{0}\u{1b}[31m PA\u{2028}x";
    let mut instance = said_by_header(header, "BodyPartExamined", text, sites(&[chest()]));
    instance.resolutions[0].confidence = Some(f64::NAN);
    let seen = classified(Facet::Visible, sites(&[chest()]), &[f64::INFINITY]);
    instance.assertions.push(seen);
    instance
        .issues
        .push(Issue::at(IssueCode::FileOdd, "StudyDate").detail("bad_value"));
    let mut study = study("1.2.x_y z", vec![instance]);
    study.series[0].uid = overflow;
    study
}

/// A study whose only image says next to nothing.
fn nothing_known() -> NormalizedStudy {
    let header = Header::of(&[
        (Attribute::StudyInstanceUID, "2.25.12"),
        (Attribute::SeriesInstanceUID, "2.25.12.1"),
        (Attribute::SOPInstanceUID, "2.25.12.1.1"),
    ]);
    let mut study = study("2.25.12", vec![silent(header, Vec::new())]);
    study.versions = Versions {
        software: "0.1.0".into(),
        ..Versions::default()
    };
    study
}
