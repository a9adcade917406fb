//! Where an answer comes from: a class activation map over the image that the network saw.
//!
//! The network pools its last map by a mean and the head is linear, so that a logit is exactly the mean of one value
//! a place (<https://arxiv.org/abs/1512.04150>); these values, coloured, are the explanation.

use std::io::Cursor;

use bodysite_core::{Concept, Frame};
use image::{ImageFormat, Rgb, RgbImage};

use crate::architecture::FEATURES;
use crate::prepare::{Prepared, Unsuitable};
use crate::{Model, Ranked};

/// The picture's side is at least this long.
const SIDE: usize = 448;

/// The picture and what it explains.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The part whose evidence is shown.
    pub concept: Concept,
    /// The prepared image in grey, with places that speak for the part in red and against it in blue.
    pub picture: RgbImage,
}

impl Explanation {
    /// The picture as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        self.picture
            .write_to(&mut bytes, ImageFormat::Png)
            .expect("memory takes any picture");
        bytes.into_inner()
    }
}

impl Model {
    /// Explains the most likely leaf part of a frame.
    pub fn explain(&self, frame: &Frame) -> Result<Explanation, Unsuitable> {
        let prepared = self.prepare(frame)?;
        let classification = self.judge(&self.scores(&prepared));
        let is_output = |r: &&Ranked| self.output(&r.concept).is_some();
        let best = classification
            .examined
            .iter()
            .find(is_output)
            .map(|r| r.concept.clone());
        let concept = best.unwrap_or_else(|| self.labels.examined[0].concept.clone());
        let evidence = self.evidence(&prepared, self.output(&concept).unwrap_or(0));
        let picture = overlay(&prepared, &evidence);
        Ok(Explanation { concept, picture })
    }

    fn output(&self, concept: &Concept) -> Option<usize> {
        self.labels.examined.iter().position(|l| l.concept == *concept)
    }

    /// One examined logit, without its bias, place by place: the logit is their mean.
    pub(crate) fn evidence(&self, prepared: &Prepared, output: usize) -> Vec<f32> {
        let weights = self.weights.values("examined.weight");
        let row = &weights[output * FEATURES..][..FEATURES];
        let value = |place: &[f32]| place.iter().zip(row).map(|(x, w)| x * w).sum();
        self.map(prepared).chunks_exact(FEATURES).map(value).collect()
    }
}

fn overlay(prepared: &Prepared, evidence: &[f32]) -> RgbImage {
    let (size, cells) = (prepared.size, evidence.len().isqrt());
    let zoom = SIDE.div_ceil(size);
    let most = evidence.iter().fold(f32::MIN_POSITIVE, |most, v| most.max(v.abs()));
    let grey: Vec<f32> = prepared.brightness().collect();
    let side = (size * zoom) as u32;
    RgbImage::from_fn(side, side, |x, y| {
        let place = |at: u32| (at as f32 + 0.5) / side as f32 * cells as f32 - 0.5;
        let heat = between(evidence, cells, place(x), place(y)) / most;
        let brightness = grey[y as usize / zoom * size + x as usize / zoom];
        tint(brightness.clamp(0.0, 1.0), heat)
    })
}

/// Bilinear interpolation in a square map.
fn between(map: &[f32], side: usize, x: f32, y: f32) -> f32 {
    let split = |at: f32| {
        let at = at.clamp(0.0, (side - 1) as f32);
        let low = (at as usize).min(side.saturating_sub(2));
        (low, (low + 1).min(side - 1), at - low as f32)
    };
    let ((left, right, fx), (top, bottom, fy)) = (split(x), split(y));
    let row = |y: usize| map[y * side + left] * (1.0 - fx) + map[y * side + right] * fx;
    row(top) * (1.0 - fy) + row(bottom) * fy
}

fn tint(brightness: f32, heat: f32) -> Rgb<u8> {
    let strength = 0.55 * heat.abs();
    let colour = if heat > 0.0 { [1.0, 0.15, 0.1] } else { [0.1, 0.3, 1.0] };
    Rgb(colour.map(|c: f32| ((brightness * (1.0 - strength) + c * strength) * 255.0).round() as u8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Folder, frame};

    #[test]
    fn the_evidence_of_all_places_is_the_logit() {
        let model = Folder::new().load().unwrap();
        let prepared = model.prepare(&frame(90, 70, 4)).unwrap();
        let evidence = model.evidence(&prepared, 1);
        let mean = evidence.iter().sum::<f32>() / evidence.len() as f32;
        let bias = model.weights.values("examined.bias")[1];
        assert_eq!(evidence.len(), 4);
        assert!((mean + bias - model.scores(&prepared).examined[1]).abs() < 1e-3);
    }

    #[test]
    fn the_picture_is_the_image_with_colour_where_there_is_evidence() {
        let model = Folder::new().load().unwrap();
        let explanation = model.explain(&frame(90, 70, 4)).unwrap();
        assert_eq!(explanation.picture.dimensions(), (448, 448));
        assert!(explanation.png().starts_with(b"\x89PNG"));
        assert_eq!(tint(0.5, 0.0), Rgb([128; 3]));
        assert!(tint(0.5, 1.0).0[0] > tint(0.5, 1.0).0[2]);
        assert_eq!(between(&[0.0, 1.0, 0.0, 1.0], 2, 0.5, 0.2), 0.5);
    }
}
