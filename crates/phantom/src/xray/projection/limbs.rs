//! Projections of arms and legs.

use super::super::rng::Rng;
use super::super::stage::Stage;
use super::super::vector::{V3, v3};
use super::{FRONT, Frame, HIPS, NONE, Scope, Setup, TRUNK, UP, either, one, sign};

/// The part of a long bone that a field shows.
struct Section {
    /// Middle of the field, as a share of the way from the upper joint to the lower.
    middle: f32,
    /// Height of the field in millimetres: lowest and highest.
    height: (f32, f32),
}

impl Section {
    /// As a rule the bone with both joints; often enough the shaft alone, or one end with its joint cut by the edge.
    fn draw(length: f32, middle: (f32, f32), height: (f32, f32), r: &mut Rng) -> Self {
        let kind = r.unit();
        if kind < 0.6 {
            let middle = r.range(middle.0, middle.1);
            return Self { middle, height };
        }
        if kind < 0.8 {
            let height = length * r.range(0.5, 0.75);
            return Self {
                middle: r.range(0.4, 0.6),
                height: (height, height),
            };
        }
        let share = r.range(0.55, 0.95);
        let from_joint = 0.5 * share * r.range(0.8, 1.08);
        Self {
            middle: if r.chance(0.5) { from_joint } else { 1.0 - from_joint },
            height: (length * share, length * share),
        }
    }
}

/// Heights of a joint's field: sometimes so tight that little beside the joint is seen.
fn around_joint(usual: (f32, f32), r: &mut Rng) -> (f32, f32) {
    if r.chance(0.25) {
        (usual.0 * 0.66, usual.0)
    } else {
        usual
    }
}

/// How far along the limb the field is from its joint: sometimes so far that the edge cuts the joint.
fn off_joint(height: (f32, f32), r: &mut Rng) -> f32 {
    if r.chance(0.1) {
        height.0 * r.range(0.3, 0.46) * if r.chance(0.5) { 1.0 } else { -1.0 }
    } else {
        0.0
    }
}

/// Shoulder to forearm.
pub fn arm(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
    let (shoulder, elbow, wrist) = (stage.pivot("shoulder")?, stage.pivot("elbow")?, stage.pivot("wrist")?);
    let near = sign(stage);
    let with_trunk = Scope {
        arms: one(stage.side),
        ..TRUNK
    };
    let alone = Scope {
        arms: one(stage.side),
        ..NONE
    };
    let (upper, lower) = ((shoulder - elbow).unit(), (elbow - wrist).unit());
    let front = upper.cross(stage.axis("elbow")?);
    let side_view = if r.chance(0.5) { 90.0 } else { -90.0 };
    let turn = match view {
        "lateral" => side_view,
        "oblique" => near * r.range(25.0, 55.0),
        _ => 0.0,
    };
    let setup = match (key, view) {
        ("SH", "AP") => {
            let height = around_joint((170.0, 270.0), r);
            Frame::body(shoulder + v3(-near * 22.0, 0.0, -22.0 + off_joint(height, r))).seen(
                near * r.normal(0.0, 8.0),
                r.normal(-4.0, 8.0),
                height,
                (0.75, 1.2),
                with_trunk,
            )
        }
        ("SH", "Grashey") => Frame::body(shoulder + v3(-near * 8.0, 0.0, -18.0)).seen(
            -near * r.range(25.0, 45.0),
            r.normal(0.0, 5.0),
            (160.0, 250.0),
            (0.7, 1.15),
            with_trunk,
        ),
        ("SH", "Y") => Frame::body(shoulder + v3(-near * 15.0, 15.0, -35.0)).seen(
            180.0 - near * r.range(112.0, 130.0),
            r.normal(0.0, 4.0),
            (180.0, 260.0),
            (0.65, 1.0),
            with_trunk,
        ),
        ("SH", _) => {
            let frame = Frame {
                centre: shoulder + v3(-near * 8.0, 0.0, 0.0),
                up: FRONT,
                front: UP,
            };
            frame.seen(
                r.normal(0.0, 10.0),
                r.normal(0.0, 8.0),
                (140.0, 220.0),
                (0.8, 1.3),
                with_trunk,
            )
        }
        ("UA", _) => {
            let scope = if turn == 0.0 || r.chance(0.3) {
                with_trunk
            } else {
                alone
            };
            let section = Section::draw((shoulder - elbow).norm(), (0.42, 0.58), (270.0, 390.0), r);
            Frame {
                centre: shoulder.mix(elbow, section.middle),
                up: upper,
                front,
            }
            .seen(turn, 0.0, section.height, (0.3, 0.75), scope)
        }
        ("EL", v) => {
            let share = if v == "lateral" {
                r.range(0.0, 1.0)
            } else {
                r.range(0.3, 0.8)
            };
            let up = (upper * share + lower * (1.0 - share)).unit();
            let flip = if r.chance(0.3) { -1.0 } else { 1.0 };
            let height = around_joint((130.0, 250.0), r);
            Frame {
                centre: elbow + up * off_joint(height, r),
                up: up * flip,
                front,
            }
            .seen(turn, 0.0, height, (0.65, 1.2), alone)
        }
        ("FO", _) => {
            let flip = if r.chance(0.4) { -1.0 } else { 1.0 };
            let section = Section::draw((elbow - wrist).norm(), (0.44, 0.58), (240.0, 360.0), r);
            Frame {
                centre: elbow.mix(wrist, section.middle),
                up: lower * flip,
                front,
            }
            .seen(turn, 0.0, section.height, (0.3, 0.75), alone)
        }
        _ => {
            let up = (shoulder - wrist).unit();
            let scope = if r.chance(0.5) { with_trunk } else { alone };
            Frame {
                centre: elbow,
                up,
                front,
            }
            .seen(turn, 0.0, (560.0, 820.0), (0.3, 0.6), scope)
        }
    };
    Some(setup)
}

