//! Training on made-up features with known labels, of which some are given wrongly.

use std::path::Path;

use bodysite_terminology::Terminology;

use super::features::Cache;
use super::*;
use crate::architecture::FEATURES;
use crate::sample::{Folder, noise};
use crate::{Model, Support};

const KEYS: [&str; 4] = ["CH", "KN", "EL", "HA"];
const IMAGES: usize = 800;

fn id(key: &str) -> Sctid {
    Terminology::builtin().by_key(key).unwrap().concept.code
}

/// An archive, the true class of each image, and a folder with its features.
struct Archive {
    images: Vec<Image>,
    truth: Vec<usize>,
    cache: tempfile::TempDir,
}

/// Two images a study; every seventh label is of the next class; every tenth image was reviewed.
fn archive(model: &Model) -> Archive {
    let cache = tempfile::tempdir().unwrap();
    let features = Cache::open(cache.path(), "features", &model.backbone_sha256(), FEATURES).unwrap();
    let mut centres: Vec<Vec<f32>> = Vec::new();
    let mut noise = noise(5);
    for _ in KEYS {
        centres.push((0..FEATURES).map(|_| 1.0 + 0.25 * noise()).collect());
    }
    let (mut images, mut truth) = (Vec::new(), Vec::new());
    for i in 0..IMAGES {
        let class = (i / 2) % KEYS.len();
        let wrong = i % 7 == 3;
        let given = if wrong { (class + 1) % KEYS.len() } else { class };
        let seen: Vec<f32> = centres[class].iter().map(|c| c + noise()).collect();
        features.add(&format!("image {i}"), &seen).unwrap();
        images.push(Image {
            name: format!("name {i}"),
            key: format!("image {i}"),
            group: format!("study {}", i / 2),
            examined: Some(id(KEYS[given])),
            visible: None,
            source: if i % 10 == 0 && !wrong {
                Source::Reviewed
            } else {
                Source::Header
            },
        });
        truth.push(class);
    }
    Archive { images, truth, cache }
}

fn run(model: &Model, archive: &Archive, threads: usize) -> Trained {
    let mut options = Options::new("fitted");
    options.threads = threads;
    options.epochs = 12;
    train(
        model,
        &archive.images,
        &|_| None,
        archive.cache.path(),
        &options,
        &mut |_| {},
    )
    .unwrap()
}

fn sample() -> Model {
    Folder::new().load().unwrap()
}

#[test]
fn wrong_labels_are_found_and_the_model_is_right_where_they_are_not() {
    let model = sample();
    let archive = archive(&model);
    let trained = run(&model, &archive, 1);

    let index = |name: &str| name.strip_prefix("name ").unwrap().parse::<usize>().unwrap();
    let asked: Vec<usize> = (0..IMAGES)
        .filter(|i| Split::of(1, &archive.images[*i].group) != Split::Test)
        .collect();
    let wrong = |i: &usize| i % 7 == 3;
    let found: Vec<usize> = trained.suspects.iter().map(|s| index(&s.name)).collect();
    let hits = found.iter().filter(|i| wrong(i)).count();
    let all = asked.iter().filter(|i| wrong(i)).count();
    assert!(hits * 100 >= all * 90, "{hits} of {all} wrong labels found");
    assert!(
        hits * 100 >= found.len() * 90,
        "{hits} of {} suspects are wrong",
        found.len()
    );
    assert!(found.iter().all(|i| archive.images[*i].source != Source::Reviewed));
    let right = trained
        .suspects
        .iter()
        .filter(|s| s.proposed == id(KEYS[archive.truth[index(&s.name)]]));
    assert!(right.count() * 100 >= found.len() * 90);

    let fitted = trained.model().unwrap();
    let cache = Cache::open(archive.cache.path(), "features", &fitted.backbone_sha256(), FEATURES).unwrap();
    let kept_back: Vec<usize> = (0..IMAGES).filter(|i| !asked.contains(i)).collect();
    let answer = |i: &usize| {
        let features = cache.get(&archive.images[*i].key).unwrap().unwrap();
        fitted.judge(&fitted.heads(features)).examined[0].concept.code
    };
    let right = kept_back
        .iter()
        .filter(|i| answer(i) == id(KEYS[archive.truth[**i]]))
        .count();
    assert!(
        right * 100 >= kept_back.len() * 97,
        "{right} of {} kept back",
        kept_back.len()
    );

    assert!(trained.is_better());
    assert!((trained.metrics.suspected_labels - 1.0 / 7.0).abs() < 0.03);
    assert!(trained.metrics.fitted.visible_accuracy > 0.85);
    assert_eq!(fitted.labels().examined[3].support, Support::Real);
}

