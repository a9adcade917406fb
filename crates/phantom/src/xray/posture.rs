//! How a person is placed for each exam: random angles of the joints around the usual position.

use super::patient::Pose;
use super::rng::Rng;

/// Poses the whole body for the exam `key`; `digit` is the finger examined, if one is.
pub fn posture(key: &str, view: &str, digit: usize, r: &mut Rng) -> Pose {
    let mut pose = Pose::rest();
    legs(&mut pose, key, view, r);
    neck(&mut pose, key, r);
    for side in ["l", "r"] {
        shoulder(&mut pose, key, view, side, r);
        forearm(&mut pose, key, view, side, r);
        fingers(
            &mut pose,
            key,
            side,
            (key == "FI" && view == "lateral").then_some(digit),
            r,
        );
        foot(&mut pose, key, view, side, r);
    }
    if r.chance(0.2) && matches!(key, "JA" | "FA" | "SK" | "HE" | "PS") {
        pose.set("jaw", 1, r.range(2.0, 18.0));
    }
    pose
}

fn knee_bend(key: &str, view: &str, r: &mut Rng) -> f32 {
    match (key, view) {
        ("KN", "skyline") => r.range(35.0, 70.0),
        ("KN", "tunnel") => r.range(40.0, 60.0),
        ("KN" | "EX", "lateral") => r.range(5.0, 75.0),
        ("LE" | "TH", "lateral") => r.range(0.0, 50.0),
        ("KN" | "LE" | "TH" | "AN" | "EX", _) => r.normal(0.0, 6.0).abs(),
        _ => r.normal(0.0, 3.0).abs(),
    }
}

fn legs(pose: &mut Pose, key: &str, view: &str, r: &mut Rng) {
    let bend = knee_bend(key, view, r);
    let frog = key == "HI" && view == "Lauenstein" || key == "PE" && view == "frog";
    for side in ["l", "r"] {
        let knee = bend + r.normal(0.0, 2.0);
        pose.set(format!("knee_{side}"), 1, knee);
        pose.set(format!("patella_{side}"), 1, 0.7 * knee);
        let (flexion, spread) = if frog {
            (r.range(25.0, 50.0), r.range(25.0, 45.0))
        } else {
            (0.0, r.normal(1.0, if matches!(key, "WB" | "LL") { 1.5 } else { 4.0 }))
        };
        pose.set(format!("hip_{side}"), 1, flexion);
        pose.set(format!("hip_{side}"), 2, spread);
        pose.set(
            format!("hip_{side}"),
            3,
            if frog { -r.range(10.0, 38.0) } else { r.normal(0.0, 9.0) },
        );
    }
}

fn neck(pose: &mut Pose, key: &str, r: &mut Rng) {
    let total = match key {
        "CS" | "NE" if r.chance(0.35) => r.range(-35.0, 35.0),
        "CS" | "NE" | "SK" | "HE" => r.normal(0.0, 9.0),
        _ => r.normal(0.0, 4.0),
    };
    const CHAIN: [&str; 7] = [
        "atlanto_occipital",
        "spine_axis_third_cervical_vertebra",
        "spine_third_cervical_vertebra_fourth_cervical_vertebra",
        "spine_fourth_cervical_vertebra_fifth_cervical_vertebra",
        "spine_fifth_cervical_vertebra_sixth_cervical_vertebra",
        "spine_sixth_cervical_vertebra_seventh_cervical_vertebra",
        "spine_seventh_cervical_vertebra_first_thoracic_vertebra",
    ];
    let tilt = r.normal(0.0, 0.9);
    for joint in CHAIN {
        pose.set(joint, 1, total / 7.0 + r.normal(0.0, 0.5));
        pose.set(joint, 2, tilt);
    }
    pose.set("atlanto_axial", 1, r.normal(0.0, 4.0));
}

