//! From a posed body to thickness: bone mineral and water along every ray.

use super::camera::Camera;
use super::cuts::{broken, growing};
use super::filter::clouds;
use super::hardware::sphere;
use super::projection::Scope;
use super::raster::{Corner, Plane};
use super::rng::Rng;
use super::stage::Stage;
use super::tissue::Tissue;
use super::vector::{Motion, V3, v3};

/// What lies in the beam.
#[derive(Debug)]
pub struct Layers {
    /// Extra attenuation of bone over water.
    pub bone: Plane,
    /// Millimetres of water.
    pub water: Plane,
}

/// Attenuation of cortical bone above that of water, in 1/mm.
const BONE: f32 = 0.094;
const TOOTH: f32 = 0.1;

/// Height of the lungs' tips, from which they stretch when the diaphragm goes down.
const APEX: f32 = 1345.0;

/// How points reach the canvas: the straight beam, or the slot of a panoramic machine.
#[derive(Debug)]
pub enum Optics {
    /// Perspective.
    Beam(Camera),
    /// Unrolled along the dental arch: middle of the arch, camera for scale, focus depth.
    Arch {
        /// Middle of the arch.
        centre: V3,
        /// Radius that unrolls to true width, in millimetres.
        radius: f32,
        /// Pixels in a millimetre.
        scale: f32,
        /// Canvas size.
        size: (usize, usize),
    },
}

impl Optics {
    /// Canvas size in pixels.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        match self {
            Self::Beam(c) => c.size,
            Self::Arch { size, .. } => *size,
        }
    }

    /// Millimetres of a canvas pixel.
    #[must_use]
    pub fn pixel_mm(&self) -> f32 {
        match self {
            Self::Beam(c) => 1.0 / c.scale,
            Self::Arch { scale, .. } => 1.0 / scale,
        }
    }

    /// Column, row and depth of a point.
    #[must_use]
    pub fn project(&self, p: V3) -> Corner {
        match self {
            Self::Beam(c) => c.project(p),
            Self::Arch {
                centre,
                radius,
                scale,
                size,
            } => {
                let q = p - *centre;
                let angle = q.x.atan2(-q.y);
                let depth = q.x.hypot(q.y);
                [
                    size.0 as f32 * 0.5 + angle * radius * scale,
                    size.1 as f32 * 0.5 - q.z * scale,
                    depth,
                ]
            }
        }
    }
}

struct Painter<'a, 'b> {
    stage: &'a Stage<'b>,
    optics: &'a Optics,
    corners: Vec<Corner>,
    /// Whether pixels are too large to show detail.
    coarse: bool,
    /// The part that is fractured.
    broken: Option<usize>,
}

fn limb_of(group: &str) -> Option<(bool, usize)> {
    let (base, side) = group.rsplit_once('_')?;
    let side = match side {
        "l" => 0,
        "r" => 1,
        _ => return None,
    };
    match base {
        "humerus" | "radius" | "ulna" | "carpals" | "metacarpals" | "phalanges_hand" => Some((true, side)),
        "femur" | "patella" | "tibia" | "fibula" | "tarsals" | "metatarsals" | "phalanges_foot" | "sesamoids_foot" => {
            Some((false, side))
        }
        _ => None,
    }
}

fn is_foot(group: &str) -> bool {
    ["tarsals", "metatarsals", "phalanges_foot", "sesamoids_foot"]
        .iter()
        .any(|g| group.starts_with(g))
}

impl Scope {
    /// Whether a group of parts is in the beam.
    #[must_use]
    pub fn holds(&self, group: &str) -> bool {
        match limb_of(group) {
            Some((true, side)) => self.arms[side],
            Some((false, side)) => self.legs[side] && (self.shanks || is_foot(group)),
            None => self.trunk,
        }
    }

    fn holds_skin(&self, segment: &str, side: &str) -> bool {
        let side = usize::from(side == "R");
        match segment {
            "skin_arm" => self.arms[side],
            "skin_foot" => self.legs[side],
            "skin_thigh" => self.legs[side] && self.shanks,
            _ => self.trunk,
        }
    }
}

impl Painter<'_, '_> {
    /// Projects all vertices; false when nothing of the part can fall on the canvas.
    fn project(&mut self, vertices: impl Iterator<Item = V3>) -> bool {
        self.corners.clear();
        self.corners.extend(vertices.map(|v| self.optics.project(v)));
        let (w, h) = self.optics.size();
        let (w, h) = (w as f32, h as f32);
        let inside = |c: &Corner, k: usize, end: f32| c[k] >= 0.0 && c[k] <= end;
        let spans = |k: usize, end: f32| {
            self.corners.iter().any(|c| inside(c, k, end))
                || (self.corners.iter().any(|c| c[k] < 0.0) && self.corners.iter().any(|c| c[k] > end))
        };
        spans(0, w) && spans(1, h)
    }