/// Wrist, hand and fingers.
pub fn hand(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
    let (wrist, knuckle) = (stage.pivot("wrist")?, stage.pivot("mcp3")?);
    let radial = stage.pivot("mcp2")? - stage.pivot("mcp5")?;
    let scope = Scope {
        arms: one(stage.side),
        ..NONE
    };
    let up = (knuckle - wrist).unit();
    let dorsal = radial.cross(up) * sign(stage);
    let near = sign(stage);
    let turn = match view {
        "lateral" => near * 90.0 * if r.chance(0.75) { 1.0 } else { -1.0 } + r.normal(0.0, 6.0),
        "oblique" => near * r.range(30.0, 55.0),
        _ if r.chance(0.12) => 180.0,
        _ => r.normal(0.0, 5.0),
    };
    let setup = match key {
        "WR" => {
            let carpals = stage.centroid_here("carpals", "")?;
            let radius = stage.pivot("elbow")?;
            let centre = carpals + (radius - wrist).unit() * r.range(-5.0, 25.0);
            let straight = (wrist - radius).unit();
            Frame {
                centre,
                up: (up + straight).unit(),
                front: dorsal,
            }
            .seen(turn, 0.0, (110.0, 210.0), (0.5, 0.95), scope)
        }
        "HA" => {
            let tip = stage
                .centroid_here("phalanges_hand", "distal_phalanx_of_right_middle")
                .or(stage.centroid_here("phalanges_hand", "distal_phalanx_of_left_middle"))?;
            let centre = wrist.mix(tip, r.range(0.45, 0.58));
            Frame {
                centre,
                up: (tip - wrist).unit(),
                front: dorsal,
            }
            .seen(turn, 0.0, (185.0, 275.0), (0.6, 1.0), scope)
        }
        _ => {
            let digit = stage.digit;
            let base = stage.pivot(&format!("mcp{digit}"))?;
            let names = ["thumb", "index_finger", "middle_finger", "ring_finger", "little_finger"];
            let side = if stage.side == "l" { "left" } else { "right" };
            let tip = stage.centroid_here(
                "phalanges_hand",
                &format!("distal_phalanx_of_{side}_{}", names[digit - 1]),
            )?;
            let finger = (tip - base).unit();
            let front = if digit == 1 {
                finger.cross(stage.axis("mcp1")?) * -near
            } else {
                dorsal
            };
            let front = if front.across(finger).norm() < 0.2 {
                dorsal
            } else {
                front
            };
            Frame {
                centre: base.mix(tip, r.range(0.45, 0.75)),
                up: finger,
                front,
            }
            .seen(turn, 0.0, (75.0, 135.0), (0.35, 0.9), scope)
        }
    };
    Some(setup)
}

