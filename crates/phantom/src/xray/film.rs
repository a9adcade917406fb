//! Beam, scatter, detector and noise: from layers to the logarithmic signal.

use super::filter::{blur, clouds, percentile};
use super::raster::Plane;
use super::rng::Rng;
use super::scene::Layers;

/// Properties of tube and detector for one exposure.
#[derive(Debug, Clone, PartialEq)]
pub struct Film {
    /// Factor on the contrast of bone over water: low for a hard beam.
    pub bone: f32,
    /// Attenuation of water in 1/mm.
    pub water: f32,
    /// Scattered light as a share of the mean primary.
    pub scatter: f32,
    /// Noise of a single pixel where the patient is thick, as a share of the light there.
    pub noise: f32,
    /// Blur of focus and detector in pixels.
    pub softness: f32,
}

impl Film {
    /// A usual exposure for an exam: chests are taken with a hard beam, limbs with a soft one.
    pub fn draw(key: &str, r: &mut Rng) -> Self {
        let bone = match key {
            "CH" => r.range(0.28, 0.85),
            "RI" | "AB" | "SP" | "WB" => r.range(0.5, 1.15),
            _ => r.range(0.75, 1.25),
        };
        Self {
            bone,
            water: r.range(0.0165, 0.0225),
            scatter: r.log_range(0.05, 0.7),
            noise: r.log_range(0.003, 0.045),
            softness: if r.chance(0.2) {
                r.range(0.8, 1.7)
            } else {
                r.range(0.3, 0.8)
            },
        }
    }

    /// The logarithm of the exposure lost in the patient, noisy as a detector reads it.
    #[must_use]
    pub fn signal(&self, layers: &Layers, r: &mut Rng) -> Plane {
        let (w, h) = (layers.bone.width, layers.bone.height);
        let size = w.max(h) as f32;
        let texture = Texture::draw(r, w, h);
        let mut primary = Plane::new(w, h);
        for (i, v) in primary.data.iter_mut().enumerate() {
            let bone = layers.bone.data[i] * self.bone * texture.on_bone(i);
            let soft = layers.water.data[i] * self.water * texture.on_soft(i);
            *v = (-(bone + soft)).exp();
        }
        let primary = blur(&primary, self.softness);
        let veil = blur(&primary, size * 0.09);
        // Automatic exposure: the light behind the thick parts is what the maker aims at.
        let mut behind: Vec<f32> = primary
            .data
            .iter()
            .zip(&layers.water.data)
            .filter(|(_, w)| **w > 3.0)
            .map(|(v, _)| *v)
            .collect();
        let aim = percentile(&mut behind, 0.25).max(1e-4);
        let mut out = primary;
        for (v, s) in out.data.iter_mut().zip(&veil.data) {
            // Scatter is produced in the patient: little where the beam passes beside him.
            let body = (1.2 - s).clamp(0.2, 1.0);
            let light = (*v + self.scatter * 0.35 * s * body).max(1e-5);
            let grain = self.noise * (aim / light).sqrt().min(4.0);
            *v = -(light * (1.0 + r.normal(0.0, grain)).max(0.02)).ln();
        }
        let mut out = blur(&out, r.range(0.0, 0.55));
        if r.chance(0.07) {
            grid_lines(&mut out, r);
        }
        out
    }
}

/// The shadow of a scatter grid that does not move.
fn grid_lines(p: &mut Plane, r: &mut Rng) {
    let (pitch, depth, phase) = (r.range(0.25, 3.0), r.range(0.005, 0.03), r.unit());
    let upright = r.chance(0.5);
    for (i, v) in p.data.iter_mut().enumerate() {
        let at = if upright { i % p.width } else { i / p.width };
        *v += depth * (at as f32 * pitch + phase).sin();
    }
}

struct Texture {
    fine: Plane,
    middle: Plane,
    soft: Plane,
    strength: (f32, f32, f32),
}

impl Texture {
    fn draw(r: &mut Rng, w: usize, h: usize) -> Self {
        let size = w.max(h) as f32;
        let grain = r.range(1.0, 2.2);
        Self {
            fine: clouds(r, w, h, grain),
            middle: clouds(r, w, h, size * 0.02),
            soft: clouds(r, w, h, size * 0.045),
            strength: (r.range(0.01, 0.08), r.range(0.005, 0.04), r.range(0.002, 0.014)),
        }
    }

    fn on_bone(&self, i: usize) -> f32 {
        1.0 + self.strength.0 * self.fine.data[i] + self.strength.1 * self.middle.data[i]
    }

    fn on_soft(&self, i: usize) -> f32 {
        1.0 + self.strength.2 * (self.soft.data[i] + 0.5 * self.middle.data[i])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signal_is_finite_behind_nothing_and_behind_lead() {
        let mut r = Rng::new(3, 3);
        for thickness in [0.0, 200.0, 1e6] {
            let mut layers = Layers {
                bone: Plane::new(40, 30),
                water: Plane::new(40, 30),
            };
            layers.water.data.fill(thickness);
            layers.bone.data[7] = 1e6;
            let signal = Film::draw("KN", &mut r).signal(&layers, &mut r);
            assert!(signal.data.iter().all(|v| v.is_finite()), "{thickness}");
        }
    }
}