    /// Whether a ball may fall on the canvas; a tenth more than its radius allows for build and perspective.
    fn near_canvas(&self, middle: V3, radius: f32) -> bool {
        let Optics::Beam(camera) = self.optics else {
            return true;
        };
        let at = camera.project(middle);
        let reach = radius * camera.scale * 1.6 + 4.0;
        let inside = |v: f32, end: usize| v > -reach && v < end as f32 + reach;
        inside(at[0], camera.size.0) && inside(at[1], camera.size.1)
    }

    fn carry(&self, motion: &Motion, p: V3) -> V3 {
        self.stage.patient.shaped(motion.point(p))
    }

    fn part(&mut self, i: usize, r: &mut Rng, layers: &mut Layers) {
        let stage = self.stage;
        let (part, patient) = (&stage.body.parts[i], &stage.patient);
        if part.tissue == Tissue::Nothing {
            return;
        }
        let shape = if self.coarse { &part.coarse } else { &part.fine };
        let motion = stage.motions[i];
        if !self.near_canvas(stage.place(i, part.ball.0), part.ball.1) {
            return;
        }
        let gas = bowel_gas(&part.file, r);
        let swell = if part.group == "heart" { patient.heart } else { 1.0 };
        let girth = if matches!(part.tissue, Tissue::Bone { tapers: true, .. }) {
            patient.girth
        } else {
            1.0
        };
        let breathes = part.group.starts_with("lung");
        let middle = if swell == 1.0 {
            V3::default()
        } else {
            shape.mesh.centroid()
        };
        let visible = self.project(shape.mesh.vertices.iter().map(|&v| {
            let mut v = if swell == 1.0 { v } else { middle + (v - middle) * swell };
            if girth != 1.0 {
                v = stout(v, part.axis, girth);
            }
            if breathes {
                v.z = APEX + (v.z - APEX) * patient.breath;
            }
            stage.patient.shaped(motion.point(v))
        }));
        if !visible || self.torn(&shape.mesh.faces) {
            return;
        }
        let faces = &shape.mesh.faces;
        match part.tissue {
            Tissue::Bone { core, .. } if self.in_pieces(i) => self.pieces(i, core, r, layers),
            Tissue::Bone { core, .. } => {
                let mineral = BONE * patient.mineral;
                layers.bone.add(&self.corners, faces, mineral);
                let inner = shape.mesh.vertices.iter().zip(&shape.normals).zip(&shape.wall);
                self.project(inner.map(|((&v, &n), &w)| {
                    let v = stout(v - n * (w * patient.cortex), part.axis, girth);
                    stage.patient.shaped(motion.point(v))
                }));
                layers.bone.add(&self.corners, faces, -mineral * (1.0 - core));
            }
            Tissue::Tooth => layers.bone.add(&self.corners, faces, TOOTH),
            Tissue::Cartilage => layers.water.add(&self.corners, faces, 0.12),
            Tissue::Water(share) => layers.water.add(&self.corners, faces, share),
            Tissue::Bowel => layers.water.add(&self.corners, faces, -gas),
            Tissue::Nothing => {}
        }
    }

    fn in_pieces(&self, i: usize) -> bool {
        self.broken == Some(i) || self.stage.patient.child && !growing(&self.stage.body.parts[i], 1.0).is_empty()
    }

    /// A growing or broken bone, piece by piece.
    fn pieces(&mut self, i: usize, core: f32, r: &mut Rng, layers: &mut Layers) {
        let stage = self.stage;
        let (part, patient, motion) = (&stage.body.parts[i], &stage.patient, stage.motions[i]);
        let shape = if self.coarse { &part.coarse } else { &part.fine };
        let pieces = if self.broken == Some(i) {
            broken(part, r)
        } else {
            growing(part, patient.plates)
        };
        let mineral = BONE * patient.mineral;
        for piece in pieces {
            let outer = shape.mesh.vertices.iter();
            self.project(outer.map(|&v| patient.shaped(motion.point(piece.press(part, v, 0.0)))));
            layers.bone.add(&self.corners, &shape.mesh.faces, mineral);
            let inner = shape.mesh.vertices.iter().zip(&shape.normals).zip(&shape.wall);
            self.project(inner.map(|((&v, &n), &w)| {
                let v = piece.press(part, v - n * (w * patient.cortex), 0.5);
                patient.shaped(motion.point(v))
            }));
            layers
                .bone
                .add(&self.corners, &shape.mesh.faces, -mineral * (1.0 - core));
        }
    }