/// Hip to lower leg.
pub fn leg(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
    let (hip, knee, ankle) = (stage.pivot("hip")?, stage.pivot("knee")?, stage.pivot("ankle")?);
    let near = sign(stage);
    let axis = stage.axis("knee")?;
    let (thigh, shank) = ((hip - knee).unit(), (knee - ankle).unit());
    let front = axis.cross(thigh);
    let alone = Scope {
        legs: one(stage.side),
        ..NONE
    };
    let with_trunk = Scope { trunk: true, ..alone };
    let inside = if r.chance(0.7) { -near * 90.0 } else { near * 90.0 };
    let turn = match view {
        "lateral" => inside + r.normal(0.0, 4.0),
        "oblique" => near * 45.0 * if r.chance(0.5) { 1.0 } else { -1.0 },
        _ => r.normal(0.0, 4.0),
    };
    let setup = match (key, view) {
        ("HI", "lateral") => {
            let neck = (knee - hip).unit();
            Frame {
                centre: hip + v3(near * 15.0, 0.0, -12.0),
                up: neck.cross(axis) * -1.0,
                front: v3(-near, 0.0, -1.0).unit(),
            }
            .seen(0.0, 0.0, (160.0, 230.0), (0.8, 1.3), with_trunk)
        }
        ("HI", _) => {
            let scope = if r.chance(0.6) { HIPS } else { with_trunk };
            let height = around_joint((180.0, 290.0), r);
            let centre = hip + v3(near * 10.0, 0.0, -18.0 + off_joint(height, r));
            Frame::body(centre).seen(turn, 0.0, height, (0.7, 1.15), scope)
        }
        ("TH", v) => {
            let scope = if v == "AP" || r.chance(0.3) { with_trunk } else { alone };
            let section = Section::draw((hip - knee).norm(), (0.38, 0.64), (330.0, 500.0), r);
            Frame {
                centre: hip.mix(knee, section.middle),
                up: thigh,
                front,
            }
            .seen(turn, 0.0, section.height, (0.3, 0.7), scope)
        }
        ("KN", "skyline") => {
            let patella = stage.centroid_here("patella", "")?;
            let along = (patella - knee).across(axis).unit();
            Frame {
                centre: patella - along * 8.0,
                up: along,
                front: axis.cross(along),
            }
            .seen(0.0, r.normal(0.0, 6.0), (80.0, 160.0), (0.9, 1.5), alone)
        }
        ("KN", "both") => {
            let other = if stage.side == "l" { "knee_r" } else { "knee_l" };
            let joint = stage.body.joint(other)?;
            let middle = knee.mix(stage.place(joint.parent, joint.pivot), 0.5);
            let scope = Scope {
                legs: [true; 2],
                ..alone
            };
            Frame::body(middle - UP * 10.0).seen(turn, 0.0, (170.0, 300.0), (1.2, 2.2), scope)
        }
        ("KN", v) => {
            let share = if v == "lateral" { r.range(0.0, 1.0) } else { 0.5 };
            let up = (thigh * share + shank * (1.0 - share)).unit();
            let height = around_joint((130.0, 270.0), r);
            Frame {
                centre: knee - shank * 12.0 + up * off_joint(height, r),
                up,
                front,
            }
            .seen(turn, 0.0, height, (0.6, 1.1), alone)
        }
        ("LE", _) => {
            let section = Section::draw((knee - ankle).norm(), (0.44, 0.56), (330.0, 510.0), r);
            Frame {
                centre: knee.mix(ankle, section.middle),
                up: shank,
                front,
            }
            .seen(turn, 0.0, section.height, (0.27, 0.7), alone)
        }
        _ => {
            let both = view == "AP" && r.chance(0.6);
            let scope = if both { HIPS } else { with_trunk };
            let x = if both { 0.0 } else { knee.x };
            Frame::body(v3(x, knee.y, knee.z + r.range(-40.0, 60.0))).seen(
                turn,
                0.0,
                (880.0, 1120.0),
                (0.24, 0.5),
                scope,
            )
        }
    };
    Some(setup)
}

