//! How each group of parts attenuates, and how thick its cortical wall is.

use super::mesh::Mesh;
use super::vector::V3;

/// What a part is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tissue {
    /// A cortical wall (thickness at mid-shaft in millimetres) over a trabecular core.
    Bone {
        /// Wall at its thickest.
        wall: f32,
        /// Core, as a fraction of the wall's extra attenuation.
        core: f32,
        /// Whether the wall thins towards the ends, as in long bones.
        tapers: bool,
    },
    /// Enamel and dentine.
    Tooth,
    /// Cartilage, faintly denser than water.
    Cartilage,
    /// Water plus or minus a fraction.
    Water(f32),
    /// Gas that may fill the part wholly, partly or not at all.
    Bowel,
    /// Drawn by other means or not at all.
    Nothing,
}

const fn flat(wall: f32, core: f32) -> Tissue {
    Tissue::Bone {
        wall,
        core,
        tapers: false,
    }
}

const fn long(wall: f32, core: f32) -> Tissue {
    Tissue::Bone {
        wall,
        core,
        tapers: true,
    }
}

/// The tissue of a group.
#[must_use]
pub fn tissue_of(group: &str) -> Tissue {
    let base = group
        .strip_suffix("_l")
        .or_else(|| group.strip_suffix("_r"))
        .unwrap_or(group);
    match base {
        "femur" => long(5.2, 0.13),
        "tibia" => long(4.6, 0.12),
        "humerus" => long(3.8, 0.10),
        "radius" | "ulna" => long(2.7, 0.14),
        "fibula" => long(2.4, 0.14),
        "metacarpals" => long(1.7, 0.16),
        "metatarsals" => long(1.7, 0.16),
        "phalanges_hand" => long(1.3, 0.18),
        "phalanges_foot" => long(1.2, 0.2),
        "clavicle" => long(1.8, 0.2),
        "ribs" => flat(0.7, 0.10),
        "scapula" => flat(0.8, 0.18),
        "skull" => flat(1.5, 0.42),
        "face" => flat(0.9, 0.3),
        "mandible" => flat(2.2, 0.3),
        "sternum" => flat(0.8, 0.08),
        "hip_bone" => flat(1.3, 0.15),
        "sacrum" => flat(0.8, 0.1),
        "cervical" => flat(0.9, 0.2),
        "thoracic" => flat(0.7, 0.13),
        "lumbar" => flat(0.8, 0.13),
        "carpals" => flat(0.8, 0.3),
        "tarsals" => flat(0.9, 0.22),
        "patella" => flat(0.8, 0.14),
        "hyoid" => flat(0.7, 0.2),
        "sesamoids_foot" => flat(0.7, 0.3),
        "teeth" => Tissue::Tooth,
        "larynx" | "costal_cartilage" => Tissue::Cartilage,
        "lung" => Tissue::Water(-0.74),
        "lung_vessels" => Tissue::Water(0.75),
        "airway" => Tissue::Water(-0.75),
        "heart" | "great_vessels" => Tissue::Water(0.06),
        "liver" | "spleen" | "kidney" => Tissue::Water(0.05),
        "bladder" => Tissue::Water(0.02),
        "brain" => Tissue::Water(0.04),
        "stomach" | "bowel_large" | "bowel_small" => Tissue::Bowel,
        _ => Tissue::Nothing,
    }
}

impl Tissue {
    /// Whether this is bone or tooth.
    #[must_use]
    pub fn is_bone(&self) -> bool {
        matches!(self, Self::Bone { .. } | Self::Tooth)
    }

    /// Wall thickness at each vertex.
    #[must_use]
    pub fn walls(&self, mesh: &Mesh) -> Vec<f32> {
        match *self {
            Self::Bone {
                wall, tapers: false, ..
            } => vec![wall; mesh.vertices.len()],
            Self::Bone { wall, tapers: true, .. } => tapered(mesh, wall),
            Self::Tooth => vec![1.0; mesh.vertices.len()],
            _ => Vec::new(),
        }
    }
}

/// Full thickness in the middle half of the bone, a quarter of it at the ends.
fn tapered(mesh: &Mesh, wall: f32) -> Vec<f32> {
    let (centre, axis, half) = main_axis(mesh);
    mesh.vertices
        .iter()
        .map(|&v| {
            let t = ((v - centre).dot(axis) / half).abs().min(1.0);
            let end = ((t - 0.45) / 0.4).clamp(0.0, 1.0);
            wall * (1.0 - 0.78 * end * end * (3.0 - 2.0 * end))
        })
        .collect()
}

/// Middle, direction and half length of the longest extent of a mesh.
#[must_use]
pub fn main_axis(mesh: &Mesh) -> (V3, V3, f32) {
    let mean = mesh.centroid();
    let far = |from: V3| {
        mesh.vertices
            .iter()
            .copied()
            .max_by(|a, b| (*a - from).norm().total_cmp(&(*b - from).norm()))
            .unwrap_or(mean)
    };
    let a = far(mean);
    let b = far(a);
    let axis = (a - b).unit();
    let reach = mesh.vertices.iter().map(|&v| (v - mean).dot(axis));
    let (low, high) = reach.fold((0.0_f32, 0.0_f32), |(l, h), t| (l.min(t), h.max(t)));
    (mean + axis * ((low + high) * 0.5), axis, ((high - low) * 0.5).max(1e-3))
}
