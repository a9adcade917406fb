//! Window, curve and image processing of the many makers: from signal to grey in 0..1.

use super::blur::blur;
use super::levels::{Levels, equalise};
use super::raster::Plane;
use super::rng::Rng;

/// Turns the logarithmic signal into grey; `body` tells which pixels count for the window.
pub fn grey(signal: &Plane, body: &[bool], r: &mut Rng) -> Plane {
    let mut out = windowed(signal, body, r);
    let size = out.width.max(out.height) as f32;
    if r.chance(0.62) {
        flatten(&mut out, body, r.range(0.15, 0.75), size * r.range(0.04, 0.16));
    }
    if r.chance(0.6) {
        sharpen(&mut out, r.range(0.2, 1.6), r.range(0.8, 3.0));
    }
    clamp(&mut out);
    if r.chance(0.25) {
        let (tiles, limit, strength) = (3 + r.below(6), r.range(1.5, 4.5), r.range(0.3, 1.0));
        equalise(&mut out, tiles, limit, strength);
    }
    curve(&mut out, r);
    out
}

fn windowed(signal: &Plane, body: &[bool], r: &mut Rng) -> Plane {
    let values = signal.data.iter().zip(body).filter(|(_, b)| **b).map(|(v, _)| *v);
    let values: Vec<f32> = values.collect();
    let levels = Levels::of(if values.len() < 50 { &signal.data } else { &values });
    let low_share = if r.chance(0.7) {
        r.range(0.0, 0.05)
    } else {
        r.range(0.05, 0.22)
    };
    let low = levels.percentile(low_share);
    let high_share = if r.chance(0.7) {
        r.range(0.985, 0.9995)
    } else {
        r.range(0.93, 0.985)
    };
    let high = levels.percentile(high_share);
    let low = low * if r.chance(0.5) { r.range(0.3, 0.95) } else { 1.0 };
    let span = (high - low).max(1e-3) * r.range(0.95, 1.25);
    let mut out = signal.clone();
    for v in &mut out.data {
        *v = ((*v - low) / span).clamp(-0.3, 1.25);
    }
    out
}

/// Takes away part of the slow differences, as equalising processing does.
fn flatten(p: &mut Plane, body: &[bool], strength: f32, sigma: f32) {
    let slow = blur(p, sigma);
    let (sum, n) = slow
        .data
        .iter()
        .zip(body)
        .filter(|(_, b)| **b)
        .fold((0.0, 0.0), |a, (v, _)| (a.0 + v, a.1 + 1.0));
    let mean = if n > 0.0 { sum / n } else { 0.5 };
    for ((v, s), b) in p.data.iter_mut().zip(&slow.data).zip(body) {
        if *b {
            *v -= strength * (s - mean);
        }
    }
}

fn sharpen(p: &mut Plane, strength: f32, sigma: f32) {
    let slow = blur(p, sigma);
    for (v, s) in p.data.iter_mut().zip(&slow.data) {
        *v += strength * (*v - s);
    }
}

fn clamp(p: &mut Plane) {
    p.data.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
}

/// Finer than the 256 levels of the image, so that straight lines between the steps are not seen.
const CURVE_STEPS: usize = 2048;

/// The display curve of values in 0..1.
fn curve(p: &mut Plane, r: &mut Rng) {
    let gamma = r.normal(-0.12, 0.27).exp().clamp(0.4, 2.2);
    let bent = if r.chance(0.4) { r.range(2.0, 7.0) } else { 0.0 };
    let (floor, ceiling) = (
        r.range(0.0, 0.07) * f32::from(u8::from(r.chance(0.4))),
        r.range(0.8, 1.0),
    );
    let logistic = |v: f32| 1.0 / (1.0 + (-bent * (v - 0.5)).exp());
    let (a, b) = (logistic(0.0), logistic(1.0));
    let table: Vec<f32> = (0..=CURVE_STEPS + 1)
        .map(|k| {
            let t = (k as f32 / CURVE_STEPS as f32).powf(gamma);
            let t = if bent > 0.0 { (logistic(t) - a) / (b - a) } else { t };
            floor + (ceiling - floor) * t
        })
        .collect();
    for v in &mut p.data {
        let at = *v * CURVE_STEPS as f32;
        let k = (at as usize).min(CURVE_STEPS);
        *v = table[k] + (table[k + 1] - table[k]) * (at - k as f32);
    }
}
