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

fn simulate(studies: usize, seed: u64, rates: &Rates, model: &SimulatedModel) -> Report {
    let t = Terminology::builtin();
    let images = archive_images(SAMPLES, 0.5, t).unwrap();
    let files = archive(&images, studies, seed, rates, t).unwrap();
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

/// Prints the report where `BODYSITE_SHOW` asks for it.
#[expect(clippy::print_stderr, reason = "figures for a person, on request")]
fn show(what: &str, report: &Report) {
    if std::env::var_os("BODYSITE_SHOW").is_some() {
        eprintln!("## {what}\n{}", report.to_markdown());
    }
}

fn score(report: &Report, strategy: Strategy) -> &StrategyScore {
    report.all.retrieval.strategy(strategy).unwrap()
}

fn f1(figures: Figures) -> f64 {
    figures.f1.unwrap()
}

/// Reconciled answers are better than every other strategy, before the review and after it.
fn check_best(report: &Report) {
    let reconciled = score(report, Strategy::Reconciled);
    let others = [
        Strategy::HeaderRaw,
        Strategy::HeaderMapped,
        Strategy::Model,
        Strategy::And,
        Strategy::Or,
    ];
    for other in others.map(|s| score(report, s)) {
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
            f1(reconciled.macro_before) > f1(other.macro_before),
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

#[test]
fn a_good_model_and_its_candidates_find_nearly_everything() {
    let report = simulate(2000, 11, &Rates::default(), &SimulatedModel::default());
    show("a good model", &report);
    let after = score(&report, Strategy::Reconciled).micro_after;
    assert!(
        after.recall.unwrap() >= 0.99 && after.precision.unwrap() >= 0.97,
        "{after:?}"
    );
    check_best(&report);
}

#[test]
fn a_model_that_only_answers_is_enough() {
    let model = SimulatedModel {
        tells_candidates: false,
        ..SimulatedModel::default()
    };
    let report = simulate(2000, 11, &Rates::default(), &model);
    show("a model that only answers", &report);
    let after = score(&report, Strategy::Reconciled).micro_after;
    assert!(
        after.recall.unwrap() >= 0.98 && after.precision.unwrap() >= 0.97,
        "{after:?}"
    );
    check_best(&report);
}

#[test]
fn a_weak_model_is_still_worth_reconciling() {
    let model = SimulatedModel {
        easy: 0.6,
        middling: 0.2,
        ..SimulatedModel::default()
    };
    let report = simulate(1000, 12, &Rates::default(), &model);
    show("a weak model", &report);
    check_best(&report);
}

#[test]
fn confident_errors_do_not_turn_the_order_round() {
    let model = SimulatedModel {
        blind: 0.05,
        ..SimulatedModel::default()
    };
    let report = simulate(1000, 13, &Rates::default(), &model);
    show("a model with confident errors", &report);
    check_best(&report);
}

#[test]
fn an_archive_twice_as_wrong_as_the_policy_assumes() {
    let rates = Rates {
        wrong: 0.3,
        missing: 0.2,
        ..Rates::default()
    };
    let report = simulate(1000, 14, &rates, &SimulatedModel::default());
    show("an archive twice as wrong", &report);
    check_best(&report);
}
