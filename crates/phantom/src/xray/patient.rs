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
    /// What the ends of long bones hold beyond the core of their shaft, as a fraction of the wall's attenuation.
    pub sponge: f32,
    /// Millimetres by which the kneecaps lie higher, and nearer to the middle of the knee, than in the data.
    pub kneecap: (f32, f32),
    /// Joints that were replaced by metal.
    pub replaced: Replaced,
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
    /// Factor on the thickness of long bones.
    pub girth: f32,
    drift: Vec<V3>,
}

/// Which joints were replaced, on both sides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Replaced {
    /// Knees.
    pub knee: bool,
    /// Hips.
    pub hip: bool,
    /// Shoulders.
    pub shoulder: bool,
}

impl Replaced {
    /// More often than in life: a replaced joint is filmed for years.
    fn draw(child: bool, r: &mut Rng) -> Self {
        let mut one = || r.chance(0.25) && !child;
        Self {
            knee: one(),
            hip: one(),
            shoulder: one(),
        }
    }
}

/// Height from which shifts are tabled, and the step between two entries.
const FROM: f32 = -160.0;
const STEP: f32 = 8.0;
const STEPS: usize = 256;
/// Height from which the spine may bend sideways.
const SPINE: f32 = 840.0;

impl Patient {
    /// Somebody from a wide population.
    pub fn draw(r: &mut Rng) -> Self {
        let child = r.chance(0.16);
        let old = !child && r.chance(0.25);
        let woman = !child && r.chance(0.5);
        let slim = if child { 0.93 } else { 1.0 };
        let fat = if child {
            r.range(-3.0, 6.0)
        } else {
            r.normal(3.0, 8.0).clamp(-6.0, 26.0)
        };
        let scoliosis = bend(r, child);
        Self {
            stretch: v3(
                slim * r.normal(1.0, 0.06),
                slim * r.normal(1.0, 0.06),
                r.normal(1.0, 0.05),
            ),
            fat,
            rind: (3.0 + 0.5 * fat.max(0.0) + r.normal(0.0, 1.5)).max(1.0),
            cortex: if old { r.range(0.5, 0.95) } else { r.range(0.8, 1.3) },
            mineral: if old { r.range(0.55, 0.95) } else { r.range(0.75, 1.25) },
            child,
            plates: r.range(1.5, 6.0),
            breasts: if woman { r.range(5.0, 45.0) } else { 0.0 },
            breath: r.range(0.95, 1.2),
            sponge: if old { r.range(0.01, 0.1) } else { r.range(0.03, 0.2) },
            kneecap: (r.range(4.0, 24.0), r.range(2.0, 13.0)),
            replaced: Replaced::draw(child, r),
            girth: r.normal(1.0, 0.07).clamp(0.82, 1.2),
            drift: drift(scoliosis, r),
            stoop: if old { r.range(0.0, 45.0) } else { r.range(-8.0, 8.0) },
            heart: r.range(0.9, if old { 1.35 } else { 1.12 }),
        }
    }

    /// Where a point goes after build and bends of the spine.
    #[must_use]
    pub fn shaped(&self, p: V3) -> V3 {
        let at = ((p.z - FROM) * (1.0 / STEP)).clamp(0.0, (STEPS - 2) as f32);
        let i = at as i32 as usize;
        let shift = self.drift[i].mix(self.drift[i + 1], at - i as f32);
        let up = ((p.z - 1080.0) * (1.0 / 300.0)).max(0.0);
        let q = p + shift - v3(0.0, self.stoop * up * up, 0.0);
        let middle = v3(0.0, -80.0, 0.0);
        let d = q - middle;
        middle + v3(d.x * self.stretch.x, d.y * self.stretch.y, d.z * self.stretch.z)
    }
}

/// A smooth random curve over the table: two waves of random length.
fn waves(r: &mut Rng, size: f32, shortest: f32) -> impl Fn(f32) -> f32 + use<> {
    let mut wave = || {
        (
            r.normal(0.0, size),
            r.log_range(shortest, 4.0 * shortest),
            r.range(0.0, std::f32::consts::TAU),
        )
    };
    let pair = [wave(), wave()];
    move |z| {
        pair.iter()
            .map(|(a, length, phase)| a * (z / length * std::f32::consts::TAU + phase).sin())
            .sum()
    }
}

/// The shift at each height: what makes one skeleton many, and the sideways bends of the spine.
fn drift((amplitude, wave, phase): (f32, f32, f32), r: &mut Rng) -> Vec<V3> {
    let (x, y, z) = (waves(r, 2.2, 280.0), waves(r, 2.2, 280.0), waves(r, 2.2, 150.0));
    let at = |k: usize| {
        let height = FROM + k as f32 * STEP;
        let rise = (height - SPINE).max(0.0);
        let side = amplitude * (rise / 120.0).min(1.0) * (rise / wave * std::f32::consts::TAU + phase).sin();
        v3(x(height) + side, y(height), z(height))
    };
    (0..STEPS).map(at).collect()
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
            let sum: f32 = self
                .angles
                .iter()
                .filter(|a| a.0 == joint.name && a.1 == joint.dof)
                .map(|a| a.2)
                .sum();
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