    /// Whether the panoramic seam behind the arch tears the part apart.
    fn torn(&self, faces: &[[u32; 3]]) -> bool {
        let Optics::Arch { size, .. } = self.optics else {
            return false;
        };
        let limit = size.0 as f32 * 0.3;
        faces.iter().any(|f| {
            let x = f.map(|i| self.corners[i as usize][0]);
            (x[0] - x[1]).abs().max((x[1] - x[2]).abs()) > limit
        })
    }

    fn skin(&mut self, scope: &Scope, layers: &mut Layers) {
        let stage = self.stage;
        let patient = &stage.patient;
        let skins = if self.coarse {
            &stage.body.coarse_skins
        } else {
            &stage.body.skins
        };
        for skin in skins.iter().filter(|s| scope.holds_skin(s.segment, &s.side)) {
            let trunk = skin.segment == "skin_trunk";
            for (inset, weight) in [(0.0, 1.0), (patient.rind, 0.14)] {
                let place = |i: usize| {
                    let h = &skin.holds[i];
                    let deep = ((h.depth - 7.0) / if trunk { 30.0 } else { 22.0 }).clamp(0.0, 1.2);
                    let p = skin.mesh.vertices[i];
                    let head = if trunk && p.z > 1380.0 { 0.25 } else { 1.0 };
                    let out = (patient.fat * deep * head - inset * deep.clamp(0.25, 1.0) * head).max(-0.7 * h.depth);
                    let mut q = skin.carried(i, out, &stage.motions);
                    if trunk && inset == 0.0 && patient.breasts > 0.0 {
                        q.y -= bulge(p) * patient.breasts;
                    }
                    patient.shaped(q)
                };
                if self.project((0..skin.mesh.vertices.len()).map(place)) {
                    let faces = &skin.mesh.faces;
                    // Fat attenuates less than muscle: the whole at fat's value, the inside topped up.
                    let share = if inset == 0.0 { 0.88 } else { weight };
                    layers.water.add(&self.corners, faces, share);
                }
            }
        }
    }

    fn hollow(&mut self, centre: V3, radii: V3, part: usize, share: f32, layers: &mut Layers) {
        let motion = self.stage.motions[part];
        let ball = sphere(centre, radii);
        let placed: Vec<V3> = ball.vertices.iter().map(|&v| self.carry(&motion, v)).collect();
        if self.project(placed.into_iter()) && !self.torn(&ball.faces) {
            let faces = &ball.faces;
            layers.water.add(&self.corners, faces, -share);
        }
    }

    fn airways(&mut self, r: &mut Rng, layers: &mut Layers) {
        let body = self.stage.body;
        let at = |group: &str, needle: &str| body.find(group, needle).map(|i| (i, body.parts[i].mesh.centroid()));
        let clear = if r.chance(0.12) { 0.2 } else { 0.85 };
        let mut hollows: Vec<(usize, V3, V3)> = Vec::new();
        for (name, side) in [("left_maxilla", 1.0), ("right_maxilla", -1.0)] {
            if let Some((i, c)) = at("face", name) {
                hollows.push((i, c + v3(side * 6.0, 8.0, 9.0), v3(12.0, 15.0, 14.0)));
            }
        }
        if let Some((i, c)) = at("face", "left_nasal_bone") {
            let size = r.range(0.5, 1.3);
            for side in [1.0, -1.0] {
                hollows.push((i, v3(side * 11.0, c.y + 9.0, c.z + 24.0), v3(11.0, 5.0, 9.0) * size));
            }
        }
        if let Some((i, c)) = at("skull", "ethmoid") {
            hollows.push((i, c, v3(9.0, 17.0, 9.0)));
        }
        if let Some((i, c)) = at("skull", "sphenoid") {
            hollows.push((i, c + v3(0.0, 2.0, -4.0), v3(11.0, 9.0, 8.0)));
        }
        if let Some((i, c)) = at("face", "vomer") {
            for side in [4.5, -4.5] {
                hollows.push((i, c + v3(side, -6.0, 6.0), v3(4.0, 27.0, 17.0)));
            }
        }
        if let Some((i, c)) = at("cervical", "axis") {
            hollows.push((i, c + v3(0.0, -27.0, 8.0), v3(11.0, 6.0, 34.0)));
        }
        for (i, c, radii) in hollows {
            self.hollow(c, radii * r.range(0.85, 1.12), i, clear, layers);
        }
    }

