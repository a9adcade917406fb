//! One synthetic radiograph from a request, with its truth.

use super::body::Body;
use super::camera::Camera;
use super::exam::exam_of;
use super::field::Field;
use super::film::Film;
use super::hardware;
use super::marks;
use super::patient::Patient;
use super::posture::posture;
use super::projection::{Setup, set_up};
use super::raster::Plane;
use super::rng::Rng;
use super::scene::{Layers, Optics, expose};
use super::stage::Stage;
use super::tone::grey;
use super::truth::Probe;
use super::vector::v3;

/// What is to be rendered. Same request, same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Key of one of the 36 labels.
    pub key: String,
    /// A projection of that exam; drawn by its share when absent.
    pub view: Option<String>,
    /// `l` or `r`; drawn when absent.
    pub side: Option<char>,
    /// Seed of the set.
    pub seed: u64,
    /// Index within the set.
    pub index: u64,
    /// Pixels of the longer side.
    pub size: usize,
}

/// What is known about an image because we made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// Key of the examined label.
    pub key: &'static str,
    /// Projection.
    pub view: &'static str,
    /// `L` or `R` for exams of one side, `B` when both sides are shown, empty in the midline.
    pub side: &'static str,
    /// Share of each of the 36 labels inside the exposed field.
    pub visible: Vec<(&'static str, f32)>,
}

/// An 8-bit grey image, larger is brighter.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row.
    pub pixels: Vec<u8>,
    /// What it shows.
    pub truth: Truth,
}

/// Why nothing was rendered.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenderError {
    /// The key is none of the 36.
    #[error("no exam has the key {0}")]
    Key(String),
    /// The exam has no such projection.
    #[error("the exam {0} has no projection {1}")]
    View(String, String),
    /// The body lacks what the projection is centred on.
    #[error("the body lacks the parts or joints that {0} {1} needs")]
    Body(&'static str, &'static str),
    /// The image would be too small to show anything.
    #[error("an image of {0} pixels is smaller than 32")]
    Size(usize),
}

/// Exams whose field takes both sides.
const MIDLINE: [&str; 16] = [
    "WB", "HE", "SK", "FA", "PS", "JA", "NE", "SP", "CS", "TS", "LS", "SC", "CH", "AB", "PE", "SI",
];

/// Renders the radiograph that `request` asks for.
pub fn render(body: &Body, request: &Request) -> Result<Image, RenderError> {
    if request.size < 32 {
        return Err(RenderError::Size(request.size));
    }
    let exam = exam_of(&request.key).ok_or_else(|| RenderError::Key(request.key.clone()))?;
    let mut r = Rng::new(request.seed, request.index);
    let drawn = exam.draw_view(&mut r);
    let view = match &request.view {
        None => drawn,
        Some(v) => exam
            .views
            .iter()
            .map(|x| x.0)
            .find(|x| x == v)
            .ok_or_else(|| RenderError::View(request.key.clone(), v.clone()))?,
    };
    let drawn_side = if r.chance(0.5) { "l" } else { "r" };
    let side = match request.side.map(|c| c.to_ascii_lowercase()) {
        Some('l') => "l",
        Some('r') => "r",
        _ => drawn_side,
    };
    let patient = Patient::draw(&mut r);
    let digit = 1 + r.below(5);
    let motions = posture(exam.key, view, digit, &mut r).motions(body);
    let stage = Stage {
        body,
        motions,
        patient,
        side,
        digit,
    };
    let setup = set_up(&stage, exam.key, view, &mut r).ok_or(RenderError::Body(exam.key, view))?;
    Ok(shoot(&stage, exam.key, view, &setup, request.size, &mut r))
}

fn canvas(setup: &Setup, size: usize, r: &mut Rng) -> (usize, usize) {
    let aspect = r.range(setup.aspect.0, setup.aspect.1);
    let (w, h) = if aspect > 1.0 {
        (size as f32, size as f32 / aspect)
    } else {
        (size as f32 * aspect, size as f32)
    };
    (w.round().max(24.0) as usize, h.round().max(24.0) as usize)
}

