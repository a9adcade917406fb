//! The policy as a table: what was said, what the image shows, what comes out.

use bodysite_core::{
    Answer, Assertion, Basis, BodySite, Facet, Header, Issue, IssueCode, NormalizedInstance, NormalizedSeries,
    Relationship, Resolution, Side, Verdict,
};
use bodysite_reconcile::{OnConflict, Policy, needs_review, resolve_instance, resolve_series, resolve_study};
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

/// What the image model claims: `TH@0.95 sees TH+KN` is an answer and what is visible; `TH@0.9,KN@0.08` an answer with
/// everything else that the model supports (`*@0.02` spreads a rest over all others); a leading `?` lists without
/// answering; nothing is no claim.
fn image(text: &str) -> Vec<Assertion> {
    let (examined, visible) = text.split_once(" sees ").unwrap_or((text, ""));
    let listed = candidates(examined.trim_start_matches('?'));
    let mut claims = Vec::new();
    if !examined.is_empty() && !examined.starts_with('?') {
        claims.push(by_model(Facet::Examined, &listed[..1], Some(listed[0].1)));
    }
    if listed.len() > 1 {
        claims.push(by_model(Facet::Examined, &listed, None));
    }
    if !visible.is_empty() {
        let seen: Vec<(String, f64)> = visible.split('+').map(|k| (k.to_owned(), 0.9)).collect();
        claims.push(by_model(Facet::Visible, &seen, None));
    }
    claims
}

fn candidates(text: &str) -> Vec<(String, f64)> {
    let mut listed: Vec<(String, f64)> = Vec::new();
    for cell in text.split(',').filter(|c| !c.is_empty()) {
        let (key, p) = cell.split_once('@').unwrap();
        let p: f64 = p.parse().unwrap();
        if key != "*" {
            listed.push((key.to_owned(), p));
            continue;
        }
        let targets = Terminology::builtin().targets().iter().map(|t| t.key.clone());
        let others: Vec<String> = targets.filter(|k| listed.iter().all(|l| l.0 != *k)).collect();
        let share = p / others.len() as f64;
        listed.extend(others.into_iter().map(|k| (k, share)));
    }
    listed
}