    /// Bubbles of gas where the bowel lies.
    fn bubbles(&mut self, r: &mut Rng, layers: &mut Layers) {
        let body = self.stage.body;
        let colon = body.group("bowel_large");
        if colon.is_empty() {
            return;
        }
        for _ in 0..r.below(22) {
            let i = colon[r.below(colon.len())];
            let mesh = &body.parts[i].mesh;
            let v = mesh.vertices[r.below(mesh.vertices.len())].mix(mesh.centroid(), 0.2);
            let radii = v3(r.log_range(5.0, 22.0), r.log_range(5.0, 18.0), r.log_range(5.0, 22.0));
            self.hollow(v, radii, i, r.range(0.4, 0.95), layers);
        }
    }
}

/// The long bone in scope that is broken, if one is.
fn fracture(stage: &Stage<'_>, scope: &Scope, r: &mut Rng) -> Option<usize> {
    let long = |i: &usize| {
        let part = &stage.body.parts[*i];
        matches!(part.tissue, Tissue::Bone { tapers: true, .. }) && scope.holds(&part.group)
    };
    let all: Vec<usize> = (0..stage.body.parts.len()).filter(long).collect();
    (!all.is_empty() && r.chance(0.3)).then(|| all[r.below(all.len())])
}

/// A point of a bone made thicker or thinner about its axis.
fn stout(v: V3, (centre, axis, _): (V3, V3, f32), girth: f32) -> V3 {
    let d = v - centre;
    let along = axis * d.dot(axis);
    centre + along + (d - along) * girth
}

fn bowel_gas(file: &str, r: &mut Rng) -> f32 {
    let (likely, low, high) = match file.split('/').next() {
        Some("stomach") => (0.6, 0.05, 0.4),
        Some("bowel_large") => (0.5, 0.05, 0.45),
        _ => (0.1, 0.2, 0.7),
    };
    let gas = r.range(low, high);
    if r.chance(likely) { gas } else { 0.0 }
}

/// Forward bulge of the breasts: 1 at their middle.
fn bulge(p: V3) -> f32 {
    if p.y > -70.0 {
        return 0.0;
    }
    let (dx, dz) = ((p.x.abs() - 82.0) / 48.0, (p.z - 1195.0) / 52.0);
    (-(dx * dx + dz * dz)).exp()
}

/// Cheeks, the blurred spine in front of the incisors, and air above the tongue, as a slot beam sees them.
fn slot_soft_tissue(water: &mut Plane, r: &mut Rng) {
    let (w, h) = (water.width as f32, water.height as f32);
    let cheeks = clouds(r, water.width, water.height, w * 0.12);
    let (palate, air, spine) = (r.range(0.3, 0.5), r.range(0.0, 26.0), r.range(10.0, 45.0));
    for (i, v) in water.data.iter_mut().enumerate() {
        let (x, y) = ((i % cheeks.width) as f32 / w - 0.5, (i / cheeks.width) as f32 / h);
        let smile = palate - 1.1 * x * x;
        let gap = air * (-((y - smile) / 0.045).powi(2)).exp() * (-(x / 0.38).powi(4)).exp();
        let ghost = spine * (-(x / 0.085).powi(2)).exp() + 0.6 * spine * (-((x.abs() - 0.47) / 0.06).powi(2)).exp();
        let below = 30.0 * ((y - 0.85) / 0.06).clamp(0.0, 1.0) * (1.0 - 1.6 * x.abs());
        *v = 75.0 + 6.0 * cheeks.data[i] + ghost - gap - below;
    }
}

/// Thickness along the rays of everything in scope; `coarse` leaves out what large pixels cannot show.
pub fn expose(stage: &Stage<'_>, optics: &Optics, scope: &Scope, coarse: bool, r: &mut Rng) -> Layers {
    let (w, h) = optics.size();
    let mut layers = Layers {
        bone: Plane::new(w, h),
        water: Plane::new(w, h),
    };
    let mut painter = Painter {
        stage,
        optics,
        corners: Vec::new(),
        coarse,
        broken: None,
    };
    painter.broken = fracture(stage, scope, r);
    for (i, part) in stage.body.parts.iter().enumerate() {
        if scope.holds(&part.group) {
            painter.part(i, r, &mut layers);
        }
    }
    if matches!(optics, Optics::Beam(_)) {
        painter.skin(scope, &mut layers);
    }
    if scope.trunk {
        painter.airways(r, &mut layers);
        painter.bubbles(r, &mut layers);
    }
    if matches!(optics, Optics::Arch { .. }) {
        layers.bone.data.iter_mut().for_each(|v| *v = v.abs());
        slot_soft_tissue(&mut layers.water, r);
    }
    for v in layers.bone.data.iter_mut().chain(&mut layers.water.data) {
        *v = v.max(0.0);
    }
    layers
}
