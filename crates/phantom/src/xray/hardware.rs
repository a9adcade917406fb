//! What people wear or carry inside: implants, casts, and simple bodies to build with.

use super::blur::blur;
use super::clouds::clouds;
use super::mesh::Mesh;
use super::raster::Plane;
use super::rng::Rng;
use super::vector::{V3, v3};

/// A closed ellipsoid.
#[must_use]
pub fn sphere(centre: V3, radii: V3) -> Mesh {
    const RINGS: usize = 9;
    const SPOKES: usize = 14;
    let mut vertices = vec![centre + v3(0.0, 0.0, radii.z)];
    for i in 1..RINGS {
        let (s, c) = (std::f32::consts::PI * i as f32 / RINGS as f32).sin_cos();
        for j in 0..SPOKES {
            let (v, u) = (std::f32::consts::TAU * j as f32 / SPOKES as f32).sin_cos();
            vertices.push(centre + v3(radii.x * s * u, radii.y * s * v, radii.z * c));
        }
    }
    vertices.push(centre - v3(0.0, 0.0, radii.z));
    let at = |i: usize, j: usize| (1 + (i - 1) * SPOKES + j % SPOKES) as u32;
    let last = vertices.len() as u32 - 1;
    let mut faces = Vec::new();
    for j in 0..SPOKES {
        faces.push([0, at(1, j), at(1, j + 1)]);
        faces.push([last, at(RINGS - 1, j + 1), at(RINGS - 1, j)]);
        for i in 1..RINGS - 1 {
            faces.push([at(i, j), at(i + 1, j), at(i + 1, j + 1)]);
            faces.push([at(i, j), at(i + 1, j + 1), at(i, j + 1)]);
        }
    }
    Mesh { vertices, faces }
}

/// Adds the chord of a round rod between two points of the canvas, `weight` a pixel of chord.
pub fn rod(p: &mut Plane, from: (f32, f32), to: (f32, f32), radius: f32, weight: f32) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(1e-3);
    let reach = radius + 1.0;
    let span = |a: f32, b: f32, end: usize| {
        let low = (a.min(b) - reach).max(0.0) as usize;
        let high = (a.max(b) + reach).clamp(0.0, end as f32) as usize;
        low..high.max(low).min(end)
    };
    for y in span(from.1, to.1, p.height) {
        for x in span(from.0, to.0, p.width) {
            let (ax, ay) = (x as f32 - from.0, y as f32 - from.1);
            let t = ((ax * dx + ay * dy) / (length * length)).clamp(0.0, 1.0);
            let d = (ax - t * dx).hypot(ay - t * dy);
            if d < radius {
                p.data[y * p.width + x] += weight * (radius * radius - d * d).sqrt() * 2.0;
            }
        }
    }
}

/// The column where the bone of a row is centred; the middle of the canvas where there is none.
fn bone_centre(p: &Plane, y: f32) -> f32 {
    let row = (y as usize).min(p.height - 1) * p.width;
    let line = &p.data[row..row + p.width];
    let (sum, at) = line
        .iter()
        .enumerate()
        .fold((0.0, 0.0), |a, (x, v)| (a.0 + v, a.1 + v * x as f32));
    if sum > 0.5 { at / sum } else { p.width as f32 * 0.5 }
}

/// Plates, screws, nails and wires along the bone that runs up the canvas; `small` for hands and feet.
pub fn implants(p: &mut Plane, r: &mut Rng, mm: f32, small: bool) {
    let (w, h) = (p.width as f32, p.height as f32);
    let (mut y0, mut y1) = (h * r.range(0.08, 0.45), h * r.range(0.55, 0.95));
    if small {
        y0 = h * r.range(0.15, 0.65);
        y1 = y0 + r.range(12.0, 45.0) * mm;
    }
    let aside = r.normal(0.0, 5.0) * mm;
    let (from, to) = ((bone_centre(p, y0) + aside, y0), (bone_centre(p, y1) + aside, y1));
    let metal = r.range(0.25, 0.6) / mm;
    match r.below(4) {
        0 => rod(
            p,
            from,
            to,
            r.range(2.5, 6.0) * mm * if small { 0.5 } else { 1.0 },
            metal,
        ),
        1 => {
            for _ in 0..1 + r.below(4) {
                let y = h * r.range(0.3, 0.7);
                let a = (bone_centre(p, y) + w * r.normal(0.0, 0.04), y);
                let b = (a.0 + w * r.normal(0.0, 0.12), a.1 + h * r.normal(0.0, 0.15));
                rod(p, a, b, r.range(0.7, 1.4) * mm, metal);
            }
        }
        _ => plate(p, r, from, to, mm, metal),
    }
}

fn plate(p: &mut Plane, r: &mut Rng, from: (f32, f32), to: (f32, f32), mm: f32, metal: f32) {
    rod(p, from, to, r.range(2.0, 4.5) * mm, metal);
    let screws = 3 + r.below(6);
    let reach = r.range(8.0, 20.0) * mm * if r.chance(0.5) { 1.0 } else { -1.0 };
    for k in 0..screws {
        let t = (k as f32 + 0.5) / screws as f32;
        let a = (from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t);
        rod(p, a, (a.0 + reach, a.1 + r.normal(0.0, 1.5) * mm), 1.5 * mm, metal);
    }
}

/// Cables, tubes and electrodes on or in the trunk.
pub fn wires(p: &mut Plane, r: &mut Rng, mm: f32) {
    let (w, h) = (p.width as f32, p.height as f32);
    for _ in 0..1 + r.below(5) {
        let (mut x, mut y) = (w * r.unit(), h * r.range(0.0, 0.7));
        let (radius, metal) = (r.range(0.6, 2.2) * mm, r.range(0.08, 0.35) / mm);
        let mut heading = r.range(0.0, std::f32::consts::TAU);
        let bend = r.normal(0.0, 0.12);
        for _ in 0..10 + r.below(40) {
            heading += bend + r.normal(0.0, 0.08);
            let next = (x + heading.cos() * 7.0 * mm, y + heading.sin() * 7.0 * mm);
            rod(p, (x, y), next, radius.max(0.6), metal);
            (x, y) = next;
        }
        if r.chance(0.5) {
            rod(p, (x, y), (x + 0.1, y), r.range(4.0, 8.0) * mm, metal * 0.4);
        }
    }
}

/// A plaster or fibre cast over what is there: an even layer with a woven texture and a rim.
pub fn cast(water: &Plane, bone: &mut Plane, r: &mut Rng) {
    let strength = r.range(0.1, 0.55);
    let weave = clouds(r, water.width, water.height, r.clone().range(2.0, 6.0));
    let padded = blur(water, water.width as f32 * 0.02);
    for ((b, w), c) in bone.data.iter_mut().zip(&padded.data).zip(&weave.data) {
        let cover = (w / 12.0).min(1.0);
        // The ray runs longer through the cast where it grazes the limb.
        let rim = 1.0 + 1.6 * (-(w - 9.0).abs() / 7.0).exp();
        *b += strength * cover * rim * (1.0 + 0.12 * c);
    }
}
