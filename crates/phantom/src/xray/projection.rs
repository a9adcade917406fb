//! Where the focus stands for each projection of each exam.

use super::rng::Rng;
use super::stage::Stage;
use super::vector::{V3, v3};

/// What is in the beam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Head, neck and trunk with the shoulder girdle.
    pub trunk: bool,
    /// Left and right arm.
    pub arms: [bool; 2],
    /// Left and right leg.
    pub legs: [bool; 2],
    /// Thighs and lower legs, not the feet alone.
    pub shanks: bool,
}

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
const TRUNK: Scope = Scope { trunk: true, arms: [false; 2], legs: [false; 2], shanks: true };
const HIPS: Scope = Scope { legs: [true; 2], ..TRUNK };
const ALL: Scope = Scope { arms: [true; 2], ..HIPS };
const NONE: Scope = Scope { trunk: false, ..TRUNK };

impl Frame {
    fn body(centre: V3) -> Self {
        Self { centre, up: UP, front: FRONT }
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
    Setup { mirrored: true, ..setup }
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
        "HE" | "SK" | "FA" | "PS" | "JA" => head(stage, key, view, r),
        "NE" | "CS" | "TS" | "LS" | "SC" | "SP" | "SI" => spine(stage, key, view, r),
        "WB" | "CH" | "RI" | "AB" | "PE" | "CL" => trunk(stage, key, view, r),
        "SH" | "UA" | "EL" | "FO" | "UL" => arm(stage, key, view, r),
        "WR" | "HA" | "FI" => hand(stage, key, view, r),
        "HI" | "TH" | "KN" | "LE" | "LL" => leg(stage, key, view, r),
        "AN" | "FT" | "CA" | "TO" => foot(stage, key, view, r),
        "EX" => extremity(stage, view, r),
        _ => None,
    }
}

fn head(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
    let skull = stage.centroid("skull", "")?;
    let jaw = stage.centroid("mandible", "")?;
    let level = stage.body.find("skull", "frontal").map(|i| stage.motions[i]);
    let (up, front) = level.map_or((UP, FRONT), |m| (m.direction(UP), m.direction(FRONT)));
    let at = |centre: V3| Frame { centre, up, front };
    let lateral = either(r);
    let brow = skull.mix(jaw, 0.45) + front * 20.0;
    let setup = match (key, view) {
        ("HE", "AP") => at(skull - UP * 45.0).seen(0.0, 0.0, (260.0, 360.0), (0.7, 1.1), TRUNK),
        ("HE", _) => at(skull - UP * 45.0).seen(lateral, 0.0, (260.0, 360.0), (0.75, 1.15), TRUNK),
        ("SK", "PA") => mirrored(at(skull - UP * 12.0).seen(180.0, r.range(-5.0, 18.0), (215.0, 280.0), (0.75, 1.0), TRUNK)),
        ("SK", "AP") => at(skull - UP * 12.0).seen(0.0, 0.0, (215.0, 280.0), (0.75, 1.0), TRUNK),
        ("SK", "Towne") => at(skull - UP * 5.0).seen(0.0, r.range(25.0, 38.0), (215.0, 270.0), (0.75, 1.0), TRUNK),
        ("SK", _) => at(skull - UP * 10.0).seen(lateral, 0.0, (210.0, 275.0), (0.95, 1.25), TRUNK),
        ("FA", "Waters") => mirrored(at(brow).seen(180.0, r.range(28.0, 42.0), (165.0, 230.0), (0.75, 1.1), TRUNK)),
        ("FA", "PA") => mirrored(at(brow - up * 12.0).seen(180.0, r.range(0.0, 15.0), (165.0, 230.0), (0.75, 1.1), TRUNK)),
        ("FA", _) => at(brow - up * 5.0).seen(lateral, 0.0, (150.0, 215.0), (0.7, 1.1), TRUNK),
        ("PS", "Waters") => mirrored(at(brow + up * 12.0).seen(180.0, r.range(30.0, 45.0), (130.0, 190.0), (0.75, 1.1), TRUNK)),
        ("PS", "Caldwell") => mirrored(at(brow + up * 22.0).seen(180.0, r.range(8.0, 20.0), (130.0, 185.0), (0.75, 1.1), TRUNK)),
        ("PS", _) => at(brow + up * 18.0 + front * 15.0).seen(lateral, 0.0, (125.0, 180.0), (0.7, 1.1), TRUNK),
        ("JA", "PA") => mirrored(at(jaw).seen(180.0, r.range(-8.0, 10.0), (120.0, 190.0), (0.85, 1.3), TRUNK)),
        ("JA", "oblique") => {
            let turn = if stage.side == "l" { 65.0 } else { -65.0 };
            at(jaw).seen(turn + r.normal(0.0, 8.0), -r.range(10.0, 28.0), (115.0, 170.0), (0.95, 1.4), TRUNK)
        }
        ("JA", "panoramic") => at(jaw).seen(0.0, 0.0, (105.0, 150.0), (1.8, 2.3), TRUNK),
        _ => at(jaw).seen(lateral, 0.0, (120.0, 180.0), (0.9, 1.3), TRUNK),
    };
    Some(setup)
}

