//! The policy as a table: what was said, what the image shows, what comes out.

use bodysite_core::{
    Answer, Assertion, Basis, BodySite, Facet, Header, Issue, IssueCode, NormalizedInstance, Relationship, Resolution,
    Side, Verdict,
};
use bodysite_reconcile::{OnConflict, Policy, resolve_instance, resolve_series};
use bodysite_terminology::Terminology;

fn sites(keys: &str) -> Vec<BodySite> {
    let t = Terminology::builtin();
    keys.split('+')
        .map(|k| BodySite::of(t.by_key(k).unwrap_or_else(|| panic!("no key {k}")).concept.clone()))
        .collect()
}

fn mapped(selector: &str) -> Basis {
    Basis::Mapped {
        selector: selector.into(),
        text: format!("text of {selector}"),
        method: "exact".into(),
        rows: vec![],
        steps: vec![],
    }
}

fn assertion(facet: Facet, answer: Answer, basis: Basis, confidence: f64) -> Assertion {
    Assertion {
        facet,
        answer,
        relationship: Relationship::Equivalent,
        confidence: Some(confidence),
        probabilities: vec![],
        basis,
    }
}

/// `BodyPartExamined=CH SeriesDescription=TH`, `ImageLaterality=R`, `BodyPartExamined=!empty`.
fn header(claims: &str) -> Vec<Assertion> {
    let claim = |c: &str| {
        let (selector, value) = c.split_once('=').unwrap();
        match (Side::from_letter(value), value.strip_prefix('!')) {
            (Some(side), _) => assertion(Facet::Laterality, Answer::Side(side), mapped(selector), 0.99),
            (_, Some(why)) => assertion(Facet::Examined, Answer::NoMap(why.into()), mapped(selector), 0.9),
            _ => assertion(Facet::Examined, Answer::Sites(sites(value)), mapped(selector), 0.9),
        }
    };
    claims.split_whitespace().map(claim).collect()
}

/// `TH@0.95 sees TH+KN`, or nothing.
fn image(text: &str) -> Vec<Assertion> {
    let Some((examined, visible)) = text.split_once(" sees ") else {
        assert!(text.is_empty());
        return vec![];
    };
    let (keys, p) = examined.split_once('@').unwrap();
    let basis = || Basis::Classified {
        model: "m".into(),
        weights: "w".into(),
    };
    vec![
        assertion(Facet::Examined, Answer::Sites(sites(keys)), basis(), p.parse().unwrap()),
        assertion(Facet::Visible, Answer::Sites(sites(visible)), basis(), 0.9),
    ]
}

fn keys(resolution: &Resolution) -> String {
    match &resolution.answer {
        None => "-".into(),
        Some(Answer::Sites(sites)) => {
            let t = Terminology::builtin();
            let keys: Vec<_> = sites
                .iter()
                .map(|s| t.target(s.target.code).unwrap().key.as_str())
                .collect();
            keys.join("+")
        }
        Some(Answer::Side(side)) => side.letter().into(),
        Some(other) => format!("{other:?}"),
    }
}

fn resolve(said: &str, shown: &str, on_conflict: OnConflict) -> (Vec<Resolution>, Vec<Issue>) {
    let assertions = [header(said), image(shown)].concat();
    let policy = Policy {
        on_conflict,
        ..Policy::default()
    };
    resolve_instance(&assertions, &policy, Terminology::builtin())
}

fn check(said: &str, shown: &str, verdict: Verdict, expect: &str, codes: &[IssueCode]) {
    let (resolutions, issues) = resolve(said, shown, OnConflict::None);
    let examined = &resolutions[0];
    assert_eq!(examined.facet, Facet::Examined);
    assert_eq!(
        (examined.verdict, keys(examined).as_str()),
        (verdict, expect),
        "{said} | {shown}: {}",
        examined.because
    );
    let found: Vec<_> = issues.iter().map(|i| i.code).collect();
    assert_eq!(found, codes, "{said} | {shown}");
    assert!(examined.because.ends_with('.'), "{}", examined.because);
}

#[test]
fn header_alone() {
    use IssueCode::*;
    check("", "", Verdict::Unresolved, "-", &[]);
    check("BodyPartExamined=!empty", "", Verdict::Unresolved, "-", &[]);
    check("BodyPartExamined=CH", "", Verdict::HeaderOnly, "CH", &[]);
    check(
        "BodyPartExamined=CH SeriesDescription=CH",
        "",
        Verdict::Agreed,
        "CH",
        &[],
    );
    // A French series text that says ankle makes EXTREMITY an ankle.
    check(
        "BodyPartExamined=EX SeriesDescription=AN",
        "",
        Verdict::Agreed,
        "AN",
        &[],
    );
    check(
        "AnatomicRegionSequence=EX BodyPartExamined=AN",
        "",
        Verdict::Refined,
        "AN",
        &[],
    );
    // A protocol left over from the previous patient.
    check(
        "BodyPartExamined=CH SeriesDescription=TH",
        "",
        Verdict::HeaderOnly,
        "TH",
        &[HeaderContradiction],
    );
    check(
        "AnatomicRegionSequence=KN BodyPartExamined=CH",
        "",
        Verdict::HeaderOnly,
        "KN",
        &[HeaderContradiction],
    );
    check(
        "BodyPartExamined=HA SeriesDescription=HA+WR",
        "",
        Verdict::Agreed,
        "HA+WR",
        &[],
    );
}

