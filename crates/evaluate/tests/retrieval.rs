//! The retrieval simulation over a simulated archive, headers mapped and reconciled by the real code.
//!
//! The image model is simulated: a calibrated classifier that is right on 19 of 20 images and whose errors fall
//! mostly on neighbouring parts. The figures of a real model are printed by `bodysite evaluate`.

mod simulated_model;

use bodysite_evaluate::{Figures, Labels, Options, Prediction, Report, Stages, Strategy, StrategyScore, evaluate};
use bodysite_mapping::Mapper;
use bodysite_phantom::{Rates, archive, archive_images, archive_labels};
use bodysite_reconcile::{OnConflict, Policy, needs_review, resolve_instance};
use bodysite_terminology::Terminology;
use simulated_model::SimulatedModel;

const SAMPLES: &str = include_str!("../../../models/phantom-samples/labels.csv");

fn simulate(studies: usize, seed: u64, model: &SimulatedModel) -> Report {
    let t = Terminology::builtin();
    let images = archive_images(SAMPLES, 0.5, t).unwrap();
    let files = archive(&images, studies, seed, &Rates::default(), t).unwrap();
    let labels = Labels::read(archive_labels(&files, &images).as_bytes(), t).unwrap();
    let likelier = Policy {
        on_conflict: OnConflict::Likelier,
        ..Policy::default()
    };
    let predict = |(at, file): (usize, &bodysite_phantom::ArchiveFile)| {
        let header = file.header();
        let (said, _) = Mapper::builtin().assert_header(&header);
        let shown = model.assertions(&images[file.image], seed, at as u64);
        let all = [said.clone(), shown].concat();
        let (emitted, issues) = resolve_instance(&all, &Policy::default(), t);
        let stages = Stages {
            header: &resolve_instance(&said, &Policy::default(), t).0,
            reconciled: &resolve_instance(&all, &likelier, t).0,
            emitted: &emitted,
        };
        Prediction::new(
            &file.path,
            &header,
            &all,
            stages,
            needs_review(emitted[0].verdict, &issues),
        )
    };
    let predictions: Vec<Prediction> = files.iter().enumerate().map(predict).collect();
    let options = Options {
        by: vec!["corruption".to_owned()],
        ..Options::default()
    };
    evaluate(&labels, &predictions, &options, t).unwrap()
}

fn f1(figures: Figures) -> f64 {
    figures.f1.unwrap()
}

#[test]
fn reconciled_answers_find_what_the_issue_asks_for() {
    let report = simulate(2000, 11, &SimulatedModel::default());
    if std::env::var_os("BODYSITE_SHOW").is_some() {
        use std::io::Write;
        writeln!(std::io::stderr(), "{}", report.to_markdown()).unwrap();
        for (name, table) in report.to_tables() {
            std::fs::write(std::env::temp_dir().join(name), table).unwrap();
        }
        std::fs::write(
            std::env::temp_dir().join("report.html"),
            report.to_html(Terminology::builtin()),
        )
        .unwrap();
    }
    let retrieval = &report.all.retrieval;
    let score = |s| -> &StrategyScore { retrieval.strategy(s).unwrap() };
    let reconciled = score(Strategy::Reconciled);
    assert!(
        reconciled.micro_after.recall.unwrap() >= 0.99,
        "{:?}",
        reconciled.micro_after
    );
    assert!(
        reconciled.micro_after.precision.unwrap() >= 0.97,
        "{:?}",
        reconciled.micro_after
    );
    let others = [
        Strategy::HeaderRaw,
        Strategy::HeaderMapped,
        Strategy::Model,
        Strategy::And,
        Strategy::Or,
    ];
    for other in others {
        let other = score(other);
        assert!(
            f1(reconciled.micro_before) > f1(other.micro_before),
            "{:?}",
            other.strategy
        );
        assert!(
            f1(reconciled.micro_after) > f1(other.micro_after),
            "{:?}",
            other.strategy
        );
        assert!(
            f1(reconciled.macro_after) > f1(other.macro_after),
            "{:?}",
            other.strategy
        );
    }
}