fn spine(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
    let at = |group: &str, needle: &str| stage.centroid(group, needle).map(Frame::body);
    let oblique = sign(stage) * r.range(35.0, 50.0);
    let lateral = either(r);
    let turn = |view: &str| match view {
        "lateral" | "swimmer" => lateral,
        "oblique" => oblique,
        _ => 0.0,
    };
    let setup = match (key, view) {
        ("NE", "AP") => at("cervical", "Fifth").or_else(|| at("cervical", ""))?.seen(0.0, r.range(-12.0, 4.0), (190.0, 280.0), (0.65, 1.0), TRUNK),
        ("NE", _) => {
            let frame = at("cervical", "")?;
            Frame { centre: frame.centre + FRONT * 22.0, ..frame }.seen(lateral, 0.0, (190.0, 280.0), (0.7, 1.1), TRUNK)
        }
        ("CS", "odontoid") => at("cervical", "axis")?.seen(0.0, r.range(-3.0, 5.0), (90.0, 150.0), (0.8, 1.2), TRUNK),
        ("CS", "AP") => at("cervical", "")?.seen(0.0, -r.range(5.0, 20.0), (160.0, 230.0), (0.6, 0.95), TRUNK),
        ("CS", "swimmer") => at("cervical", "seventh")?.seen(lateral, 0.0, (150.0, 230.0), (0.65, 1.0), TRUNK),
        ("CS", _) => at("cervical", "")?.seen(turn(view), 0.0, (165.0, 240.0), (0.6, 0.95), TRUNK),
        ("TS", _) => at("thoracic", "")?.seen(turn(view), 0.0, (330.0, 430.0), (0.35, 0.8), TRUNK),
        ("LS", _) => at("lumbar", "")?.seen(turn(view), 0.0, (250.0, 380.0), (0.4, 0.85), HIPS),
        ("SC", "AP") => at("sacrum", "")?.seen(0.0, r.range(-10.0, 22.0), (150.0, 230.0), (0.7, 1.1), HIPS),
        ("SC", _) => at("sacrum", "")?.seen(lateral, 0.0, (150.0, 230.0), (0.55, 1.0), TRUNK),
        ("SI", "AP") => at("sacrum", "")?.seen(0.0, r.range(0.0, 30.0), (130.0, 200.0), (1.0, 1.7), HIPS),
        ("SI", _) => {
            let frame = at("sacrum", "")?;
            let centre = frame.centre + v3(sign(stage) * 42.0, 0.0, 12.0);
            Frame { centre, ..frame }.seen(sign(stage) * r.range(18.0, 32.0), 0.0, (120.0, 190.0), (0.6, 1.1), HIPS)
        }
        _ => {
            let middle = stage.centroid("thoracic", "")?.mix(stage.centroid("lumbar", "")?, r.range(0.2, 0.65));
            let height = if r.chance(0.5) { (430.0, 600.0) } else { (600.0, 900.0) };
            Frame::body(middle).seen(turn(view), 0.0, height, (0.32, 0.6), HIPS)
        }
    };
    Some(setup)
}

