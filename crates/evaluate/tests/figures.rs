//! Every measure against numbers worked out by hand over five images.

use bodysite_core::{Sctid, Side};
use bodysite_evaluate::{
    Agreement, Answered, Counts, LabelError, Labels, Options, Prediction, Report, Scored, Source, Strategy, evaluate,
};
use bodysite_terminology::Terminology;

fn id(key: &str) -> Sctid {
    Terminology::builtin().by_key(key).unwrap().concept.code
}

fn answer(keys: &str, confidence: Option<f64>) -> Answered {
    Answered {
        sites: keys.split_whitespace().map(id).collect(),
        confidence,
    }
}

/// Path, raw value, header, model with its confidence, reconciled with its confidence.
type Row = (
    &'static str,
    Option<&'static str>,
    &'static str,
    (&'static str, Option<f64>),
    (&'static str, Option<f64>),
);

const ROWS: [Row; 5] = [
    ("a", Some("CHEST"), "CH", ("CH", Some(0.9)), ("CH", Some(0.9))),
    ("b", Some("knee "), "KN", ("CH", Some(0.8)), ("CH", Some(0.8))),
    ("c", Some("EXTREMITY"), "EX", ("KN", Some(0.7)), ("KN", Some(0.7))),
    ("d", None, "", ("AN", Some(0.6)), ("AN", Some(0.6))),
    ("e", Some("TOBILLO"), "AN", ("", None), ("AN", Some(0.5))),
];

fn predictions() -> Vec<Prediction> {
    let mut predictions: Vec<Prediction> = ROWS
        .iter()
        .map(|(path, raw, header, model, reconciled)| Prediction {
            raw: raw.map(str::to_owned),
            header: answer(header, None),
            model: answer(model.0, model.1),
            reconciled: answer(reconciled.0, reconciled.1),
            ..Prediction::without_answer(path)
        })
        .collect();
    let seen = |keys: &str| {
        let scored = |key| Scored { code: id(key), p: None };
        Some(keys.split_whitespace().map(scored).collect())
    };
    predictions[0].visible = seen("CH RI");
    predictions[1].visible = seen("RI CH");
    predictions[2].side = Some(Side::Right);
    predictions[3].side = Some(Side::Right);
    predictions
}

fn labels() -> Labels {
    let [ch, ri, kn, an] = ["CH", "RI", "KN", "AN"].map(id);
    let text = format!(
        "path,examined,visible,laterality,group\na,{ch},{ch}|{ri},,one\nb,{ch},{ch},,one\nc,{kn},,R,two\nd,{kn},,L,two\ne,{an},,L,two\n"
    );
    Labels::read(text.as_bytes(), Terminology::builtin()).unwrap()
}

fn report(options: Options) -> Report {
    evaluate(&labels(), &predictions(), &options, Terminology::builtin()).unwrap()
}

fn close(a: Option<f64>, b: f64) {
    assert!((a.unwrap() - b).abs() < 1e-9, "{a:?} is not {b}");
}

#[test]
fn accuracy_of_the_examined_part() {
    let report = report(Options::default());
    let header = report.all.source(Source::Header).unwrap();
    assert_eq!((header.accuracy.count, header.accuracy.of), (2, 5));
    assert_eq!((header.accuracy_answered.count, header.accuracy_answered.of), (2, 4));
    assert_eq!((header.accuracy_hierarchical.count, header.answered.count), (3, 4));
    let agreement = [
        (Agreement::Exact, 2),
        (Agreement::Broader, 1),
        (Agreement::Wrong, 1),
        (Agreement::None, 1),
    ];
    assert_eq!(header.agreement, agreement.into());
    close(header.macro_recall, 0.5);
    close(header.macro_precision, 2.0 / 3.0);
    close(header.macro_f1, 5.0 / 9.0);
    let chest = header.labels.iter().find(|l| l.code == id("CH")).unwrap();
    close(chest.precision.value, 1.0);
    close(chest.recall.value, 0.5);
    close(chest.f1, 2.0 / 3.0);
    let cell = header
        .confusion
        .iter()
        .find(|c| c.reference == id("KN").to_string() && c.answer.is_none());
    assert_eq!(cell.unwrap().images, 1);
}

#[test]
fn visible_parts() {
    let visible = report(Options::default()).all.visible.unwrap();
    assert_eq!((visible.exact_match.count, visible.exact_match.of), (1, 2));
    assert_eq!((visible.label_accuracy.count, visible.label_accuracy.of), (71, 72));
    close(visible.micro_f1, 6.0 / 7.0);
    close(visible.macro_f1, (1.0 + 2.0 / 3.0) / 2.0);
}

#[test]
fn calibration_coverage_and_risk() {
    let report = report(Options::default());
    let model = report
        .all
        .calibration
        .iter()
        .find(|c| c.source == Source::Model)
        .unwrap();
    close(Some(model.ece), 0.3);
    close(Some(model.brier), 0.125);
    let coverage = report.all.coverage.iter().find(|c| c.source == Source::Model).unwrap();
    close(Some(coverage.mean_risk), 0.0625);
    let last = coverage.points.last().unwrap();
    close(Some(last.coverage), 0.8);
    close(Some(last.risk), 0.25);
}

#[test]
fn sides_and_header_values() {
    let all = report(Options::default()).all;
    let side = all.side.unwrap();
    assert_eq!((side.accuracy.count, side.wrong.count, side.accuracy.of), (1, 1, 3));
    let values = all.header_values;
    assert_eq!((values.values, values.values_mapped, values.empty_images), (4, 4, 1));
    assert_eq!((values.codes, values.codes_reference), (4, 3));
}

#[test]
fn retrieval_before_and_after_a_review() {
    let report = report(Options {
        review_percent: 40.0,
        ..Options::default()
    });
    assert_eq!(report.all.retrieval.reviewed, 2);
    let check = |strategy, key: &str, before: [usize; 3], after: [usize; 3]| {
        let score = report.all.retrieval.strategy(strategy).unwrap();
        let query = score.queries.iter().find(|q| q.code == id(key)).unwrap();
        let counts = |[wanted, found, hits]: [usize; 3]| Counts { wanted, found, hits };
        assert_eq!(
            (query.before, query.after),
            (counts(before), counts(after)),
            "{strategy:?} {key}"
        );
    };
    // Reviewed are e (0.5) and d (0.6).
    check(Strategy::HeaderRaw, "EX", [3, 2, 1], [3, 4, 3]);
    check(Strategy::HeaderMapped, "EX", [3, 3, 2], [3, 4, 3]);
    check(Strategy::And, "EX", [3, 1, 1], [3, 3, 3]);
    check(Strategy::Or, "EX", [3, 4, 3], [3, 4, 3]);
    check(Strategy::HeaderMapped, "KN", [2, 1, 0], [2, 2, 1]);
    check(Strategy::Reconciled, "KN", [2, 1, 1], [2, 2, 2]);
    check(Strategy::Reconciled, "AN", [1, 2, 1], [1, 1, 1]);
    let reconciled = report.all.retrieval.strategy(Strategy::Reconciled).unwrap();
    close(reconciled.micro_after.f1, 1.0);
    close(reconciled.macro_after.recall, 1.0);
}

#[test]
fn a_column_breaks_the_report_down() {
    let by = |column: &str| Options {
        by: vec![column.to_owned()],
        ..Options::default()
    };
    let groups = report(by("group")).groups;
    let sizes: Vec<(&str, usize)> = groups.iter().map(|g| (g.value.as_str(), g.section.images)).collect();
    assert_eq!(sizes, [("one", 2), ("two", 3)]);
    let unknown = evaluate(&labels(), &predictions(), &by("hospital"), Terminology::builtin());
    assert!(matches!(unknown, Err(LabelError::NoSuchColumn(c)) if c == "hospital"));
}

#[test]
fn no_report_but_the_table_of_images_holds_a_path_or_a_header_value() {
    let mut predictions = predictions();
    predictions[0].path = "/archive/DOE_JANE/a".into();
    predictions[0].raw = Some("DOE^JANE".into());
    let t = Terminology::builtin();
    let report = evaluate(&labels(), &predictions, &Options::default(), t).unwrap();
    let mut texts = vec![report.to_json(), report.to_html(t), report.to_markdown()];
    texts.extend(
        report
            .to_tables()
            .into_iter()
            .filter(|(name, _)| *name != "images.csv")
            .map(|(_, text)| text),
    );
    for text in texts {
        assert!(!text.contains("DOE"));
    }
}

#[test]
fn the_page_stands_alone() {
    let t = Terminology::builtin();
    let page = report(Options::default()).to_html(t);
    for outside in ["<script", "http:", "https:", "<link", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    assert_eq!(page.matches("<table").count(), page.matches("</table>").count());
    assert!(page.matches("<svg").count() >= 4);
}

#[test]
fn images_without_a_label_are_left_out_and_counted() {
    let mut predictions = predictions();
    predictions.push(Prediction::without_answer("f"));
    let t = Terminology::builtin();
    let report = evaluate(&labels(), &predictions, &Options::default(), t).unwrap();
    assert_eq!((report.unlabelled, report.all.images), (1, 5));
}
