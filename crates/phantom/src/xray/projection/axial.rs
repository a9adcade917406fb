//! Projections of head, spine and trunk.

use super::super::rng::Rng;
use super::super::stage::Stage;
use super::super::vector::{V3, v3};
use super::{ALL, FRONT, Frame, HIPS, Scope, Setup, TRUNK, UP, either, mirrored, one, sign};

/// Skull, face, sinuses and jaws.
pub fn head(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
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
        ("SK", "PA") => {
            mirrored(at(skull - UP * 12.0).seen(180.0, r.range(-5.0, 18.0), (215.0, 280.0), (0.75, 1.0), TRUNK))
        }
        ("SK", "AP") => at(skull - UP * 12.0).seen(0.0, 0.0, (215.0, 280.0), (0.75, 1.0), TRUNK),
        ("SK", "Towne") => at(skull - UP * 5.0).seen(0.0, r.range(25.0, 38.0), (215.0, 270.0), (0.75, 1.0), TRUNK),
        ("SK", _) => at(skull - UP * 10.0).seen(lateral, 0.0, (210.0, 275.0), (0.95, 1.25), TRUNK),
        ("FA", "Waters") => mirrored(at(brow).seen(180.0, r.range(28.0, 42.0), (165.0, 230.0), (0.75, 1.1), TRUNK)),
        ("FA", "PA") => {
            mirrored(at(brow - up * 12.0).seen(180.0, r.range(0.0, 15.0), (165.0, 230.0), (0.75, 1.1), TRUNK))
        }
        ("FA", _) => at(brow - up * 5.0).seen(lateral, 0.0, (150.0, 215.0), (0.7, 1.1), TRUNK),
        ("PS", "Waters") => {
            mirrored(at(brow + up * 12.0).seen(180.0, r.range(30.0, 45.0), (130.0, 190.0), (0.75, 1.1), TRUNK))
        }
        ("PS", "Caldwell") => {
            mirrored(at(brow + up * 22.0).seen(180.0, r.range(8.0, 20.0), (130.0, 185.0), (0.75, 1.1), TRUNK))
        }
        ("PS", _) => at(brow + up * 18.0 + front * 15.0).seen(lateral, 0.0, (125.0, 180.0), (0.7, 1.1), TRUNK),
        ("JA", "PA") => mirrored(at(jaw).seen(180.0, r.range(-8.0, 10.0), (120.0, 190.0), (0.85, 1.3), TRUNK)),
        ("JA", "oblique") => {
            let turn = if stage.side == "l" { 65.0 } else { -65.0 };
            at(jaw).seen(
                turn + r.normal(0.0, 8.0),
                -r.range(10.0, 28.0),
                (115.0, 170.0),
                (0.95, 1.4),
                TRUNK,
            )
        }
        ("JA", "panoramic") => at(jaw).seen(0.0, 0.0, (105.0, 150.0), (1.8, 2.3), TRUNK),
        _ => at(jaw).seen(lateral, 0.0, (120.0, 180.0), (0.9, 1.3), TRUNK),
    };
    Some(setup)
}

/// Neck, spine, sacrum and sacroiliac joints.
pub fn spine(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
    let at = |group: &str, needle: &str| stage.centroid(group, needle).map(Frame::body);
    let oblique = sign(stage) * r.range(35.0, 50.0);
    let lateral = either(r);
    let turn = |view: &str| match view {
        "lateral" | "swimmer" => lateral,
        "oblique" => oblique,
        _ => 0.0,
    };
    let setup = match (key, view) {
        ("NE", "AP") => at("cervical", "Fifth").or_else(|| at("cervical", ""))?.seen(
            0.0,
            r.range(-12.0, 4.0),
            (190.0, 280.0),
            (0.65, 1.0),
            TRUNK,
        ),
        ("NE", _) => {
            let frame = at("cervical", "")?;
            Frame {
                centre: frame.centre + FRONT * 22.0,
                ..frame
            }
            .seen(lateral, 0.0, (190.0, 280.0), (0.7, 1.1), TRUNK)
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
            let middle = stage
                .centroid("thoracic", "")?
                .mix(stage.centroid("lumbar", "")?, r.range(0.2, 0.65));
            let height = if r.chance(0.5) { (430.0, 600.0) } else { (600.0, 900.0) };
            Frame::body(middle).seen(turn(view), 0.0, height, (0.32, 0.6), HIPS)
        }
    };
    Some(setup)
}

/// Whole body, chest, ribs, abdomen, pelvis and clavicle.
pub fn trunk(stage: &Stage<'_>, key: &str, view: &str, r: &mut Rng) -> Option<Setup> {
    let chest = stage
        .centroid("thoracic", "")?
        .mix(stage.centroid("sternum", "body")?, 0.4)
        + UP * r.range(-5.0, 35.0);
    let lumbar = stage.centroid("lumbar", "")?;
    let hips = stage
        .centroid("hip_bone_l", "")?
        .mix(stage.centroid("hip_bone_r", "")?, 0.5);
    let arms = key == "CH" || r.chance(0.7);
    let with_arms = Scope {
        arms: [arms; 2],
        ..TRUNK
    };
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
            let scope = Scope {
                legs: [true; 2],
                ..with_arms
            };
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
            let tilt = if v == "axial" {
                -r.range(15.0, 35.0)
            } else {
                r.normal(0.0, 4.0)
            };
            let scope = Scope {
                arms: one(stage.side),
                ..TRUNK
            };
            Frame::body(clavicle - UP * 5.0).seen(near * r.normal(0.0, 5.0), tilt, (105.0, 190.0), (1.1, 1.9), scope)
        }
    };
    Some(setup)
}