fn trunk(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
    let chest = stage.centroid("thoracic", "")?.mix(stage.centroid("sternum", "body")?, 0.4) + UP * r.range(-5.0, 35.0);
    let lumbar = stage.centroid("lumbar", "")?;
    let hips = stage.centroid("hip_bone_l", "")?.mix(stage.centroid("hip_bone_r", "")?, 0.5);
    let arms = key == "CH" || r.chance(0.7);
    let with_arms = Scope { arms: [arms; 2], ..TRUNK };
    let near = sign(stage);
    let setup = match (key, view) {
        ("WB", v) => {
            let turn = if v == "AP" { 0.0 } else { either(r) };
            Frame::body(v3(0.0, -70.0, 790.0)).seen(turn, 0.0, (1650.0, 1900.0), (0.3, 0.55), ALL)
        }
        ("CH", "PA") => mirrored(Frame::body(chest).seen(180.0, 0.0, (300.0, 410.0), (0.85, 1.2), with_arms)),
        ("CH", "AP") => Frame::body(chest).seen(0.0, r.range(-2.0, 14.0), (295.0, 400.0), (0.85, 1.25), with_arms),
        ("CH", _) => Frame::body(chest - UP * 5.0).seen(either(r), 0.0, (310.0, 420.0), (0.65, 1.0), TRUNK),
        ("RI", v) => {
            let side = v3(near * r.range(55.0, 95.0), 0.0, r.range(-70.0, 50.0));
            let turn = if v == "AP" { 0.0 } else { near * r.range(30.0, 50.0) };
            Frame::body(chest + side).seen(turn, 0.0, (230.0, 370.0), (0.6, 1.0), with_arms)
        }
        ("AB", v) => {
            let scope = Scope { legs: [true; 2], ..with_arms };
            let turn = if v == "AP" || r.chance(0.6) { 0.0 } else { either(r) };
            Frame::body(lumbar - UP * 35.0).seen(turn, 0.0, (370.0, 480.0), (0.7, 1.0), scope)
        }
        ("PE", v) => {
            let tilt = match v {
                "inlet" => r.range(25.0, 42.0),
                "outlet" => -r.range(25.0, 42.0),
                _ => r.normal(0.0, 4.0),
            };
            Frame::body(hips - UP * 12.0).seen(0.0, tilt, (250.0, 350.0), (1.0, 1.45), HIPS)
        }
        (_, v) => {
            let clavicle = stage.centroid(&stage.sided("clavicle"), "")?;
            let tilt = if v == "axial" { -r.range(15.0, 35.0) } else { r.normal(0.0, 4.0) };
            let scope = Scope { arms: one(stage.side), ..TRUNK };
            Frame::body(clavicle - UP * 5.0).seen(near * r.normal(0.0, 5.0), tilt, (105.0, 190.0), (1.1, 1.9), scope)
        }
    };
    Some(setup)
}

fn arm(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
    let (shoulder, elbow, wrist) = (stage.pivot("shoulder")?, stage.pivot("elbow")?, stage.pivot("wrist")?);
    let near = sign(stage);
    let with_trunk = Scope { arms: one(stage.side), ..TRUNK };
    let alone = Scope { arms: one(stage.side), ..NONE };
    let (upper, lower) = ((shoulder - elbow).unit(), (elbow - wrist).unit());
    let front = upper.cross(stage.axis("elbow")?);
    let side_view = if r.chance(0.5) { 90.0 } else { -90.0 };
    let turn = match view {
        "lateral" => side_view,
        "oblique" => near * r.range(25.0, 55.0),
        _ => 0.0,
    };
    let setup = match (key, view) {
        ("SH", "AP") => Frame::body(shoulder + v3(-near * 22.0, 0.0, -22.0)).seen(near * r.normal(0.0, 8.0), r.normal(-4.0, 8.0), (170.0, 270.0), (0.75, 1.2), with_trunk),
        ("SH", "Grashey") => Frame::body(shoulder + v3(-near * 8.0, 0.0, -18.0)).seen(-near * r.range(25.0, 45.0), r.normal(0.0, 5.0), (160.0, 250.0), (0.7, 1.15), with_trunk),
        ("SH", "Y") => Frame::body(shoulder + v3(-near * 15.0, 15.0, -35.0)).seen(180.0 - near * r.range(112.0, 130.0), r.normal(0.0, 4.0), (180.0, 260.0), (0.65, 1.0), with_trunk),
        ("SH", _) => {
            let frame = Frame { centre: shoulder + v3(-near * 8.0, 0.0, 0.0), up: FRONT, front: UP };
            frame.seen(r.normal(0.0, 10.0), r.normal(0.0, 8.0), (140.0, 220.0), (0.8, 1.3), with_trunk)
        }
        ("UA", _) => {
            let scope = if turn == 0.0 || r.chance(0.3) { with_trunk } else { alone };
            Frame { centre: shoulder.mix(elbow, r.range(0.42, 0.58)), up: upper, front }.seen(turn, 0.0, (270.0, 390.0), (0.3, 0.75), scope)
        }
        ("EL", v) => {
            let share = if v == "lateral" { r.range(0.0, 1.0) } else { r.range(0.3, 0.8) };
            let up = (upper * share + lower * (1.0 - share)).unit();
            let flip = if r.chance(0.3) { -1.0 } else { 1.0 };
            Frame { centre: elbow, up: up * flip, front }.seen(turn, 0.0, (130.0, 250.0), (0.65, 1.2), alone)
        }
        ("FO", _) => {
            let flip = if r.chance(0.4) { -1.0 } else { 1.0 };
            Frame { centre: elbow.mix(wrist, r.range(0.44, 0.58)), up: lower * flip, front }.seen(turn, 0.0, (240.0, 360.0), (0.3, 0.75), alone)
        }
        _ => {
            let up = (shoulder - wrist).unit();
            let scope = if r.chance(0.5) { with_trunk } else { alone };
            Frame { centre: elbow, up, front }.seen(turn, 0.0, (560.0, 820.0), (0.3, 0.6), scope)
        }
    };
    Some(setup)
}

