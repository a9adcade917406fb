//! Rendering a small made-up leg: determinism, truth, refusals; and the real meshes where they are at hand.

use std::path::PathBuf;

use bodysite_phantom::xray::mesh::Mesh;
use bodysite_phantom::xray::tables::JointRow;
use bodysite_phantom::xray::vector::{V3, v3};
use bodysite_phantom::{Body, EXAMS, Image, Part, RenderError, Request, render};
use rayon::prelude::*;

fn block(group: &str, name: &str, low: V3, high: V3) -> Part {
    Part::new(format!("{group}/{name}.ply"), group.into(), Mesh::cuboid(low, high))
}

fn joint(name: &str, parent: &str, children: &str, pivot: V3) -> JointRow {
    JointRow {
        name: name.into(),
        dof: 1,
        parent: parent.into(),
        children: children.into(),
        pivot,
        axis: v3(1.0, 0.0, 0.0),
        range: (-20.0, 140.0),
    }
}

/// Two legs of boxes under a skull of a box.
fn toy() -> Body {
    let mut parts = vec![block(
        "skull",
        "frontal_bone",
        v3(-70.0, -160.0, 1480.0),
        v3(70.0, 0.0, 1640.0),
    )];
    let mut joints = Vec::new();
    for (s, x) in [("r", -80.0), ("l", 80.0)] {
        let at = |low: f32, high: f32, wide: f32| (v3(x - wide, -90.0, low), v3(x + wide, -60.0, high));
        for (base, name, (low, high)) in [
            ("hip_bone", "hip", at(800.0, 960.0, 50.0)),
            ("femur", "femur", at(400.0, 810.0, 18.0)),
            ("tibia", "tibia", at(0.0, 390.0, 16.0)),
            ("tarsals", "talus", at(-50.0, -4.0, 20.0)),
        ] {
            parts.push(block(&format!("{base}_{s}"), name, low, high));
        }
        let group = |g: &str| format!("group:{g}_{s}");
        let foot = group("tarsals");
        let shank = format!("{}|{foot}", group("tibia"));
        let leg = format!("{}|{shank}", group("femur"));
        joints.push(joint(
            &format!("hip_{s}"),
            &group("hip_bone"),
            &leg,
            v3(x, -75.0, 810.0),
        ));
        joints.push(joint(
            &format!("knee_{s}"),
            &group("femur"),
            &shank,
            v3(x, -75.0, 395.0),
        ));
        joints.push(joint(&format!("ankle_{s}"), &group("tibia"), &foot, v3(x, -75.0, -2.0)));
    }
    Body::assemble(parts, joints).expect("the toy is well made")
}

fn request(key: &str, view: Option<&str>, index: u64) -> Request {
    Request {
        key: key.into(),
        view: view.map(Into::into),
        side: Some('r'),
        seed: 4,
        index,
        size: 96,
    }
}

fn share(image: &Image, key: &str) -> f32 {
    image
        .truth
        .visible
        .iter()
        .find(|v| v.0 == key)
        .map_or(f32::NAN, |v| v.1)
}

#[test]
fn a_knee_shows_the_knee_and_never_the_skull() {
    let body = toy();
    for index in 0..20 {
        let image = render(&body, &request("KN", Some("AP"), index)).unwrap();
        assert_eq!((image.truth.key, image.truth.view, image.truth.side), ("KN", "AP", "R"));
        assert_eq!(share(&image, "SK"), 0.0);
        assert!(share(&image, "KN") > 0.6, "{index}: {}", share(&image, "KN"));
        assert!(share(&image, "TH") < 0.6, "a knee film cannot hold a whole thigh");
        assert_eq!(image.truth.visible.len(), 36);
        assert_eq!(image.pixels.len(), image.width * image.height);
        let (low, high) = (image.pixels.iter().min(), image.pixels.iter().max());
        assert!(low < high, "{index}: an empty image");
    }
}

#[test]
fn a_thigh_is_measured_by_length() {
    let body = toy();
    let films = (0..20).map(|index| render(&body, &request("TH", Some("lateral"), index)).unwrap());
    let (thigh, shank): (Vec<f32>, Vec<f32>) = films.map(|film| (share(&film, "TH"), share(&film, "LE"))).unzip();
    // Three in five show the bone with both joints, the others its shaft or an end.
    let whole = thigh.iter().filter(|share| **share > 0.6).count();
    assert!(whole >= 10, "{thigh:?}");
    assert!(thigh.iter().all(|share| *share > 0.3), "{thigh:?}");
    assert!(shank.iter().all(|share| *share < 0.6), "{shank:?}");
}

#[test]
fn the_same_request_gives_the_same_bytes_on_any_number_of_threads() {
    let body = toy();
    let all = |threads: usize| -> Vec<Image> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            (0..12)
                .into_par_iter()
                .map(|i| render(&body, &request("LE", None, i)).unwrap())
                .collect()
        })
    };
    let alone = all(1);
    assert_eq!(alone, all(4));
    assert_ne!(alone[0].pixels, alone[1].pixels);
}

#[test]
fn what_cannot_be_rendered_is_refused_by_name() {
    let body = toy();
    assert_eq!(
        render(&body, &request("XX", None, 0)),
        Err(RenderError::Key("XX".into()))
    );
    assert_eq!(
        render(&body, &request("KN", Some("Waters"), 0)),
        Err(RenderError::View("KN".into(), "Waters".into()))
    );
    assert!(matches!(
        render(&body, &request("HA", Some("PA"), 0)),
        Err(RenderError::Body("HA", "PA"))
    ));
    let small = Request {
        size: 8,
        ..request("KN", None, 0)
    };
    assert_eq!(render(&body, &small), Err(RenderError::Size(8)));
}

/// The folder of real meshes, or a line that says why the test did nothing.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn meshes() -> Option<PathBuf> {
    let folder = std::env::var_os("BODYSITE_SHARED").map(|s| PathBuf::from(s).join("xray/bodyparts3d"));
    if folder.is_none() {
        eprintln!("skipped: BODYSITE_SHARED is not set");
    }
    folder
}

#[test]
fn every_projection_of_the_real_body_shows_what_it_is_named_after() {
    let Some(folder) = meshes() else { return };
    let body = Body::load(&folder).unwrap();
    for (i, exam) in EXAMS.iter().enumerate() {
        for (k, (view, _)) in exam.views.iter().enumerate() {
            let mut sum = 0.0;
            for n in 0..6 {
                let index = (i * 1000 + k * 10 + n) as u64;
                let image = render(
                    &body,
                    &Request {
                        size: 64,
                        ..request(exam.key, Some(view), index)
                    },
                )
                .unwrap();
                sum += share(&image, exam.key);
            }
            assert!(
                sum / 6.0 > 0.4,
                "{} {view}: {:.2} of it in the field",
                exam.key,
                sum / 6.0
            );
        }
    }
}
