//! Where the focus stands for each projection of each exam.

mod axial;
mod limbs;

use super::limb::Scope;
use super::rng::Rng;
use super::stage::Stage;
use super::vector::{V3, v3};

/// How one exposure is set up, before jitter.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// Middle of the field.
    pub centre: V3,
    /// Top of the image.
    pub up: V3,
    /// Towards the focus.
    pub towards: V3,
    /// Height of the field in millimetres: lowest and highest.
    pub height: (f32, f32),
    /// Width over height: lowest and highest.
    pub aspect: (f32, f32),
    /// What is in the beam.
    pub scope: Scope,
    /// Shown as seen from the other side, as a PA film is hung.
    pub mirrored: bool,
}

struct Frame {
    centre: V3,
    up: V3,
    front: V3,
}

const UP: V3 = v3(0.0, 0.0, 1.0);
const FRONT: V3 = v3(0.0, -1.0, 0.0);
const TRUNK: Scope = Scope {
    trunk: true,
    arms: [false; 2],
    legs: [false; 2],
    shanks: true,
};
const HIPS: Scope = Scope {
    legs: [true; 2],
    ..TRUNK
};
const ALL: Scope = Scope {
    arms: [true; 2],
    ..HIPS
};
const NONE: Scope = Scope { trunk: false, ..TRUNK };

impl Frame {
    fn body(centre: V3) -> Self {
        Self {
            centre,
            up: UP,
            front: FRONT,
        }
    }

    /// Focus turned about the long axis by `azimuth` (from the front to the patient's left) and raised by `elevation`.
    fn seen(&self, azimuth: f32, elevation: f32, height: (f32, f32), aspect: (f32, f32), scope: Scope) -> Setup {
        let level = self.front.across(self.up).unit().turned(self.up, azimuth);
        let (s, c) = elevation.to_radians().sin_cos();
        Setup {
            centre: self.centre,
            up: self.up * c - level * s,
            towards: level * c + self.up * s,
            height,
            aspect,
            scope,
            mirrored: false,
        }
    }
}

fn mirrored(setup: Setup) -> Setup {
    Setup {
        mirrored: true,
        ..setup
    }
}

fn one(side: &str) -> [bool; 2] {
    [side == "l", side == "r"]
}

fn sign(stage: &Stage<'_>) -> f32 {
    if stage.side == "l" { 1.0 } else { -1.0 }
}

/// The side from which a lateral is taken: either may be nearer to the detector.
fn either(r: &mut Rng) -> f32 {
    if r.chance(0.5) { 90.0 } else { -90.0 }
}

/// The set-up of the projection `view` of the exam `key`; none when the body lacks a part it needs.
pub fn set_up(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
    match key {
        "HE" | "SK" | "FA" | "PS" | "JA" => axial::head(stage, key, view, r),
        "NE" | "CS" | "TS" | "LS" | "SC" | "SP" | "SI" => axial::spine(stage, key, view, r),
        "WB" | "CH" | "RI" | "AB" | "PE" | "CL" => axial::trunk(stage, key, view, r),
        "SH" | "UA" | "EL" | "FO" | "UL" => limbs::arm(stage, key, view, r),
        "WR" | "HA" | "FI" => limbs::hand(stage, key, view, r),
        "HI" | "TH" | "KN" | "LE" | "LL" => limbs::leg(stage, key, view, r),
        "AN" | "FT" | "CA" | "TO" => limbs::foot(stage, key, view, r),
        "EX" => limbs::extremity(stage, view, r),
        _ => None,
    }
}
