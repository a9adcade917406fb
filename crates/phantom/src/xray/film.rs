//! Beam, scatter, detector and noise: from layers to the logarithmic signal.

use super::blur::blur;
use super::clouds::clouds;
use super::levels::Levels;
use super::math::{exp, ln};
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
        let texture = Texture::draw(r, w, h);
        let mut light = blur(&self.primary(layers, &texture), self.softness);
        let veil = blur(&light, w.max(h) as f32 * 0.09);
        let aim = aimed(&light, &layers.water);
        for (v, s) in light.data.iter_mut().zip(&veil.data) {
            // Scatter is produced in the patient: little where the beam passes beside him.
            let body = (1.2 - s).clamp(0.2, 1.0);
            *v = (*v + self.scatter * 0.35 * s * body).max(1e-5);
        }
        let mut out = blur(&self.read(light, aim, r), r.range(0.0, 0.55));
        if r.chance(0.07) {
            grid_lines(&mut out, r);
        }
        out
    }

    /// The light that passes straight through.
    fn primary(&self, layers: &Layers, texture: &Texture) -> Plane {
        let mut out = Plane::new(layers.bone.width, layers.bone.height);
        let (on_bone, on_middle, on_soft) = texture.strength;
        let thickness = layers.bone.data.iter().zip(&layers.water.data);
        let noise = texture
            .fine
            .data
            .iter()
            .zip(&texture.middle.data)
            .zip(&texture.soft.data);
        for ((v, (bone, water)), ((fine, middle), soft)) in out.data.iter_mut().zip(thickness).zip(noise) {
            let bone = bone * self.bone * (1.0 + on_bone * fine + on_middle * middle);
            let soft = water * self.water * (1.0 + on_soft * (soft + 0.5 * middle));
            *v = exp(-(bone + soft));
        }
        out
    }

    /// What the detector reads: the logarithm, with noise that is worst where little light arrives.
    fn read(&self, mut light: Plane, aim: f32, r: &mut Rng) -> Plane {
        let grains: Vec<f32> = light.data.iter().map(|_| r.normal(0.0, 1.0)).collect();
        for (v, n) in light.data.iter_mut().zip(&grains) {
            let grain = self.noise * (aim / *v).sqrt().min(4.0);
            *v = -ln(*v * (1.0 + n * grain).max(0.02));
        }
        light
    }
}

/// Automatic exposure: the light behind the thick parts is what the maker aims at.
fn aimed(light: &Plane, water: &Plane) -> f32 {
    let behind = light.data.iter().zip(&water.data).filter(|(_, w)| **w > 3.0);
    let behind: Vec<f32> = behind.map(|(v, _)| *v).collect();
    Levels::of(&behind).percentile(0.25).max(1e-4)
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

/// Unevenness of bone and soft tissue, and how strong each kind is.
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