fn hand(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
    let (wrist, knuckle) = (stage.pivot("wrist")?, stage.pivot("mcp3")?);
    let radial = stage.pivot("mcp2")? - stage.pivot("mcp5")?;
    let scope = Scope { arms: one(stage.side), ..NONE };
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
            Frame { centre, up: (up + straight).unit(), front: dorsal }.seen(turn, 0.0, (110.0, 210.0), (0.5, 0.95), scope)
        }
        "HA" => {
            let tip = stage.centroid_here("phalanges_hand", "distal_phalanx_of_right_middle").or(stage.centroid_here("phalanges_hand", "distal_phalanx_of_left_middle"))?;
            let centre = wrist.mix(tip, r.range(0.45, 0.58));
            Frame { centre, up: (tip - wrist).unit(), front: dorsal }.seen(turn, 0.0, (185.0, 275.0), (0.6, 1.0), scope)
        }
        _ => {
            let digit = stage.digit;
            let base = stage.pivot(&format!("mcp{digit}"))?;
            let names = ["thumb", "index_finger", "middle_finger", "ring_finger", "little_finger"];
            let side = if stage.side == "l" { "left" } else { "right" };
            let tip = stage.centroid_here("phalanges_hand", &format!("distal_phalanx_of_{side}_{}", names[digit - 1]))?;
            let finger = (tip - base).unit();
            let front = if digit == 1 { finger.cross(stage.axis("mcp1")?) * -near } else { dorsal };
            let front = if front.across(finger).norm() < 0.2 { dorsal } else { front };
            Frame { centre: base.mix(tip, r.range(0.45, 0.75)), up: finger, front }.seen(turn, 0.0, (75.0, 135.0), (0.35, 0.9), scope)
        }
    };
    Some(setup)
}

fn leg(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
    let (hip, knee, ankle) = (stage.pivot("hip")?, stage.pivot("knee")?, stage.pivot("ankle")?);
    let near = sign(stage);
    let axis = stage.axis("knee")?;
    let (thigh, shank) = ((hip - knee).unit(), (knee - ankle).unit());
    let front = axis.cross(thigh);
    let alone = Scope { legs: one(stage.side), ..NONE };
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
            Frame { centre: hip + v3(near * 15.0, 0.0, -12.0), up: neck.cross(axis) * -1.0, front: v3(-near, 0.0, -1.0).unit() }.seen(0.0, 0.0, (160.0, 230.0), (0.8, 1.3), with_trunk)
        }
        ("HI", _) => {
            let scope = if r.chance(0.6) { HIPS } else { with_trunk };
            Frame::body(hip + v3(near * 10.0, 0.0, -18.0)).seen(turn, 0.0, (180.0, 290.0), (0.7, 1.15), scope)
        }
        ("TH", v) => {
            let scope = if v == "AP" || r.chance(0.3) { with_trunk } else { alone };
            let centre = hip.mix(knee, r.range(0.38, 0.64));
            Frame { centre, up: thigh, front }.seen(turn, 0.0, (330.0, 500.0), (0.3, 0.6), scope)
        }
        ("KN", "skyline") => {
            let patella = stage.centroid_here("patella", "")?;
            let along = (patella - knee).across(axis).unit();
            Frame { centre: patella - along * 8.0, up: along, front: axis.cross(along) }.seen(0.0, r.normal(0.0, 6.0), (80.0, 160.0), (0.9, 1.5), alone)
        }
        ("KN", "both") => {
            let other = if stage.side == "l" { "knee_r" } else { "knee_l" };
            let joint = stage.body.joint(other)?;
            let middle = knee.mix(stage.place(joint.parent, joint.pivot), 0.5);
            let scope = Scope { legs: [true; 2], ..alone };
            Frame::body(middle - UP * 10.0).seen(turn, 0.0, (170.0, 300.0), (1.2, 2.2), scope)
        }
        ("KN", v) => {
            let share = if v == "lateral" { r.range(0.0, 1.0) } else { 0.5 };
            let up = (thigh * share + shank * (1.0 - share)).unit();
            Frame { centre: knee - shank * 12.0, up, front }.seen(turn, 0.0, (130.0, 270.0), (0.6, 1.1), alone)
        }
        ("LE", _) => {
            let centre = knee.mix(ankle, r.range(0.44, 0.56));
            Frame { centre, up: shank, front }.seen(turn, 0.0, (330.0, 510.0), (0.27, 0.6), alone)
        }
        _ => {
            let both = view == "AP" && r.chance(0.6);
            let scope = if both { HIPS } else { with_trunk };
            let x = if both { 0.0 } else { knee.x };
            Frame::body(v3(x, knee.y, knee.z + r.range(-40.0, 60.0))).seen(turn, 0.0, (880.0, 1120.0), (0.24, 0.5), scope)
        }
    };
    Some(setup)
}

