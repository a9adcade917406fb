//! What must not leave.

use bodysite_core::{Answer, Attribute, BodySite, Facet, Issue, IssueCode};
use bodysite_fhir::{FhirVersion, Options, resources};

use crate::studies;

fn written(study: &bodysite_core::NormalizedStudy, options: &Options) -> String {
    let lines = resources(study, options).unwrap();
    lines.iter().map(|r| format!("{}\n", r.json)).collect()
}

fn versions() -> [Options; 2] {
    [FhirVersion::R4, FhirVersion::R5].map(|version| Options {
        version,
        ..Options::default()
    })
}

fn chest() -> Answer {
    Answer::Sites(vec![BodySite::of(studies::concept("816094009", "Chest"))])
}

#[test]
fn free_text_and_accession_number_leave_only_on_request() {
    for closed in versions() {
        let text = written(&studies::plain_chest(), &closed);
        for secret in ["Described", "ACC-1", "Patient/"] {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
        let open = Options {
            include_accession: true,
            include_descriptions: true,
            ..closed
        };
        let text = written(&studies::plain_chest(), &open);
        for asked in ["Described study", "Described series", "ACC-1"] {
            assert!(text.contains(asked), "{asked} is missing in {text}");
        }
    }
}

#[test]
fn a_text_that_may_name_a_person_is_not_kept_beside_the_code() {
    let texts = [
        ("SeriesDescription", "ANNA MEIER CHEST"),
        ("BodyPartExamined", "MEIER^ANNA CHEST"),
        ("BodyPartExamined", "CHEST 19790412"),
    ];
    for (selector, text) in texts {
        let more = [(Attribute::from_keyword(selector).unwrap(), text)];
        let header = studies::header("2.25.20", "2.25.20.1", "2.25.20.1.1", &more);
        let instance = studies::said_by_header(header, selector, text, chest());
        let study = studies::study("2.25.20", vec![instance]);
        for options in versions() {
            let json = written(&study, &options);
            assert!(json.contains("816094009"), "{json}");
            assert!(!json.contains(text), "{text} is in {json}");
        }
    }
}

#[test]
fn a_persons_name_in_body_part_examined_is_not_kept_as_unmapped_text() {
    let header = studies::header("2.25.21", "2.25.21.1", "2.25.21.1.1", &[]);
    let mut instance = studies::said_by_header(header, "BodyPartExamined", "ANNA MEIER", chest());
    let nothing = Answer::NoMap("person_name".into());
    instance.assertions = vec![studies::mapped(
        Facet::Examined,
        "BodyPartExamined",
        "ANNA MEIER",
        nothing,
    )];
    instance.resolutions[0].answer = None;
    instance.resolutions[0].verdict = bodysite_core::Verdict::Unresolved;
    instance.resolutions[0].from = Vec::new();
    let study = studies::study("2.25.21", vec![instance]);
    for options in versions() {
        let json = written(&study, &options);
        assert!(!json.contains("MEIER"), "{json}");
    }
}

#[test]
fn of_a_study_with_two_patients_only_the_issues_leave() {
    let mut study = studies::plain_chest();
    study.issues.push(Issue::new(IssueCode::TwoPatients));
    for options in versions() {
        let all = resources(&study, &options).unwrap();
        let types: Vec<_> = all.iter().map(|r| r.resource_type).collect();
        assert_eq!(types, ["OperationOutcome"]);
        assert!(all[0].json.contains("BS0401"));
    }
}
