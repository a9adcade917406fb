//! From a posed body to thickness: bone mineral and water along every ray.

use super::body::{Part, Shape, level_for};
use super::camera::Camera;
use super::clouds::clouds;
use super::crease::closed;
use super::cuts::{Piece, SPONGY_SHELLS, broken, growing, grows, spongy};
use super::limb::{Limb, Scope};
use super::patient::Patient;
use super::prosthesis::{self, Metal, metal};
use super::raster::{Corner, Plane, Sheet};
use super::rng::Rng;
use super::skin::Cover;
use super::stage::Stage;
use super::surface::Patch;
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
/// Of metal: as much as leaves something to see beside it.
const METAL: f32 = 0.16;

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

    /// Whether a ball may fall on the canvas.
    #[must_use]
    pub fn reaches(&self, ball: (V3, f32)) -> bool {
        match self {
            Self::Beam(camera) => camera.reaches(ball),
            Self::Arch { .. } => true,
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

/// Which sheet a surface adds to; skin is kept apart until its seams are closed.
#[derive(Debug, Clone, Copy)]
enum Layer {
    Bone,
    Water,
    Skin,
}

struct Painter<'a, 'b> {
    stage: &'a Stage<'b>,
    optics: &'a Optics,
    bone: Sheet,
    water: Sheet,
    skin: Sheet,
    corners: Vec<Corner>,
    /// Level of detail that the pixels can show.
    level: usize,
    /// The part that is fractured.
    broken: Option<usize>,
}

/// How build and breath change the own shape of a part.
struct Form<'a> {
    part: &'a Part,
    swell: f32,
    girth: f32,
    breath: f32,
    shift: V3,
}

impl<'a> Form<'a> {
    fn of(part: &'a Part, patient: &Patient) -> Self {
        let long = matches!(part.tissue, Tissue::Bone { tapers: true, .. });
        Self {
            part,
            swell: if part.group == "heart" { patient.heart } else { 1.0 },
            girth: if long { patient.girth } else { 1.0 },
            breath: if part.group.starts_with("lung") {
                patient.breath
            } else {
                1.0
            },
            shift: kneecap(part, patient),
        }
    }

    fn point(&self, v: V3) -> V3 {
        if self.girth != 1.0 {
            return stout(v, self.part.axis, self.girth);
        }
        let middle = self.part.ball.0;
        let v = middle + (v - middle) * self.swell;
        v3(v.x, v.y, APEX + (v.z - APEX) * self.breath) + self.shift
    }
}

/// How far a kneecap lies from its place in the data, where it is low and at the outer side.
fn kneecap(part: &Part, patient: &Patient) -> V3 {
    let (up, inwards) = patient.kneecap;
    match part.group.as_str() {
        "patella_r" => v3(inwards, 0.0, up),
        "patella_l" => v3(-inwards, 0.0, up),
        _ => V3::default(),
    }
}

impl Painter<'_, '_> {
    /// Projects vertices; false when no surface over them can fall on the canvas.
    fn project(&mut self, vertices: impl Iterator<Item = V3>) -> bool {
        self.corners.clear();
        self.corners.extend(vertices.map(|v| self.optics.project(v)));
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for c in &self.corners {
            for k in 0..2 {
                low[k] = if c[k] < low[k] { c[k] } else { low[k] };
                high[k] = if c[k] > high[k] { c[k] } else { high[k] };
            }
        }
        let (w, h) = self.optics.size();
        high[0] >= -0.5 && high[1] >= -0.5 && low[0] <= w as f32 && low[1] <= h as f32
    }

    /// Adds one patch whose vertices are placed by their number in the list of the surface.
    fn add(&mut self, patch: &Patch, layer: Layer, weight: f32, place: impl Fn(usize) -> V3) {
        if self.project(patch.vertices.clone().map(place)) {
            let sheet = match layer {
                Layer::Bone => &mut self.bone,
                Layer::Water => &mut self.water,
                Layer::Skin => &mut self.skin,
            };
            sheet.add(&self.corners, patch, weight);
        }
    }

    fn part(&mut self, i: usize, r: &mut Rng) {
        let stage = self.stage;
        let part = &stage.body.parts[i];
        let Some(shape) = part.levels.get(self.level) else {
            return;
        };
        if !self.optics.reaches(stage.part_ball(i)) {
            return;
        }
        let gas = bowel_gas(&part.file, r);
        if self.torn(i, shape) {
            return;
        }
        match part.tissue {
            Tissue::Bone { core, .. } if self.in_pieces(i) => self.pieces(i, core, r),
            Tissue::Bone { core, .. } => self.bone(i, shape, core),
            Tissue::Tooth => self.solid(i, shape, Layer::Bone, TOOTH),
            Tissue::Cartilage => self.solid(i, shape, Layer::Water, 0.12),
            Tissue::Water(share) => self.solid(i, shape, Layer::Water, share),
            Tissue::Bowel if gas > 0.0 => self.solid(i, shape, Layer::Water, -gas),
            Tissue::Bowel | Tissue::Nothing => {}
        }
    }

    /// Whether a patch of a part may be seen: its own swelling, build and perspective fit into twice its radius.
    fn sees(&self, patch: &Patch, form: &Form<'_>, motion: &Motion) -> bool {
        let middle = self.stage.patient.shaped(motion.point(form.point(patch.ball.0)));
        self.optics.reaches((middle, patch.ball.1 * 2.0))
    }

    fn solid(&mut self, i: usize, shape: &Shape, layer: Layer, weight: f32) {
        let (stage, motion) = (self.stage, self.stage.motions[i]);
        let form = Form::of(&stage.body.parts[i], &stage.patient);
        for patch in &shape.surface.patches {
            if self.sees(patch, &form, &motion) {
                let place = |k: usize| stage.patient.shaped(motion.point(form.point(shape.points[k])));
                self.add(patch, layer, weight, place);
            }
        }
    }

    /// A wall over a core.
    fn bone(&mut self, i: usize, shape: &Shape, core: f32) {
        let (stage, motion) = (self.stage, self.stage.motions[i]);
        let patient = &stage.patient;
        let form = Form::of(&stage.body.parts[i], patient);
        let mineral = BONE * patient.mineral;
        self.spongiosa(i, shape, &form);
        for patch in &shape.surface.patches {
            if self.sees(patch, &form, &motion) {
                let place = |v: V3| patient.shaped(motion.point(form.point(v)));
                self.add(patch, Layer::Bone, mineral, |k| place(shape.points[k]));
                let inner = |k: usize| place(shape.points[k] + shape.inward[k] * patient.cortex);
                self.add(patch, Layer::Bone, -mineral * (1.0 - core), inner);
            }
        }
    }

    /// The denser core at the ends of a long bone.
    fn spongiosa(&mut self, i: usize, shape: &Shape, form: &Form<'_>) {
        let patient = &self.stage.patient;
        let (cortex, weight) = (patient.cortex, BONE * patient.mineral * patient.sponge);
        for piece in spongy(form.part) {
            let below = |wall: V3| wall * cortex;
            self.slice(i, shape, form, &piece, weight / SPONGY_SHELLS as f32, below);
        }
    }

    /// A part of a replaced joint.
    fn metal(&mut self, piece: &Metal) {
        let stage = self.stage;
        let part = &stage.body.parts[piece.part];
        let weight = METAL * piece.share;
        match &piece.shape {
            prosthesis::Shape::Ball(centre, axes) => {
                self.ellipsoid(*centre, *axes, piece.part, Layer::Bone, weight);
            }
            prosthesis::Shape::Slice(slice, depth) => {
                if let Some(shape) = part.levels.get(self.level) {
                    let form = Form::of(part, &stage.patient);
                    self.slice(piece.part, shape, &form, slice, weight, |wall| wall.unit() * *depth);
                }
            }
        }
    }

    /// What lies between two planes of a bone, as far below its surface as `below` makes of the vector to the inner
    /// side of the wall. Every patch may end up at a plane.
    fn slice(
        &mut self,
        i: usize,
        shape: &Shape,
        form: &Form<'_>,
        piece: &Piece,
        weight: f32,
        below: impl Fn(V3) -> V3,
    ) {
        let (stage, motion) = (self.stage, self.stage.motions[i]);
        let place = |k: usize| {
            let v = shape.points[k] + below(shape.inward[k]);
            stage
                .patient
                .shaped(motion.point(piece.press(form.part, form.point(v), 0.0)))
        };
        for patch in &shape.surface.patches {
            self.add(patch, Layer::Bone, weight, place);
        }
    }

    fn in_pieces(&self, i: usize) -> bool {
        self.broken == Some(i) || self.stage.patient.child && grows(&self.stage.body.parts[i])
    }

    /// A growing or broken bone, piece by piece. Every patch may end up at the plane where the bone is cut.
    fn pieces(&mut self, i: usize, core: f32, r: &mut Rng) {
        let stage = self.stage;
        let (part, patient, motion) = (&stage.body.parts[i], &stage.patient, stage.motions[i]);
        let shape = &part.levels[self.level];
        let pieces = if self.broken == Some(i) {
            broken(part, r)
        } else {
            growing(part, patient.plates)
        };
        let mineral = BONE * patient.mineral;
        let place = |piece: &Piece, v: V3, wall: f32| patient.shaped(motion.point(piece.press(part, v, wall)));
        for piece in &pieces {
            for patch in &shape.surface.patches {
                self.add(patch, Layer::Bone, mineral, |k| place(piece, shape.points[k], 0.0));
                let inner = |k: usize| place(piece, shape.points[k] + shape.inward[k] * patient.cortex, 0.5);
                self.add(patch, Layer::Bone, -mineral * (1.0 - core), inner);
            }
        }
    }

    /// Whether the panoramic seam behind the arch tears the part apart.
    fn torn(&self, i: usize, shape: &Shape) -> bool {
        let Optics::Arch { size, .. } = self.optics else {
            return false;
        };
        let limit = size.0 as f32 * 0.3;
        let column = |k: usize| self.optics.project(self.stage.place(i, shape.points[k]))[0];
        shape.surface.patches.iter().any(|patch| {
            let columns: Vec<f32> = patch.vertices.clone().map(column).collect();
            patch.faces.iter().any(|f| {
                let x = f.map(|k| columns[usize::from(k)]);
                (x[0] - x[1]).abs().max((x[1] - x[2]).abs()) > limit
            })
        })
    }

    fn skin(&mut self, scope: &Scope) {
        let body = self.stage.body;
        for skin in body.skins.iter().filter(|s| scope.holds(s.limb)) {
            let cover = &skin.levels[self.level];
            for patch in &cover.surface.patches {
                self.skin_patch(cover, patch, skin.limb == Limb::Trunk);
            }
        }
    }

    fn skin_patch(&mut self, cover: &Cover, patch: &Patch, trunk: bool) {
        let (patient, motions) = (&self.stage.patient, &self.stage.motions);
        let build = |k: usize| Padding::of(cover, k, patient, trunk);
        let placed = |k: usize, rind: f32| {
            let (p, n) = cover.carried(k, motions);
            patient.shaped(build(k).over(p, n, rind))
        };
        // All of a patch lies within twice its radius of any of its vertices; padding differs by less than the rest.
        let ball = (placed(patch.vertices.start, 0.0), patch.ball.1 * 3.0 + 25.0);
        if !self.optics.reaches(ball) {
            return;
        }
        // Fat attenuates less than muscle: the whole at fat's value, the inside topped up.
        self.add(patch, Layer::Skin, 0.88, |k| placed(k, 0.0));
        self.add(patch, Layer::Skin, 0.14, |k| placed(k, patient.rind));
    }

    fn hollow(&mut self, centre: V3, radii: V3, part: usize, share: f32) {
        let axes = [v3(radii.x, 0.0, 0.0), v3(0.0, radii.y, 0.0), v3(0.0, 0.0, radii.z)];
        self.ellipsoid(centre, axes, part, Layer::Water, -share);
    }

    /// An ellipsoid by its half axes, which moves with a part.
    fn ellipsoid(&mut self, centre: V3, axes: [V3; 3], part: usize, layer: Layer, weight: f32) {
        let motion = self.stage.motions[part];
        let (patient, ball) = (&self.stage.patient, &self.stage.body.ball);
        let place = |k: usize| {
            let v = ball.points[k];
            patient.shaped(motion.point(centre + (axes[0] * v.x + axes[1] * v.y + axes[2] * v.z)))
        };
        for patch in &ball.surface.patches {
            self.add(patch, layer, weight, place);
        }
    }

    fn airways(&mut self, r: &mut Rng) {
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
            self.hollow(c, radii * r.range(0.85, 1.12), i, clear);
        }
    }

    /// Bubbles of gas where the bowel lies.
    fn bubbles(&mut self, r: &mut Rng) {
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
            self.hollow(v, radii, i, r.range(0.4, 0.95));
        }
    }
}