fn foot(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
    let near = sign(stage);
    let (knee, ankle) = (stage.pivot("knee")?, stage.pivot("ankle")?);
    let heel = stage.centroid_here("tarsals", "calcaneus")?;
    let ball = stage.pivot("mtp2")?;
    let scope = Scope { legs: one(stage.side), ..NONE };
    let along = (ball - heel).unit();
    let dorsal = stage.facing("tarsals", "cuboid", UP)?.across(along).unit();
    let shank = (knee - ankle).unit();
    let inside = if r.chance(0.7) { -near * 90.0 } else { near * 90.0 };
    let standing = Frame { centre: ankle, up: shank, front: along };
    // With the knee bent the lower leg leaves the beam of most views from above.
    let scope_above = Scope { shanks: r.chance(0.25), ..scope };
    let flat = |centre: V3| Frame { centre, up: along, front: dorsal };
    let setup = match (key, view) {
        ("AN", "lateral") => {
            let centre = ankle + along * r.range(-5.0, 20.0) + shank * r.range(-15.0, 20.0);
            Frame { centre, ..standing }.seen(inside, 0.0, (130.0, 230.0), (0.65, 1.1), scope)
        }
        ("AN", v) => {
            let turn = if v == "mortise" { -near * r.range(2.0, 14.0) } else { near * r.range(2.0, 16.0) };
            let centre = ankle + shank * r.range(-5.0, 30.0);
            Frame { centre, ..standing }.seen(turn, 0.0, (130.0, 230.0), (0.5, 0.95), scope)
        }
        ("FT", "lateral") => {
            let centre = heel.mix(ball, 0.62) + dorsal * 8.0;
            Frame { centre, up: dorsal, front: along }.seen(inside, 0.0, (110.0, 200.0), (1.35, 2.1), scope)
        }
        ("FT", v) => {
            let turn = if v == "oblique" { -near * r.range(25.0, 48.0) } else { r.normal(0.0, 4.0) };
            flat(heel.mix(ball, 0.8)).seen(turn, -r.range(0.0, 16.0), (230.0, 320.0), (0.4, 0.75), scope_above)
        }
        ("CA", "lateral") => Frame { centre: heel + along * 5.0 + dorsal * 5.0, up: dorsal, front: along }.seen(inside, 0.0, (75.0, 140.0), (1.0, 1.5), scope),
        ("CA", _) => Frame { centre: heel, up: dorsal, front: along }.seen(
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
            flat(toe + along * r.range(12.0, 32.0)).seen(turn, -r.range(0.0, 12.0), (70.0, 135.0), (0.6, 1.1), scope_above)
        }
    };
    Some(setup)
}

/// A limb without a joint in the middle of the field, as generic orders produce.
fn extremity(stage: &Stage<'_>, view: &str, r: &mut Rng) -> Option<Setup> {
    let upper_limb = r.chance(0.5);
    let names = if upper_limb { ["shoulder", "elbow", "wrist"] } else { ["hip", "knee", "ankle"] };
    let [top, middle, end] = [stage.pivot(names[0])?, stage.pivot(names[1])?, stage.pivot(names[2])?];
    let axis = stage.axis(names[1])?;
    let t = r.range(0.55, 1.6);
    let centre = if t < 1.0 { top.mix(middle, t) } else { middle.mix(end, t - 1.0) };
    let up = (top - end).unit();
    let front = if upper_limb { up.cross(axis) } else { axis.cross(up) };
    let scope = if upper_limb {
        Scope { arms: one(stage.side), ..NONE }
    } else {
        Scope { legs: one(stage.side), ..NONE }
    };
    let turn = if view == "lateral" { either(r) } else { r.normal(0.0, 6.0) };
    let height = if upper_limb { (300.0, 480.0) } else { (420.0, 640.0) };
    Some(Frame { centre, up, front }.seen(turn, 0.0, height, (0.35, 0.8), scope))
}
