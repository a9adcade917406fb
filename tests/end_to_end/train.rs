//! `train` on a simulated archive whose headers are partly wrong.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{archive, run};

fn train(archive: &Path, models: &Path, more: &[&str], code: i32) -> String {
    let mut arguments = vec![
        OsStr::new("train"),
        archive.as_os_str(),
        OsStr::new("--out"),
        models.as_os_str(),
    ];
    arguments.extend(more.iter().map(OsStr::new));
    let output = run(&arguments, code);
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[test]
fn a_model_is_fitted_from_headers_goes_on_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (dicom, models) = (archive(folder.path()).join("dicom"), folder.path().join("models"));
    let quick = ["--epochs", "8", "--even-if-worse", "--format", "json"];
    let said = train(&dicom, &models, &[&["--id", "one"], &quick[..]].concat(), 0);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["metrics"]["started_from"], "xray-1");
    let counted: u64 = ["train", "validation", "test"]
        .iter()
        .map(|s| said["metrics"]["images"][s].as_u64().unwrap())
        .sum();
    assert!(counted > 40, "{counted} images");
    let first = fs::read(models.join("one/weights.safetensors")).unwrap();
    for name in ["model.toml", "labels.tsv", "metrics.json", "MODEL_CARD.md"] {
        assert!(models.join("one").join(name).exists(), "{name}");
    }
    let log = fs::read_to_string(models.join("one.train.html")).unwrap();
    assert!(log.contains("<svg"), "the course of training is drawn");

    let refused = train(&dicom, &models, &["--id", "one"], 2);
    assert!(refused.contains("exists and is not overwritten"), "{refused}");
    assert_eq!(fs::read(models.join("one/weights.safetensors")).unwrap(), first);

    // From kept features the same archive gives the same bytes, and a fitted model is fitted further.
    train(&dicom, &models, &[&["--id", "two"], &quick[..]].concat(), 0);
    assert_eq!(fs::read(models.join("two/weights.safetensors")).unwrap(), first);
    let one = models.join("one");
    let more = [&["--id", "three", "--continue", one.to_str().unwrap()], &quick[..]].concat();
    let said: Value = serde_json::from_str(&train(&dicom, &models, &more, 0)).unwrap();
    assert_eq!(said["metrics"]["started_from"], "one");
}
