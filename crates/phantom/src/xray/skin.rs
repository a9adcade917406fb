//! The body surface: closed pieces that follow the bones beneath them.

use rayon::prelude::*;

use super::body::Part;
use super::mesh::Mesh;
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

/// One closed piece of the body surface.
#[derive(Debug, Clone)]
pub struct Skin {
    /// `skin_trunk`, `skin_arm`, `skin_thigh` or `skin_foot`.
    pub segment: &'static str,
    /// `L`, `R` or empty.
    pub side: String,
    /// The surface in the pose of the data.
    pub mesh: Mesh,
    /// Outward normals.
    pub normals: Vec<V3>,
    /// What each vertex follows.
    pub holds: Vec<Hold>,
}

struct Bone {
    part: u16,
    centre: V3,
    radius: f32,
    points: Vec<V3>,
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
    pub fn bind(segment: &'static str, side: &str, mesh: Mesh, parts: &[Part]) -> Self {
        let bones: Vec<Bone> = parts
            .iter()
            .enumerate()
            .filter_map(|(i, p)| bone_points(i, p))
            .collect();
        let mut holds: Vec<Hold> = mesh.vertices.par_iter().map(|&v| hold(v, &bones)).collect();
        let mut normals = mesh.normals();
        for _ in 0..6 {
            smooth(&mesh, &mut normals, &mut holds);
        }
        Self {
            segment,
            side: side.into(),
            mesh,
            normals,
            holds,
        }
    }

    /// Where vertex `i` goes when moved outwards by `out` and carried by the bones' motions.
    #[must_use]
    pub fn carried(&self, i: usize, out: f32, motions: &[Motion]) -> V3 {
        let p = self.mesh.vertices[i] + self.normals[i] * out;
        let h = &self.holds[i];
        let mut sum = V3::default();
        for (&part, &share) in h.parts.iter().zip(&h.shares) {
            sum = sum + motions[part as usize].point(p) * share;
        }
        sum
    }
}