fn by_model(facet: Facet, listed: &[(String, f64)], confidence: Option<f64>) -> Assertion {
    Assertion {
        facet,
        answer: Answer::Sites(listed.iter().flat_map(|l| sites(&l.0)).collect()),
        relationship: Relationship::Equivalent,
        confidence,
        probabilities: listed.iter().map(|l| l.1).collect(),
        basis: Basis::Classified {
            model: "m".into(),
            weights: "w".into(),
        },
    }
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
fn no_header_and_the_image() {
    check("", "TH@0.95 sees TH+KN", Verdict::ImageOnly, "TH", &[]);
    check("BodyPartExamined=!empty", "TH@0.95", Verdict::ImageOnly, "TH", &[]);
    check("", "TH@0.40 sees TH+KN", Verdict::Unresolved, "-", &[]);
    check("", "?TH@0.50,KN@0.45,*@0.05", Verdict::Unresolved, "-", &[]);
}

#[test]
fn a_coarse_header_and_the_image() {
    use IssueCode::*;
    check("BodyPartExamined=EX", "TH@0.95 sees TH", Verdict::Refined, "TH", &[]);
    check(
        "BodyPartExamined=SP",
        "LS@0.90,TS@0.08,*@0.02",
        Verdict::Refined,
        "LS",
        &[],
    );
    check("BodyPartExamined=EX", "TH@0.50 sees TH", Verdict::HeaderOnly, "EX", &[]);
    check(
        "BodyPartExamined=LL",
        "?KN@0.45,TH@0.45,*@0.10",
        Verdict::HeaderOnly,
        "LL",
        &[],
    );
    // The header tells apart what the image cannot.
    check(
        "BodyPartExamined=LL",
        "?EL@0.55,KN@0.43,*@0.02",
        Verdict::Refined,
        "KN",
        &[],
    );
    check("BodyPartExamined=EX", "EX@0.90", Verdict::Agreed, "EX", &[]);
    check(
        "BodyPartExamined=EX",
        "CH@0.95 sees CH",
        Verdict::Conflicting,
        "-",
        &[ImageContradiction],
    );
    check(
        "BodyPartExamined=LL",
        "HA@0.97,WR@0.02,*@0.01 sees HA",
        Verdict::Conflicting,
        "-",
        &[ImageContradiction],
    );
}

#[test]
fn an_exact_header_and_the_image() {
    use IssueCode::*;
    check("BodyPartExamined=TH", "TH@0.95 sees TH", Verdict::Agreed, "TH", &[]);
    check("BodyPartExamined=TH", "TH@0.40 sees TH", Verdict::Agreed, "TH", &[]);
    check("BodyPartExamined=AN", "LL@0.95 sees LL", Verdict::Agreed, "AN", &[]);
    check("BodyPartExamined=FT", "TO@0.99 sees TO", Verdict::Refined, "TO", &[]);
    check("BodyPartExamined=FT", "TO@0.50 sees TO", Verdict::HeaderOnly, "FT", &[]);
    check(
        "BodyPartExamined=HA+WR",
        "HA@0.95 sees HA+WR",
        Verdict::Agreed,
        "HA+WR",
        &[],
    );
    check(
        "BodyPartExamined=CH",
        "KN@0.95 sees KN",
        Verdict::Conflicting,
        "-",
        &[ImageContradiction],
    );
    check("BodyPartExamined=CH", "KN@0.60 sees KN", Verdict::HeaderOnly, "CH", &[]);
    check(
        "BodyPartExamined=CH",
        "?KN@0.40,CH@0.10,*@0.50",
        Verdict::HeaderOnly,
        "CH",
        &[],
    );
    // A model that cannot tell knee from thigh knows that it is no chest.
    check(
        "BodyPartExamined=CH",
        "?KN@0.60,TH@0.39,*@0.01",
        Verdict::Conflicting,
        "-",
        &[ImageContradiction],
    );
}

#[test]
fn visible_but_not_examined() {
    use IssueCode::*;
    check("BodyPartExamined=KN", "TH@0.95 sees TH+KN", Verdict::Agreed, "KN", &[]);
    check(
        "BodyPartExamined=KN",
        "TH@0.95 sees TH",
        Verdict::Conflicting,
        "-",
        &[ImageContradiction],
    );
    // A model that does not say what it sees: a knee is usually on an image of the thigh.
    check("BodyPartExamined=KN", "TH@0.95", Verdict::Agreed, "KN", &[]);
    check(
        "BodyPartExamined=EL",
        "TH@0.95",
        Verdict::Conflicting,
        "-",
        &[ImageContradiction],
    );
}

#[test]
fn an_image_that_leaves_the_header_likely_is_no_conflict() {
    use IssueCode::*;
    let near = "TH@0.85,KN@0.14,*@0.01 sees TH";
    check("BodyPartExamined=KN", near, Verdict::HeaderOnly, "KN", &[]);
    let far = "TH@0.99,KN@0.00001,*@0.00999 sees TH";
    check(
        "BodyPartExamined=KN",
        far,
        Verdict::Conflicting,
        "-",
        &[ImageContradiction],
    );
}

#[test]
fn of_a_label_that_the_model_does_not_support_the_image_says_nothing() {
    let supports_two = "LS@0.95,TS@0.05 sees LS";
    check("BodyPartExamined=SC", supports_two, Verdict::HeaderOnly, "SC", &[]);
}

#[test]
fn the_image_decides_between_two_attributes_that_contradict() {
    use IssueCode::*;
    check(
        "BodyPartExamined=CH SeriesDescription=TH",
        "CH@0.97 sees CH",
        Verdict::Agreed,
        "CH",
        &[HeaderContradiction],
    );
    check(
        "BodyPartExamined=KN StudyDescription=CH",
        "CH@0.97 sees CH",
        Verdict::Agreed,
        "CH",
        &[StudyTextDiffers],
    );
    check(
        "BodyPartExamined=CH SeriesDescription=TH",
        "SK@0.97 sees SK",
        Verdict::Conflicting,
        "-",
        &[HeaderContradiction, ImageContradiction],
    );
}

fn confidence(said: &str, shown: &str) -> f64 {
    resolve(said, shown, OnConflict::Likelier).0[0].confidence.unwrap()
}

#[test]
fn confidence_is_that_of_both_sides_together() {
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    // 0.85 of Body Part Examined times 0.9 of the mapping.
    close(confidence("BodyPartExamined=KN", ""), 0.765);
    close(confidence("", "KN@0.95"), 0.95);
    // 0.765 × 0.95 against 0.235 / 35 × 0.05.
    let both = 0.765 * 0.95 / (0.765 * 0.95 + 0.235 / 35.0 * 0.05);
    close(confidence("BodyPartExamined=KN", "KN@0.95"), both);
    // No part is ruled out: 0.0003 is the least that an image leaves to each.
    let image = 0.235 / 35.0 * 0.99;
    let header = 0.765 * 0.0003;
    let rest = 0.235 / 35.0 * 0.0003 * 34.0;
    close(
        confidence("BodyPartExamined=SK", "KN@0.99 sees KN"),
        image / (image + header + rest),
    );
}

#[test]
fn attributes_filled_by_one_selection_count_once_and_an_order_counts_beside_them() {
    let alone = confidence("BodyPartExamined=KN", "");
    let repeated = confidence("BodyPartExamined=KN ProtocolName=KN SeriesDescription=KN", "");
    let ordered = confidence("BodyPartExamined=KN StudyDescription=KN", "");
    assert!(repeated < 0.9, "{repeated}");
    assert!(alone < repeated && repeated < ordered, "{alone} {repeated} {ordered}");
    assert!(confidence("BodyPartExamined=KN SeriesDescription=CH", "") < 0.7);
}

#[test]
fn the_run_decides_what_a_conflict_emits() {
    let emitted = |policy| keys(&resolve("BodyPartExamined=CH", "KN@0.95 sees KN", policy).0[0]);
    assert_eq!(emitted(OnConflict::None), "-");
    assert_eq!(emitted(OnConflict::Header), "CH");
    assert_eq!(emitted(OnConflict::Image), "KN");
    assert_eq!(emitted(OnConflict::Likelier), "KN");
}

#[test]
fn the_text_of_the_header_does_not_stand_beside_the_image_s_answer() {
    let (resolutions, _) = resolve("BodyPartExamined=CH", "KN@0.95 sees KN", OnConflict::Image);
    assert_eq!(resolutions[0].original_text, None);
    assert_eq!(resolutions[0].from, [1, 0]);
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

#[test]
fn what_a_reviewer_has_settled_is_not_asked_again() {
    let issues = [Issue::at(IssueCode::HeaderContradiction, "BodyPartExamined")];
    assert!(needs_review(Verdict::HeaderOnly, &issues));
    assert!(!needs_review(Verdict::Reviewed, &issues));
    assert!(needs_review(Verdict::Conflicting, &[]));
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
    assert_eq!(side("BodyPartExamined=!empty ImageLaterality=R"), (None, vec![]));
}

fn series(answers: &[&str]) -> (String, Verdict, Vec<IssueCode>) {
    let instance = |text: &&str| {
        let (said, shown) = text.split_once(" | ").unwrap_or((text, ""));
        NormalizedInstance {
            path: String::new(),
            header: Header::default(),
            assertions: vec![],
            resolutions: resolve(said, shown, OnConflict::None).0,
            issues: vec![],
            adjusted: false,
        }
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
    // Images that contradict their header speak against an answer, too.
    let contested = "BodyPartExamined=CH | KN@0.95 sees KN";
    assert_eq!(
        series(&[ch, contested]),
        ("-".into(), Verdict::Conflicting, vec![SeriesDisagrees])
    );
    assert_eq!(
        series(&[ch, ch, contested]),
        ("CH".into(), Verdict::HeaderOnly, vec![SeriesDisagrees])
    );
}

/// A study of series: `KN` and `KN/R` are answers with and without a side, `-` is none, `!` one that a person must decide.
fn study(series: &[&str]) -> String {
    let resolution = |facet, answer: Option<Answer>, verdict| Resolution {
        facet,
        verdict,
        answer,
        confidence: None,
        original_text: None,
        from: vec![0],
        because: "BodyPartExamined says so.".into(),
    };
    let examined = |answer: &str| match answer {
        "-" => resolution(Facet::Examined, None, Verdict::Unresolved),
        "!" => resolution(Facet::Examined, None, Verdict::Conflicting),
        keys => resolution(Facet::Examined, Some(Answer::Sites(sites(keys))), Verdict::HeaderOnly),
    };
    let side = |letter: &str| {
        let answer = Answer::Side(Side::from_letter(letter).unwrap());
        resolution(Facet::Laterality, Some(answer), Verdict::HeaderOnly)
    };
    let one = |text: &&str| {
        let (part, letter) = text.split_once('/').map_or((*text, None), |(p, l)| (p, Some(l)));
        NormalizedSeries {
            uid: "1.2".into(),
            instances: Vec::new(),
            resolutions: [Some(examined(part)), letter.map(side)].into_iter().flatten().collect(),
            issues: Vec::new(),
        }
    };
    let all: Vec<NormalizedSeries> = series.iter().map(one).collect();
    let shown = |r: &Resolution| {
        let answer = match &r.answer {
            None => "none".to_owned(),
            Some(Answer::Side(side)) => side.letter().to_owned(),
            Some(Answer::Sites(sites)) => {
                let names: Vec<&str> = sites.iter().map(|s| s.target.display.as_str()).collect();
                names.join("+")
            }
            other => panic!("{other:?}"),
        };
        format!("{answer} ({:?}, from {:?}) {}", r.verdict, r.from, r.because)
    };
    resolve_study(&all).iter().map(shown).collect::<Vec<_>>().join("; ")
}

#[test]
fn a_study_shows_the_parts_of_all_its_series() {
    let said = "BodyPartExamined says so.";
    assert_eq!(study(&["KN"]), format!("Knee (HeaderOnly, from [0]) {said}"));
    assert_eq!(
        study(&["KN", "KN"]),
        "Knee (HeaderOnly, from [0, 1]) The 2 series show Knee."
    );
    assert_eq!(
        study(&["HA", "KN", "HA"]),
        "Hand+Knee (HeaderOnly, from [0, 1, 2]) The 3 series show Hand and Knee."
    );
    assert_eq!(study(&["-"]), format!("none (Unresolved, from [0]) {said}"));
    assert_eq!(
        study(&["KN", "-"]),
        "Knee (HeaderOnly, from [0]) 1 of 2 series have an answer: Knee."
    );
    assert_eq!(study(&[]), "");
}

#[test]
fn a_series_that_a_person_must_decide_leaves_the_others_findable() {
    assert_eq!(
        study(&["KN", "!"]),
        "Knee (Conflicting, from [0]) 1 of 2 series have an answer: Knee."
    );
    assert_eq!(study(&["!"]), "none (Conflicting, from [0]) BodyPartExamined says so.");
}

#[test]
fn a_study_has_a_side_only_where_it_shows_one_part() {
    let said = "BodyPartExamined says so.";
    assert_eq!(
        study(&["KN/R", "KN/L"]),
        "Knee (HeaderOnly, from [0, 1]) The 2 series show Knee.; B (HeaderOnly, from [0, 1]) The sides of 2 series together."
    );
    assert_eq!(
        study(&["KN/R", "KN"]),
        format!("Knee (HeaderOnly, from [0, 1]) The 2 series show Knee.; R (HeaderOnly, from [0]) {said}")
    );
    assert!(!study(&["KN/R", "HA/L"]).contains(';'));
}