#[test]
fn study_text_refines_or_flags_and_never_replaces() {
    use IssueCode::*;
    check(
        "BodyPartExamined=KN StudyDescription=CH",
        "",
        Verdict::HeaderOnly,
        "KN",
        &[StudyTextDiffers],
    );
    check(
        "BodyPartExamined=EX StudyDescription=KN",
        "",
        Verdict::Refined,
        "KN",
        &[],
    );
    check(
        "BodyPartExamined=EX StudyDescription=KN+AN",
        "",
        Verdict::Agreed,
        "EX",
        &[],
    );
    check(
        "BodyPartExamined=!empty StudyDescription=CH",
        "",
        Verdict::HeaderOnly,
        "CH",
        &[],
    );
    check(
        "BodyPartExamined=!empty StudyDescription=CH+AB",
        "",
        Verdict::Unresolved,
        "-",
        &[],
    );
}

#[test]
fn header_beside_the_image() {
    use IssueCode::*;
    check("", "TH@0.95 sees TH+KN", Verdict::ImageOnly, "TH", &[]);
    check("", "TH@0.40 sees TH+KN", Verdict::Unresolved, "-", &[]);
    check("BodyPartExamined=TH", "TH@0.95 sees TH", Verdict::Agreed, "TH", &[]);
    check("BodyPartExamined=EX", "TH@0.95 sees TH", Verdict::Refined, "TH", &[]);
    check("BodyPartExamined=EX", "TH@0.50 sees TH", Verdict::HeaderOnly, "EX", &[]);
    check("BodyPartExamined=AN", "LL@0.95 sees LL", Verdict::Agreed, "AN", &[]);
    check("BodyPartExamined=KN", "TH@0.95 sees TH+KN", Verdict::Agreed, "KN", &[]);
    check(
        "BodyPartExamined=KN",
        "TH@0.95 sees TH",
        Verdict::Conflicting,
        "-",
        &[ImageContradiction],
    );
    check(
        "BodyPartExamined=CH",
        "KN@0.95 sees KN",
        Verdict::Conflicting,
        "-",
        &[ImageContradiction],
    );
    check("BodyPartExamined=CH", "KN@0.60 sees KN", Verdict::HeaderOnly, "CH", &[]);
}

#[test]
fn the_run_decides_what_a_conflict_emits() {
    let emitted = |policy| keys(&resolve("BodyPartExamined=CH", "KN@0.95 sees KN", policy).0[0]);
    assert_eq!(emitted(OnConflict::None), "-");
    assert_eq!(emitted(OnConflict::Header), "CH");
    assert_eq!(emitted(OnConflict::Image), "KN");
}

#[test]
fn a_reviewer_settles_it() {
    let mut assertions = [header("BodyPartExamined=CH"), image("KN@0.95 sees KN")].concat();
    let basis = Basis::Reviewed {
        reviewer: "radiographer".into(),
        at: "2026-01-02T03:04:05Z".into(),
    };
    assertions.push(assertion(Facet::Examined, Answer::Sites(sites("AN")), basis, 1.0));
    let (resolutions, issues) = resolve_instance(&assertions, &Policy::default(), Terminology::builtin());
    assert_eq!(resolutions[0].verdict, Verdict::Reviewed);
    assert_eq!(keys(&resolutions[0]), "AN");
    assert!(issues.is_empty());
}

fn side(said: &str) -> (Option<String>, Vec<IssueCode>) {
    let (resolutions, issues) = resolve(said, "", OnConflict::None);
    let laterality = resolutions.iter().find(|r| r.facet == Facet::Laterality);
    (laterality.map(keys), issues.iter().map(|i| i.code).collect())
}

#[test]
fn sides_need_a_paired_part_and_no_contradiction() {
    use IssueCode::*;
    assert_eq!(
        side("BodyPartExamined=KN ImageLaterality=R"),
        (Some("R".into()), vec![])
    );
    assert_eq!(
        side("BodyPartExamined=KN SeriesDescription=L"),
        (Some("L".into()), vec![])
    );
    assert_eq!(
        side("BodyPartExamined=CH ImageLaterality=R"),
        (None, vec![LateralityNotApplicable])
    );
    assert_eq!(
        side("BodyPartExamined=KN ImageLaterality=R SeriesDescription=L"),
        (Some("-".into()), vec![LateralityConflict])
    );
    assert_eq!(
        side("BodyPartExamined=KN ImageLaterality=R StudyDescription=L"),
        (Some("R".into()), vec![])
    );
    assert_eq!(side("BodyPartExamined=KN"), (None, vec![]));
}

fn series(answers: &[&str]) -> (String, Verdict, Vec<IssueCode>) {
    let instance = |said: &&str| NormalizedInstance {
        path: String::new(),
        header: Header::default(),
        assertions: vec![],
        resolutions: resolve(said, "", OnConflict::None).0,
        issues: vec![],
    };
    let instances: Vec<_> = answers.iter().map(instance).collect();
    let (resolutions, issues) = resolve_series(&instances);
    let codes = issues.iter().map(|i| i.code).collect();
    (keys(&resolutions[0]), resolutions[0].verdict, codes)
}

#[test]
fn a_series_is_what_most_of_its_images_are() {
    use IssueCode::*;
    let (ch, kn, none) = ("BodyPartExamined=CH", "BodyPartExamined=KN", "BodyPartExamined=!empty");
    assert_eq!(series(&[ch, ch]), ("CH".into(), Verdict::HeaderOnly, vec![]));
    assert_eq!(series(&[ch, none]), ("CH".into(), Verdict::HeaderOnly, vec![]));
    assert_eq!(
        series(&[ch, ch, kn]),
        ("CH".into(), Verdict::HeaderOnly, vec![SeriesDisagrees])
    );
    assert_eq!(
        series(&[ch, kn]),
        ("-".into(), Verdict::Conflicting, vec![SeriesDisagrees])
    );
    assert_eq!(series(&[none, none]), ("-".into(), Verdict::Unresolved, vec![]));
}
