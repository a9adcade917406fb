//! Bones in pieces: open growth plates of children, and fractures.
//!
//! A piece is the whole surface with its length pressed between two planes: closed again, with flat ends.

use super::body::Part;
use super::rng::Rng;
use super::tissue::Tissue;
use super::vector::V3;

/// One piece of a bone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    low: f32,
    high: f32,
    slope: V3,
    shift: V3,
}

const FAR: f32 = 1e6;

impl Piece {
    /// What lies between two places along the bone, where it is.
    pub(super) fn between(low: f32, high: f32) -> Self {
        Self {
            low,
            high,
            slope: V3::default(),
            shift: V3::default(),
        }
    }

    /// Where a point of the whole bone lies on this piece; `wall` keeps an end plate.
    #[must_use]
    pub fn press(&self, part: &Part, v: V3, wall: f32) -> V3 {
        let (centre, axis, _) = part.axis;
        let t = (v - centre).dot(axis + self.slope);
        let (low, high) = (self.low + wall, self.high - wall);
        v + axis * (t.clamp(low.min(high), high) - t) + self.shift
    }
}

/// Whether a bone has growth plates.
#[must_use]
pub fn grows(part: &Part) -> bool {
    matches!(part.tissue, Tissue::Bone { tapers: true, .. })
        && !part.group.starts_with("clavicle")
        && !part.file.contains("sesamoid")
}

/// The pieces of a bone with open growth plates of the width `gap` at the ends that have one.
#[must_use]
pub fn growing(part: &Part, gap: f32) -> Vec<Piece> {
    let half = part.axis.2;
    let gap = gap * (half / 180.0).clamp(0.3, 1.0);
    let plate = half * if half > 100.0 { 0.87 } else { 0.72 };
    // Short bones of hand and foot have one plate only.
    if half < 45.0 {
        return vec![Piece::between(-FAR, plate - gap), Piece::between(plate, FAR)];
    }
    vec![
        Piece::between(-FAR, -plate),
        Piece::between(gap - plate, plate - gap),
        Piece::between(plate, FAR),
    ]
}

/// How many pieces one inside the other make a spongy end, so that it has no sharp border towards the shaft.
pub const SPONGY_SHELLS: usize = 2;

/// The ends of a long bone, in which spongy bone fills what is marrow in the shaft.
#[must_use]
pub fn spongy(part: &Part) -> Vec<Piece> {
    if !matches!(part.tissue, Tissue::Bone { tapers: true, .. }) {
        return Vec::new();
    }
    let half = part.axis.2;
    let from: [f32; SPONGY_SHELLS] = [0.64, 0.8].map(|share| share * half);
    from.into_iter()
        .flat_map(|at| [Piece::between(-FAR, -at), Piece::between(at, FAR)])
        .collect()
}

/// A bone broken across at a random place, the piece beyond shifted.
pub fn broken(part: &Part, r: &mut Rng) -> Vec<Piece> {
    let (_, axis, half) = part.axis;
    let at = half * r.range(-0.75, 0.75);
    let scale = (half / 150.0).clamp(0.15, 1.0);
    let across = |r: &mut Rng, size: f32| {
        super::vector::v3(r.normal(0.0, 1.0), r.normal(0.0, 1.0), r.normal(0.0, 1.0))
            .across(axis)
            .unit()
            * size
    };
    let slope = across(r, 1.0);
    let slope = slope * r.range(0.0, 1.1);
    let gap = r.range(0.4, 4.0) * scale;
    let (push, distance) = (across(r, 1.0), r.range(0.0, 11.0) * scale);
    let shift = push * distance + axis * r.normal(0.0, 2.0 * scale);
    vec![
        Piece {
            low: -FAR,
            high: at,
            slope,
            shift: V3::default(),
        },
        Piece {
            low: at + gap,
            high: FAR,
            slope,
            shift,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::super::mesh::Mesh;
    use super::super::vector::v3;
    use super::*;

    #[test]
    fn the_ends_of_a_long_bone_are_spongy_and_its_shaft_is_not() {
        let bone = |group: &str| {
            let mesh = Mesh::cuboid(v3(-10.0, -10.0, -150.0), v3(10.0, 10.0, 150.0));
            Part::new(format!("{group}/x.ply"), group.into(), mesh)
        };
        let femur = bone("femur_r");
        let (centre, axis, half) = femur.axis;
        let shells_at = |t: f32| {
            let p = centre + axis * t;
            let inside = |piece: &&Piece| (piece.press(&femur, p, 0.0) - p).norm() < 1e-3;
            spongy(&femur).iter().filter(inside).count()
        };
        assert_eq!(shells_at(0.0), 0);
        assert_eq!(shells_at(0.5 * half), 0);
        assert_eq!(shells_at(-0.7 * half), 1);
        assert_eq!(shells_at(0.9 * half), SPONGY_SHELLS);
        assert!(spongy(&bone("hip_bone_r")).is_empty());
    }

    #[test]
    fn pieces_leave_a_gap_and_nothing_else() {
        let mesh = Mesh::cuboid(v3(-10.0, -10.0, -150.0), v3(10.0, 10.0, 150.0));
        let part = Part::new("femur_r/x.ply".into(), "femur_r".into(), mesh);
        let (centre, axis, half) = part.axis;
        let pieces = growing(&part, 4.0);
        assert_eq!(pieces.len(), 3);
        let end = |p: &Piece, t: f32| (p.press(&part, centre + axis * t, 0.0) - centre).dot(axis);
        assert!((end(&pieces[2], -half) - end(&pieces[1], half)) > 2.0);
        assert!((end(&pieces[2], half) - half).abs() < 1e-3, "the far end stays");
    }
}