/// The camera of a set-up with the usual small errors of placing.
fn optics(stage: &Stage<'_>, view: &str, setup: &Setup, size: (usize, usize), r: &mut Rng) -> Optics {
    let young = if stage.patient.child { 0.95 } else { 1.0 };
    let height = r.log_range(setup.height.0 * 0.94, setup.height.1 * 1.06) * young * stage.patient.stretch.z;
    if view == "panoramic" {
        return Optics::Arch {
            centre: setup.centre + v3(r.normal(0.0, 3.0), r.range(22.0, 34.0), r.range(0.0, 16.0)),
            radius: r.range(76.0, 102.0),
            scale: size.1 as f32 / height,
            size,
        };
    }
    let width = height * size.0 as f32 / size.1 as f32;
    let sure = if r.chance(0.25) { 0.09 } else { 0.03 };
    let up = setup.up.turned(
        setup.towards,
        r.normal(0.0, 3.5) + if r.chance(0.06) { r.normal(0.0, 16.0) } else { 0.0 },
    );
    let towards = setup.towards.turned(up, r.normal(0.0, 4.0));
    let right = up.cross(towards);
    let centre = setup.centre + right * (width * r.normal(0.0, sure)) + up * (height * r.normal(0.0, sure));
    Optics::Beam(Camera::new(centre, towards, up, r.range(950.0, 1900.0), height, size))
}

fn shoot(stage: &Stage<'_>, key: &'static str, view: &'static str, setup: &Setup, size: usize, r: &mut Rng) -> Image {
    let (w, h) = canvas(setup, size, r);
    let optics = optics(stage, view, setup, (w, h), r);
    let mut layers = expose(stage, &optics, &setup.scope, r);
    let field = Field::draw(r, w, h);
    let side = side_of(key, view, stage.side);
    let in_reach: Vec<bool> = (0..stage.body.parts.len())
        .map(|i| setup.scope.holds(stage.body.parts[i].limb) && optics.reaches(stage.part_ball(i)))
        .collect();
    let seen = |p: &Probe| {
        if !in_reach[p.0] {
            return false;
        }
        let [x, y, _] = optics.project(stage.place(p.0, p.1));
        x >= 0.0 && y >= 0.0 && x < w as f32 && y < h as f32 && field.holds(x, y)
    };
    let visible = stage.body.probes.shares(seen);
    extras(&mut layers, key, 1.0 / optics.pixel_mm(), r);
    if setup.mirrored {
        mirror(&mut layers.bone);
        mirror(&mut layers.water);
    }
    let field = if setup.mirrored { field.mirrored(w) } else { field };
    label(&mut layers, key, view, side, r);
    let plane = develop(&layers, &field, key, r);
    let (width, height, pixels) = turned(&plane, key, r);
    Image {
        width,
        height,
        pixels,
        truth: Truth {
            key,
            view,
            side,
            visible,
        },
    }
}

fn side_of(key: &str, view: &str, side: &str) -> &'static str {
    if view == "both" {
        "B"
    } else if MIDLINE.contains(&key) {
        ""
    } else if side == "l" {
        "L"
    } else {
        "R"
    }
}

fn extras(layers: &mut Layers, key: &str, mm: f32, r: &mut Rng) {
    const LIMBS: [&str; 19] = [
        "CL", "SH", "UA", "EL", "FO", "WR", "HA", "FI", "HI", "TH", "KN", "LE", "AN", "FT", "CA", "TO", "LS", "EX",
        "PE",
    ];
    const CAST: [&str; 8] = ["WR", "FO", "EL", "HA", "AN", "LE", "FT", "KN"];
    if LIMBS.contains(&key) && r.chance(0.08) {
        let small = matches!(key, "HA" | "FI" | "TO" | "FT" | "WR" | "CA" | "CL" | "PE");
        hardware::implants(&mut layers.bone, r, mm, small);
    }
    if matches!(key, "CH" | "AB" | "SP" | "TS" | "RI" | "CL" | "NE" | "PE") && r.chance(0.2) {
        hardware::wires(&mut layers.bone, r, mm);
    }
    if CAST.contains(&key) && r.chance(0.07) {
        hardware::cast(&layers.water, &mut layers.bone, r);
    }
}