fn shoulder(pose: &mut Pose, key: &str, view: &str, side: &str, r: &mut Rng) {
    let lift = match (key, view) {
        ("SH", "axial") => r.range(55.0, 85.0),
        ("SH" | "UA", _) if r.chance(0.35) => r.range(10.0, 70.0),
        ("CH", "PA") => r.range(0.0, 35.0),
        ("CH", _) => r.range(-6.0, 20.0),
        ("WB", _) => r.range(-6.0, 10.0),
        _ => r.normal(2.0, 5.0),
    };
    pose.set(format!("shoulder_{side}"), 1, lift);
    pose.set(format!("acromioclavicular_{side}"), 1, (lift * 0.33).clamp(-5.0, 30.0));
    if key == "CH" && view == "PA" {
        pose.set(format!("sternoclavicular_{side}"), 2, r.range(0.0, 20.0));
    }
    pose.set(
        format!("sternoclavicular_{side}"),
        1,
        r.normal(1.0, 4.0) + (lift * 0.15).max(0.0),
    );
    pose.set(
        format!("shoulder_{side}"),
        3,
        if matches!(key, "SH" | "UA" | "CH" | "UL") {
            r.range(-40.0, 60.0)
        } else {
            0.0
        },
    );
}

fn forearm(pose: &mut Pose, key: &str, view: &str, side: &str, r: &mut Rng) {
    let bend = match (key, view) {
        ("EL", "lateral") => r.range(60.0, 110.0),
        ("EL", _) if r.chance(0.2) => r.range(10.0, 45.0),
        ("FO", "lateral") => r.range(20.0, 100.0),
        ("UA" | "UL" | "EX", "lateral") => r.range(0.0, 80.0),
        _ => r.normal(0.0, 5.0).abs(),
    };
    pose.set(format!("elbow_{side}"), 1, bend);
    let pronation = match (key, view) {
        ("EL" | "FO" | "UL", "AP") => r.normal(5.0, 8.0),
        ("FO" | "EL", "lateral") => r.range(40.0, 110.0),
        _ => r.range(0.0, 150.0),
    };
    pose.set(format!("forearm_rotation_{side}"), 1, pronation);
}

fn fingers(pose: &mut Pose, key: &str, side: &str, alone: Option<usize>, r: &mut Rng) {
    let hand_exam = matches!(key, "HA" | "FI" | "WR" | "EX");
    pose.set(format!("wrist_{side}"), 1, r.normal(0.0, 9.0));
    let deviation = if key == "WR" && r.chance(0.25) {
        r.range(-18.0, 30.0)
    } else {
        r.normal(0.0, 6.0)
    };
    pose.set(format!("wrist_{side}"), 2, deviation);
    let curl = if hand_exam && r.chance(0.25) {
        r.range(8.0, 55.0)
    } else {
        r.normal(2.0, 4.0).abs()
    };
    let spread = r.normal(0.0, 4.0);
    let fold = alone.is_some() && r.chance(0.75);
    for f in 2..=5_u8 {
        let folded = fold && alone != Some(usize::from(f));
        let curl = if folded { r.range(65.0, 85.0) } else { curl };
        pose.set(format!("mcp{f}_{side}"), 1, curl * r.range(0.4, 1.1));
        pose.set(
            format!("mcp{f}_{side}"),
            2,
            (f32::from(f) - 3.2) * spread * 0.6 + r.normal(0.0, 1.5),
        );
        pose.set(format!("pip{f}_{side}"), 1, curl * r.range(0.6, 1.4));
        pose.set(format!("dip{f}_{side}"), 1, curl * r.range(0.3, 0.9));
    }
    pose.set(format!("cmc1_{side}"), 1, r.normal(2.0, 9.0));
    pose.set(format!("cmc1_{side}"), 2, r.normal(0.0, 8.0));
    pose.set(format!("mcp1_{side}"), 1, r.normal(4.0, 8.0));
    pose.set(format!("ip1_{side}"), 1, r.normal(3.0, 8.0));
}

fn foot(pose: &mut Pose, key: &str, view: &str, side: &str, r: &mut Rng) {
    let flexion = match key {
        "FT" | "TO" if view != "lateral" => r.range(5.0, 40.0),
        "CA" => r.normal(-8.0, 8.0),
        "LE" | "KN" | "TH" | "LL" => r.normal(10.0, 14.0),
        _ => r.normal(2.0, 9.0),
    };
    pose.set(format!("ankle_{side}"), 1, flexion);
    pose.set(format!("subtalar_{side}"), 1, r.normal(0.0, 4.0));
    for t in 1..=5 {
        pose.set(format!("mtp{t}_{side}"), 1, r.normal(3.0, 7.0));
        if t > 1 {
            pose.set(format!("pip_toe{t}_{side}"), 1, r.normal(8.0, 9.0));
        }
    }
}
