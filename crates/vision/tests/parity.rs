//! The shipped model computes here what it computed where it was trained: `models/xray-1/parity.json` holds small
//! images, their preparation and both heads' logits, written by `models/xray-1/train/` from PyTorch.

use std::fs;
use std::path::PathBuf;

use bodysite_core::Frame;
use bodysite_vision::Model;
use serde::Deserialize;

/// Preparation is arithmetic in f32 and f64 on both sides.
const PREPARED: f32 = 1e-4;

/// Logits go through sixteen blocks of sums in another order.
const LOGITS: f32 = 2e-3;

#[derive(Deserialize)]
struct Parity {
    images: Vec<Image>,
}

#[derive(Deserialize)]
struct Image {
    width: usize,
    height: usize,
    grey8: String,
    mean: f32,
    samples: Vec<(usize, f32)>,
    examined: Vec<f32>,
    visible: Vec<f32>,
}

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for tests"))
        .join("../../models/xray-1");
    folder.join("parity.json").is_file().then_some(folder)
}

fn base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => u32::from(c - b'A'),
        b'a'..=b'z' => u32::from(c - b'a') + 26,
        b'0'..=b'9' => u32::from(c - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u32> = text.bytes().filter(|c| *c != b'=').map(digit).collect();
    let bytes = |group: &[u32]| {
        let value = (0..4).fold(0, |v, i| v << 6 | group.get(i).unwrap_or(&0));
        value.to_be_bytes()[1..group.len()].to_vec()
    };
    digits.chunks(4).flat_map(bytes).collect()
}

fn close(got: &[f32], expect: &[f32], tolerance: f32, what: &str) {
    assert_eq!(got.len(), expect.len(), "{what}");
    for (i, (a, b)) in got.iter().zip(expect).enumerate() {
        assert!(
            (a - b).abs() <= tolerance * b.abs().max(1.0),
            "{what}, output {i}: {a}, expected {b}"
        );
    }
}

#[test]
fn base64_is_read() {
    assert_eq!(base64("AAEC/w=="), [0, 1, 2, 255]);
    assert_eq!(base64("Zm9vYmE="), b"fooba");
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn preparation_and_logits_are_those_of_the_training_program() {
    let Some(folder) = folder() else {
        eprintln!("skipped: models/xray-1/parity.json is not there");
        return;
    };
    let model = Model::from_dir(&folder).unwrap();
    let parity: Parity = serde_json::from_slice(&fs::read(folder.join("parity.json")).unwrap()).unwrap();
    assert!(parity.images.len() >= 10);
    for (i, image) in parity.images.iter().enumerate() {
        let frame = Frame::from_grey8(image.width, image.height, &base64(&image.grey8)).unwrap();
        let prepared = model.prepare(&frame).unwrap();
        let sum: f64 = prepared.values.iter().map(|v| f64::from(*v)).sum();
        let mean = (sum / prepared.values.len() as f64) as f32;
        close(&[mean], &[image.mean], PREPARED, &format!("image {i}, mean"));
        for (at, value) in &image.samples {
            close(
                &[prepared.values[*at]],
                &[*value],
                PREPARED,
                &format!("image {i}, value {at}"),
            );
        }
        let scores = model.scores(&prepared);
        close(
            &scores.examined,
            &image.examined,
            LOGITS,
            &format!("image {i}, examined"),
        );
        close(&scores.visible, &image.visible, LOGITS, &format!("image {i}, visible"));
    }
}

#[test]
fn the_built_in_model_is_the_one_in_the_repository() {
    if let (Some(built_in), Some(folder)) = (Model::builtin(), folder()) {
        assert_eq!(
            built_in.weights_sha256(),
            Model::from_dir(&folder).unwrap().weights_sha256()
        );
    }
}
