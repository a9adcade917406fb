//! The body surface: closed pieces that follow the bones beneath them.

use rayon::prelude::*;

use super::body::{LEVELS, Part};
use super::decimate::Decimator;
use super::limb::Limb;
use super::mesh::Mesh;
use super::surface::Surface;
use super::tissue::Tissue;
use super::vector::{Motion, V3};

/// What a vertex of the skin follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hold {
    /// Parts, nearest first.
    pub parts: [u16; 3],
    /// Their shares, which sum to 1.
    pub shares: [f32; 3],
    /// Distance to the nearest bone in millimetres.
    pub depth: f32,
}

/// The skin at one level of detail.
#[derive(Debug, Clone)]
pub struct Cover {
    /// Patches and their topology.
    pub surface: Surface,
    /// The surface in the pose of the data, by patches.
    pub points: Vec<V3>,
    /// Outward normals.
    pub normals: Vec<V3>,
    /// What each vertex follows.
    pub holds: Vec<Hold>,
}

/// One closed piece of the body surface.
#[derive(Debug, Clone)]
pub struct Skin {
    /// Which limb it covers.
    pub limb: Limb,
    /// The surface at the levels of [`LEVELS`].
    pub levels: Vec<Cover>,
}

/// Errors of a surface this smooth are seen later than those of bones.
const SOFTNESS: f32 = 3.0;
/// Edges of the finest level are at most this long, so that the skin bends where joints do; growth per level.
const LONGEST: f32 = 14.0;
const GROWTH: f32 = 1.35;

struct Bone {
    part: u16,
    centre: V3,
    radius: f32,
    points: Vec<V3>,
}

/// Whether the skin of a limb may follow a part: an arm that hangs beside the hip does not follow the hip.
fn carries(part: &Part, limb: Limb) -> bool {
    let girdle = |names: &[&str], side: usize| {
        let end = ["_l", "_r"][side];
        part.group.strip_suffix(end).is_some_and(|base| names.contains(&base))
    };
    match limb {
        Limb::Trunk => part.limb == Limb::Trunk || part.group.starts_with("humerus") || part.group.starts_with("femur"),
        Limb::Arm(side) => part.limb == limb || girdle(&["scapula", "clavicle"], side),
        Limb::Leg(side) => part.limb == limb || part.limb == Limb::Foot(side) || girdle(&["hip_bone"], side),
        Limb::Foot(side) => part.limb == limb || part.limb == Limb::Leg(side),
    }
}

fn bone_points(i: usize, part: &Part) -> Option<Bone> {
    if !matches!(part.tissue, Tissue::Bone { .. }) {
        return None;
    }
    let step = (part.mesh.vertices.len() / 160).max(1);
    let points: Vec<V3> = part.mesh.vertices.iter().copied().step_by(step).collect();
    let centre = part.mesh.centroid();
    let radius = points.iter().map(|&p| (p - centre).norm()).fold(0.0, f32::max);
    Some(Bone {
        part: i as u16,
        centre,
        radius,
        points,
    })
}

fn hold(v: V3, bones: &[Bone]) -> Hold {
    let mut best = [(f32::MAX, 0_u16); 3];
    for bone in bones {
        if (v - bone.centre).norm() - bone.radius >= best[2].0 {
            continue;
        }
        let d2 = bone.points.iter().map(|&p| (p - v).dot(p - v)).fold(f32::MAX, f32::min);
        let d = d2.sqrt();
        if d < best[2].0 {
            best[2] = (d, bone.part);
            best.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
    }
    // The high power keeps a finger's skin with its own bone; the offset blends across a joint.
    let raw = best.map(|(d, _)| (best[0].0 + 3.0) / (d + 3.0)).map(|q| q.powi(6));
    let sum: f32 = raw.iter().sum();
    Hold {
        parts: best.map(|b| b.1),
        shares: raw.map(|r| r / sum),
        depth: best[0].0,
    }
}

/// One round of averaging normals and depths with the neighbours, so that padding leaves no lumps.
fn smooth(mesh: &Mesh, normals: &mut [V3], holds: &mut [Hold]) {
    let mut sums: Vec<(V3, f32, f32)> = normals
        .iter()
        .zip(holds.iter())
        .map(|(n, h)| (*n, h.depth, 1.0))
        .collect();
    for f in &mesh.faces {
        for k in 0..3 {
            let (a, b) = (f[k] as usize, f[(k + 1) % 3] as usize);
            let s = &mut sums[a];
            *s = (s.0 + normals[b], s.1 + holds[b].depth, s.2 + 1.0);
        }
    }
    for ((n, h), s) in normals.iter_mut().zip(holds.iter_mut()).zip(&sums) {
        *n = s.0.unit();
        h.depth = s.1 / s.2;
    }
}

impl Skin {
    /// Ties each vertex to the nearest bones.
    #[must_use]
    pub fn bind(limb: Limb, mesh: &Mesh, parts: &[Part]) -> Self {
        let bones: Vec<Bone> = parts
            .iter()
            .enumerate()
            .filter(|(_, p)| carries(p, limb))
            .filter_map(|(i, p)| bone_points(i, p))
            .collect();
        let mut holds: Vec<Hold> = mesh.vertices.par_iter().map(|&v| hold(v, &bones)).collect();
        let mut normals = mesh.normals();
        for _ in 0..6 {
            smooth(mesh, &mut normals, &mut holds);
        }
        let mut reduced = Decimator::new(mesh);
        let mut longest = LONGEST;
        let level = |error: &f32| {
            reduced.reduce(error * SOFTNESS, longest);
            longest *= GROWTH;
            let surface = Surface::cut(&mesh.vertices, &reduced.faces());
            Cover {
                points: surface.pick(&mesh.vertices),
                normals: surface.pick(&normals),
                holds: surface.pick(&holds),
                surface,
            }
        };
        Self {
            limb,
            levels: LEVELS.iter().map(level).collect(),
        }
    }
}

impl Cover {
    /// Where vertex `i` and its normal go when carried by the bones' motions.
    #[must_use]
    pub fn carried(&self, i: usize, motions: &[Motion]) -> (V3, V3) {
        let (p, n, h) = (self.points[i], self.normals[i], &self.holds[i]);
        let mut out = (V3::default(), V3::default());
        for (&part, &share) in h.parts.iter().zip(&h.shares) {
            let motion = &motions[part as usize];
            out = (out.0 + motion.point(p) * share, out.1 + motion.direction(n) * share);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::vector::v3;
    use super::*;

    #[test]
    fn the_skin_of_an_arm_beside_the_hip_follows_the_arm() {
        let bone = |group: &str, x: f32| {
            let mesh = Mesh::cuboid(v3(x, 0.0, 0.0), v3(x + 8.0, 8.0, 90.0));
            Part::new(format!("{group}/x.ply"), group.into(), mesh)
        };
        let parts = [
            bone("hip_bone_l", 0.0),
            bone("radius_l", 40.0),
            bone("ulna_l", 60.0),
            bone("humerus_l", 80.0),
        ];
        let sleeve = Mesh::cuboid(v3(10.0, -5.0, 0.0), v3(95.0, 15.0, 90.0)).halved_edges();
        for (limb, hip) in [(Limb::Arm(0), false), (Limb::Trunk, true)] {
            let skin = Skin::bind(limb, &sleeve, &parts);
            let held = |h: &Hold| h.parts.iter().zip(&h.shares).any(|(p, share)| *p == 0 && *share > 0.0);
            assert_eq!(skin.levels[0].holds.iter().any(held), hip, "{limb:?}");
        }
    }
}