#[test]
fn neither_threads_nor_a_second_run_change_a_byte() {
    let model = sample();
    let mut archive = archive(&model);
    archive.images.truncate(200);
    assert_eq!(run(&model, &archive, 1).files, run(&model, &archive, 2).files);
}

#[test]
fn nothing_is_overwritten_and_a_worse_model_is_written_only_on_demand() {
    let model = sample();
    let mut archive = archive(&model);
    archive.images.truncate(200);
    let mut trained = run(&model, &archive, 1);
    let models = tempfile::tempdir().unwrap();
    let folder = trained.write(models.path(), false).unwrap();
    assert_eq!(Model::from_dir(&folder).unwrap().id(), "fitted");
    assert!(folder.join("MODEL_CARD.md").is_file() && folder.join("metrics.json").is_file());
    assert!(matches!(
        trained.write(models.path(), false),
        Err(WriteError::Exists(_))
    ));

    trained.metrics.model = "worse".to_owned();
    (trained.metrics.won, trained.metrics.lost) = (2, 4);
    assert!(trained.is_better());
    (trained.metrics.won, trained.metrics.lost) = (2, 9);
    assert!(matches!(
        trained.write(models.path(), false),
        Err(WriteError::Worse { .. })
    ));
    assert!(!models.path().join("worse").exists());
    assert!(trained.write(models.path(), true).unwrap().ends_with("worse"));
    let left: Vec<_> = std::fs::read_dir(models.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn too_little_is_refused() {
    let model = sample();
    let mut archive = archive(&model);
    archive.images.truncate(12);
    let options = Options::new("fitted");
    let no_frames = |_| None;
    let train = |images: &[Image], folder: &Path| {
        train(&model, images, &no_frames, folder, &options, &mut |_| {})
            .unwrap_err()
            .to_string()
    };
    let error = train(&archive.images, archive.cache.path());
    assert_eq!(
        error,
        "12 usable images in 4 classes; at least 20 in two classes are needed"
    );
    let elsewhere = tempfile::tempdir().unwrap();
    let error = train(&archive.images, elsewhere.path());
    assert!(error.starts_with("0 usable images"), "{error}");
}

/// Fits the network from a block on to stripes across and down: the model before and after, and the loss of each pass.
fn fitted_to_stripes(first_block: usize) -> (Model, Model, Vec<f32>) {
    let model = sample();
    let cache = tempfile::tempdir().unwrap();
    // At any place and of any breadth.
    let picture = |i: usize| {
        let (down, breadth) = (i % 2, 4 + i % 5);
        let value = |p: usize| {
            let at = if down == 1 { p % 64 } else { p / 64 } + i;
            ((at / breadth % 2) * 40_000 + p * 7919 % 9000) as u16
        };
        Frame::new(64, 64, (0..64 * 64).map(value).collect()).ok()
    };
    let image = |i: usize| Image {
        name: String::new(),
        key: format!("picture {i}"),
        group: format!("study {i}"),
        examined: Some(id(KEYS[i % 2])),
        visible: None,
        source: Source::Reviewed,
    };
    let images: Vec<Image> = (0..64).map(image).collect();
    let mut options = Options::new("fitted");
    (options.epochs, options.block_epochs, options.first_block) = (2, 2, first_block);
    let mut losses = Vec::new();
    let mut note = |event: &Event| {
        if let Event::Epoch {
            stage: Stage::Blocks,
            loss,
            ..
        } = event
        {
            losses.push(*loss);
        }
    };
    let trained = train(&model, &images, &picture, cache.path(), &options, &mut note).unwrap();
    let fitted = trained.model().unwrap();
    (model, fitted, losses)
}

fn differ(a: &Model, b: &Model, tensor: &str) -> bool {
    a.weights.values(tensor) != b.weights.values(tensor)
}

#[test]
fn the_last_blocks_are_fitted_where_that_helps() {
    let (before, after, losses) = fitted_to_stripes(FIRST_BLOCK);
    assert_eq!(losses.len(), 2);
    assert!(losses[1] < losses[0], "{losses:?}");
    assert!(differ(&before, &after, "blocks.11.expand.weight"));
    assert!(!differ(&before, &after, "blocks.10.expand.weight"));
}

#[test]
fn the_whole_network_is_fitted_where_that_is_asked_for() {
    let (before, after, losses) = fitted_to_stripes(0);
    assert!(losses[1] < losses[0], "{losses:?}");
    for tensor in ["stem.weight", "stem.bias", "blocks.0.depthwise.weight", "head.weight"] {
        assert!(differ(&before, &after, tensor), "{tensor}");
    }
}