fn mirror(p: &mut Plane) {
    let width = p.width;
    p.data.chunks_mut(width).for_each(<[f32]>::reverse);
}

/// A lead letter: the side of a one-sided exam; in the midline, the patient's side at that edge.
fn label(layers: &mut Layers, key: &str, view: &str, side: &str, r: &mut Rng) {
    if !r.chance(0.45) || view == "panoramic" {
        return;
    }
    let left_half = r.chance(0.5);
    let frontal = matches!(view, "AP" | "PA" | "Waters" | "Caldwell" | "both" | "frog");
    let letter = match side {
        "L" => 'L',
        "R" => 'R',
        _ if frontal && MIDLINE.contains(&key) || view == "both" => {
            if left_half {
                'R'
            } else {
                'L'
            }
        }
        _ => return,
    };
    marks::lead_letter(&mut layers.bone, letter, left_half, r);
}

fn develop(layers: &Layers, field: &Field, key: &str, r: &mut Rng) -> Plane {
    let film = Film::draw(key, r);
    let signal = film.signal(layers, r);
    let depths = field.depths(signal.width, signal.height);
    let mut out = grey(&signal, &exposed_body(layers, depths.as_ref()), r);
    let shutter = if r.chance(0.8) { 0.0 } else { r.range(0.0, 1.0) };
    let soft = r.range(0.3, 2.5);
    if let Some(depths) = &depths {
        shade(&mut out, depths, shutter, soft);
    }
    if r.chance(0.18) {
        marks::printed(&mut out, r);
    }
    if r.chance(0.1) {
        out.data.iter_mut().for_each(|v| *v = 1.0 - *v);
    }
    out
}

/// What was not exposed has the grey of the shutter, with a border `soft` pixels wide.
fn shade(p: &mut Plane, depths: &Plane, shutter: f32, soft: f32) {
    for (v, d) in p.data.iter_mut().zip(&depths.data) {
        let t = (d / soft + 0.5).clamp(0.0, 1.0);
        *v = *v * t + shutter * (1.0 - t);
    }
}

/// Pixels that show the patient and were exposed.
fn exposed_body(layers: &Layers, depths: Option<&Plane>) -> Vec<bool> {
    let thickness = layers.water.data.iter().zip(&layers.bone.data);
    let mut body: Vec<bool> = thickness.map(|(water, bone)| *water > 3.0 || *bone > 0.05).collect();
    if let Some(depths) = depths {
        body.iter_mut().zip(&depths.data).for_each(|(b, d)| *b &= *d > 0.0);
    }
    body
}

/// Quarter turns that happen to plates of limbs; never a mirror image.
fn turned(p: &Plane, key: &str, r: &mut Rng) -> (usize, usize, Vec<u8>) {
    let byte = |v: &f32| (v.clamp(0.0, 1.0) * 255.0).round() as u8;
    let pixels: Vec<u8> = p.data.iter().map(byte).collect();
    let quarter = if MIDLINE.contains(&key) { 0.02 } else { 0.14 };
    if !r.chance(quarter) {
        return (p.width, p.height, pixels);
    }
    let (w, h) = (p.width, p.height);
    match r.below(3) {
        0 => (w, h, pixels.into_iter().rev().collect()),
        1 => (h, w, (0..w * h).map(|i| pixels[(h - 1 - i % h) * w + i / h]).collect()),
        _ => (
            h,
            w,
            (0..w * h).map(|i| pixels[(i % h) * w + (w - 1 - i / h)]).collect(),
        ),
    }
}