/// The long bone in scope that is broken, if one is.
fn fracture(stage: &Stage<'_>, scope: &Scope, r: &mut Rng) -> Option<usize> {
    let long = |i: &usize| {
        let part = &stage.body.parts[*i];
        matches!(part.tissue, Tissue::Bone { tapers: true, .. }) && scope.holds(part.limb)
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

/// What build adds to the skin at one vertex.
struct Padding {
    /// How deep the bone lies, as a share of what counts as deep.
    deep: f32,
    /// The most that skin may be moved towards the bone.
    least: f32,
    /// Smaller over the head.
    share: f32,
    fat: f32,
    breast: f32,
}

impl Padding {
    fn of(cover: &Cover, k: usize, patient: &Patient, trunk: bool) -> Self {
        let (depth, p) = (cover.holds[k].depth, cover.points[k]);
        let breast = if trunk && patient.breasts > 0.0 {
            bulge(p) * patient.breasts
        } else {
            0.0
        };
        Self {
            deep: ((depth - 7.0) / if trunk { 30.0 } else { 22.0 }).clamp(0.0, 1.2),
            least: -0.7 * depth,
            share: if trunk && p.z > 1380.0 { 0.25 } else { 1.0 },
            fat: patient.fat,
            breast,
        }
    }

    /// The surface `rind` below the skin at `p` with the normal `n`; the breasts are all fat.
    fn over(&self, p: V3, n: V3, rind: f32) -> V3 {
        let out = (self.fat * self.deep - rind * self.deep.clamp(0.25, 1.0)) * self.share;
        let q = p + n * out.max(self.least);
        if rind == 0.0 {
            v3(q.x, q.y - self.breast, q.z)
        } else {
            q
        }
    }
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

/// How many pixels to either side a seam of the skin may gape, where trunk and limbs are both shown.
fn seam(scope: &Scope, pixel_mm: f32) -> Option<usize> {
    let limbs = scope.arms.iter().chain(&scope.legs).any(|l| *l);
    (scope.trunk && limbs).then(|| (SEAM / pixel_mm).round() as usize)
}

/// Half the width of the widest gap that is a seam and no crease, in millimetres.
const SEAM: f32 = 6.0;

/// Millimetres of a pixel from which one line a pixel is enough.
const WIDE: f32 = 1.15;

/// Thickness along the rays of everything in scope.
pub fn expose(stage: &Stage<'_>, optics: &Optics, scope: &Scope, r: &mut Rng) -> Layers {
    let (w, h) = optics.size();
    let sheet = || Sheet::new(w, h, u32::from(optics.pixel_mm() < WIDE));
    let mut painter = Painter {
        stage,
        optics,
        bone: sheet(),
        water: sheet(),
        skin: sheet(),
        corners: Vec::new(),
        level: level_for(optics.pixel_mm()),
        broken: fracture(stage, scope, r),
    };
    for (i, part) in stage.body.parts.iter().enumerate() {
        if scope.holds(part.limb) {
            painter.part(i, r);
        }
    }
    for piece in metal(stage.body, stage.patient.replaced) {
        if scope.holds(stage.body.parts[piece.part].limb) {
            painter.metal(&piece);
        }
    }
    if matches!(optics, Optics::Beam(_)) {
        painter.skin(scope);
    }
    if scope.trunk {
        painter.airways(r);
        painter.bubbles(r);
    }
    let mut layers = Layers {
        bone: painter.bone.plane(),
        water: painter.water.plane(),
    };
    let skin = painter.skin.plane();
    let skin = match seam(scope, optics.pixel_mm()) {
        Some(reach) => closed(&skin, reach),
        None => skin,
    };
    for (v, s) in layers.water.data.iter_mut().zip(&skin.data) {
        *v += s;
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