/// Ankle, foot, heel and toes.
pub fn foot(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
    let near = sign(stage);
    let (knee, ankle) = (stage.pivot("knee")?, stage.pivot("ankle")?);
    let heel = stage.centroid_here("tarsals", "calcaneus")?;
    let ball = stage.pivot("mtp2")?;
    let scope = Scope {
        legs: one(stage.side),
        ..NONE
    };
    let along = (ball - heel).unit();
    let dorsal = stage.facing("tarsals", "cuboid", UP)?.across(along).unit();
    let shank = (knee - ankle).unit();
    let inside = if r.chance(0.7) { -near * 90.0 } else { near * 90.0 };
    let standing = Frame {
        centre: ankle,
        up: shank,
        front: along,
    };
    // With the knee bent the lower leg leaves the beam of most views from above.
    let scope_above = Scope {
        shanks: r.chance(0.25),
        ..scope
    };
    let flat = |centre: V3| Frame {
        centre,
        up: along,
        front: dorsal,
    };
    let setup = match (key, view) {
        ("AN", "lateral") => {
            let centre = ankle + along * r.range(-5.0, 20.0) + shank * r.range(-15.0, 20.0);
            Frame { centre, ..standing }.seen(inside, 0.0, (130.0, 230.0), (0.65, 1.1), scope)
        }
        ("AN", v) => {
            let turn = if v == "mortise" {
                -near * r.range(2.0, 14.0)
            } else {
                near * r.range(2.0, 16.0)
            };
            let centre = ankle + shank * r.range(-5.0, 30.0);
            Frame { centre, ..standing }.seen(turn, 0.0, (130.0, 230.0), (0.5, 0.95), scope)
        }
        ("FT", "lateral") => {
            let centre = heel.mix(ball, 0.62) + dorsal * 8.0;
            Frame {
                centre,
                up: dorsal,
                front: along,
            }
            .seen(inside, 0.0, (110.0, 200.0), (1.35, 2.1), scope)
        }
        ("FT", v) => {
            let turn = if v == "oblique" {
                -near * r.range(25.0, 48.0)
            } else {
                r.normal(0.0, 4.0)
            };
            flat(heel.mix(ball, 0.8)).seen(turn, -r.range(0.0, 16.0), (230.0, 320.0), (0.4, 0.75), scope_above)
        }
        ("CA", "lateral") => Frame {
            centre: heel + along * 5.0 + dorsal * 5.0,
            up: dorsal,
            front: along,
        }
        .seen(inside, 0.0, (75.0, 140.0), (1.0, 1.5), scope),
        ("CA", _) => Frame {
            centre: heel,
            up: dorsal,
            front: along,
        }
        .seen(
            r.normal(0.0, 4.0),
            -r.range(32.0, 52.0),
            (85.0, 150.0),
            (0.6, 1.0),
            scope,
        ),
        (_, v) => {
            let toe = if r.chance(0.4) { stage.pivot("mtp1")? } else { ball };
            let turn = match v {
                "oblique" => -near * r.range(25.0, 48.0),
                "lateral" => near * r.range(70.0, 95.0),
                _ => r.normal(0.0, 5.0),
            };
            flat(toe + along * r.range(12.0, 32.0)).seen(
                turn,
                -r.range(0.0, 12.0),
                (70.0, 135.0),
                (0.6, 1.1),
                scope_above,
            )
        }
    };
    Some(setup)
}

/// A limb without a joint in the middle of the field, as generic orders produce.
pub fn extremity(stage: &Stage<'_>, view: &str, r: &mut Rng) -> Option<Setup> {
    let upper_limb = r.chance(0.5);
    let names = if upper_limb {
        ["shoulder", "elbow", "wrist"]
    } else {
        ["hip", "knee", "ankle"]
    };
    let [top, middle, end] = [stage.pivot(names[0])?, stage.pivot(names[1])?, stage.pivot(names[2])?];
    let axis = stage.axis(names[1])?;
    let t = r.range(0.55, 1.6);
    let centre = if t < 1.0 {
        top.mix(middle, t)
    } else {
        middle.mix(end, t - 1.0)
    };
    let up = (top - end).unit();
    let front = if upper_limb { up.cross(axis) } else { axis.cross(up) };
    let scope = if upper_limb {
        Scope {
            arms: one(stage.side),
            ..NONE
        }
    } else {
        Scope {
            legs: one(stage.side),
            ..NONE
        }
    };
    let turn = if view == "lateral" {
        either(r)
    } else {
        r.normal(0.0, 6.0)
    };
    let height = if upper_limb { (300.0, 480.0) } else { (420.0, 640.0) };
    Some(Frame { centre, up, front }.seen(turn, 0.0, height, (0.35, 0.8), scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_bones_are_shown_whole_without_a_joint_and_with_a_joint_at_the_edge() {
        let mut r = Rng::new(3, 1);
        let (mut whole, mut shaft, mut cut) = (0, 0, 0);
        for _ in 0..400 {
            let section = Section::draw(400.0, (0.45, 0.55), (430.0, 500.0), &mut r);
            let half = 0.5 * section.height.0 / 400.0;
            let (upper, lower) = (section.middle - half, 1.0 - section.middle - half);
            // Positive: the joint is outside the field by that share of the bone's length.
            match (upper > 0.1, lower > 0.1) {
                (true, true) => shaft += 1,
                (false, false) => whole += 1,
                _ => cut += i32::from(upper.min(lower).abs() < 0.12),
            }
        }
        assert!(whole > 180 && shaft > 40 && cut > 40, "{whole} {shaft} {cut}");
    }

    #[test]
    fn joints_are_shown_with_room_tightly_and_cut_by_the_edge() {
        let mut r = Rng::new(3, 2);
        let heights: Vec<(f32, f32)> = (0..200).map(|_| around_joint((130.0, 270.0), &mut r)).collect();
        assert!(heights.iter().filter(|h| h.1 <= 130.0).count() > 20);
        assert!(heights.iter().filter(|h| h.1 == 270.0).count() > 100);
        let shifts: Vec<f32> = (0..400).map(|_| off_joint((100.0, 200.0), &mut r).abs()).collect();
        assert!(shifts.iter().filter(|s| (30.0..=46.0).contains(*s)).count() > 15);
    }
}
