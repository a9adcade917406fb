//! Who is examined: build, age, bone quality, and the pose of the joints.

use super::body::Body;
use super::rng::Rng;
use super::vector::{Motion, V3, v3};

/// What differs from person to person.
#[derive(Debug, Clone, PartialEq)]
pub struct Patient {
    /// Stretch along left-right, front-back, head-foot.
    pub stretch: V3,
    /// Millimetres added to the skin where the bone lies deep.
    pub fat: f32,
    /// Share of the subcutaneous layer in the soft tissue, in millimetres.
    pub rind: f32,
    /// Factor on the cortical wall.
    pub cortex: f32,
    /// Factor on all bone mineral.
    pub mineral: f32,
    /// Growth plates are open.
    pub child: bool,
    /// Width of open growth plates in mm.
    pub plates: f32,
    /// Size of the breasts in millimetres of forward bulge; zero for none.
    pub breasts: f32,
    /// How far the lungs reach down, as a factor.
    pub breath: f32,
    /// Forward bend of the upper spine in mm.
    pub stoop: f32,
    /// Factor on the heart.
    pub heart: f32,
    sway: Vec<f32>,
}

/// Heights between which the spine may bend sideways, in steps of `STEP`.
const SWAY_FROM: f32 = 840.0;
const STEP: f32 = 8.0;
const STEPS: usize = 120;

impl Patient {
    /// Somebody from a wide population.
    pub fn draw(r: &mut Rng) -> Self {
        let child = r.chance(0.16);
        let old = !child && r.chance(0.25);
        let woman = !child && r.chance(0.5);
        let slim = if child { 0.93 } else { 1.0 };
        let fat = if child { r.range(-3.0, 6.0) } else { r.normal(3.0, 8.0).clamp(-6.0, 26.0) };
        let scoliosis = bend(r, child);
        Self {
            stretch: v3(slim * r.normal(1.0, 0.06), slim * r.normal(1.0, 0.06), r.normal(1.0, 0.05)),
            fat,
            rind: (3.0 + 0.5 * fat.max(0.0) + r.normal(0.0, 1.5)).max(1.0),
            cortex: if old { r.range(0.5, 0.95) } else { r.range(0.8, 1.3) },
            mineral: if old { r.range(0.55, 0.95) } else { r.range(0.75, 1.25) },
            child,
            plates: r.range(1.5, 6.0),
            breasts: if woman { r.range(5.0, 45.0) } else { 0.0 },
            breath: r.range(0.95, 1.2),
            sway: sway(scoliosis),
            stoop: if old { r.range(0.0, 45.0) } else { r.range(-8.0, 8.0) },
            heart: r.range(0.9, if old { 1.35 } else { 1.12 }),
        }
    }

    /// Where a point goes after build and bends of the spine.
    #[must_use]
    pub fn shaped(&self, p: V3) -> V3 {
        let at = ((p.z - SWAY_FROM) / STEP).clamp(0.0, (STEPS - 2) as f32);
        let (i, t) = (at as usize, at.fract());
        let side = if p.x.abs() < 230.0 { self.sway[i] * (1.0 - t) + self.sway[i + 1] * t } else { 0.0 };
        let up = ((p.z - 1080.0) / 300.0).max(0.0);
        let q = v3(p.x + side, p.y - self.stoop * up * up, p.z);
        let middle = v3(0.0, -80.0, 0.0);
        let d = q - middle;
        middle + v3(d.x * self.stretch.x, d.y * self.stretch.y, d.z * self.stretch.z)
    }
}

/// The sideways shift at each height, from amplitude in mm, wave length in mm and phase.
fn sway((amplitude, wave, phase): (f32, f32, f32)) -> Vec<f32> {
    let shift = |k: usize| {
        let rise = k as f32 * STEP;
        amplitude * (rise / 120.0).min(1.0) * (rise / wave * std::f32::consts::TAU + phase).sin()
    };
    (0..STEPS).map(shift).collect()
}

fn bend(r: &mut Rng, child: bool) -> (f32, f32, f32) {
    let bad = r.chance(if child { 0.15 } else { 0.1 });
    let amplitude = if bad { r.range(10.0, 32.0) } else { r.normal(0.0, 2.5) };
    (amplitude, r.range(280.0, 560.0), r.range(0.0, std::f32::consts::TAU))
}

/// Angles of the joints, and what follows from them: one motion a part.
#[derive(Debug, Clone)]
pub struct Pose {
    angles: Vec<(String, u8, f32)>,
}

impl Pose {
    /// The pose of the data.
    #[must_use]
    pub const fn rest() -> Self {
        Self { angles: Vec::new() }
    }

    /// Sets one degree of freedom, in degrees; the joint's range limits it.
    pub fn set(&mut self, joint: impl Into<String>, dof: u8, degrees: f32) {
        self.angles.push((joint.into(), dof, degrees));
    }

    /// Where each part of the body goes.
    #[must_use]
    pub fn motions(&self, body: &Body) -> Vec<Motion> {
        let mut out = vec![Motion::REST; body.parts.len()];
        for joint in &body.joints {
            let sum: f32 =
                self.angles.iter().filter(|a| a.0 == joint.name && a.1 == joint.dof).map(|a| a.2).sum();
            if sum == 0.0 {
                continue;
            }
            let turn = Motion::about(joint.pivot, joint.axis, sum.clamp(joint.range.0, joint.range.1));
            for &child in &joint.children {
                out[child] = turn.after(&out[child]);
            }
        }
        out
    }
}
