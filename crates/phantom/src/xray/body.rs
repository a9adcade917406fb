//! The body: parts with their walls, joints and skin, loaded from a mesh folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::decimate::Decimator;
use super::hardware::sphere;
use super::limb::{Limb, limb_of};
use super::mesh::{Mesh, PlyError};
use super::skin::Skin;
use super::surface::{Surface, ball};
use super::tables::{JointRow, PartRow, TableError, read_joints, read_parts};
use super::tissue::{Tissue, main_axis, tissue_of};
use super::truth::Probes;
use super::vector::{V3, v3};

/// Why a mesh folder was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A table is not as described in the folder's README.
    #[error("{path}: {source}")]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: TableError,
    },
    /// A mesh is not as described.
    #[error("{path}: {source}")]
    Mesh {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: PlyError,
    },
}

/// A surface ready to be drawn.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Patches and their topology.
    pub surface: Surface,
    /// Outer surface, by patches.
    pub points: Vec<V3>,
    /// From each point of the outer surface to the inner side of the cortical wall, in millimetres.
    pub inward: Vec<V3>,
}

impl Shape {
    fn of(mesh: &Mesh, faces: &[[u32; 3]], inward: &[V3]) -> Self {
        let surface = Surface::cut(&mesh.vertices, faces);
        Self {
            points: surface.pick(&mesh.vertices),
            inward: if inward.is_empty() {
                Vec::new()
            } else {
                surface.pick(inward)
            },
            surface,
        }
    }
}

/// Bounds on the error of the levels of detail, in millimetres, the finest first.
pub const LEVELS: [f32; 4] = [0.1, 0.25, 0.6, 1.5];

/// The level whose error is below a share of a pixel.
#[must_use]
pub fn level_for(pixel_mm: f32) -> usize {
    const SHARE: f32 = 0.5;
    LEVELS.iter().rposition(|e| *e <= pixel_mm * SHARE).unwrap_or(0)
}

/// One bone, organ or piece of one.
#[derive(Debug, Clone)]
pub struct Part {
    /// File name inside the folder, which holds the plain English name.
    pub file: String,
    /// Group, for example `femur_r`.
    pub group: String,
    /// How it attenuates.
    pub tissue: Tissue,
    /// Which limb it belongs to.
    pub limb: Limb,
    /// Outer surface, on which truth is measured.
    pub mesh: Mesh,
    /// The surface to be drawn, with as much detail as [`LEVELS`] says.
    pub levels: Vec<Shape>,
    /// Middle, direction and half length along the longest extent.
    pub axis: (V3, V3, f32),
    /// Middle and radius of a ball around the part.
    pub ball: (V3, f32),
}

/// One degree of freedom.
#[derive(Debug, Clone)]
pub struct Joint {
    /// Name, for example `knee_r`.
    pub name: String,
    /// Which degree of freedom of the joint.
    pub dof: u8,
    /// A part that the joint's pivot is fixed to.
    pub parent: usize,
    /// All parts that move.
    pub children: Vec<usize>,
    /// Point of the axis.
    pub pivot: V3,
    /// Direction of the axis.
    pub axis: V3,
    /// Range in degrees from the pose of the data.
    pub range: (f32, f32),
}

/// A person to be X-rayed.
#[derive(Debug, Clone)]
pub struct Body {
    /// Bones and organs.
    pub parts: Vec<Part>,
    /// Degrees of freedom, in the order in which they are to be applied: distal first.
    pub joints: Vec<Joint>,
    /// Body surface, in closed pieces.
    pub skins: Vec<Skin>,
    /// A ball of radius 1, for what is round and has no mesh.
    pub ball: Shape,
    /// Where each label is to be looked for.
    pub(super) probes: Probes,
    groups: HashMap<String, Vec<usize>>,
    joint_names: HashMap<String, usize>,
}

fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    std::fs::read(path).map_err(|source| LoadError::Read {
        path: path.into(),
        source,
    })
}

fn load_mesh(dir: &Path, file: &str) -> Result<Mesh, LoadError> {
    let path = dir.join(file);
    let bytes = read(&path)?;
    Mesh::from_ply(&bytes).map_err(|source| LoadError::Mesh { path, source })
}

/// Size of the cells in which vertices are merged when loading, for truth and for surfaces that are smoothed first.
fn detail(group: &str) -> f32 {
    match group.trim_end_matches("_l").trim_end_matches("_r") {
        "skull" | "face" => 1.9,
        "ribs" | "scapula" | "costal_cartilage" => 2.4,
        "sacrum" | "sternum" | "thoracic" | "lumbar" => 2.0,
        "teeth" => 1.0,
        "great_vessels" | "kidney" | "spleen" | "bladder" | "gallbladder" => 4.0,
        "larynx" => 1.2,
        "lung" | "heart" | "brain" | "liver" | "bowel_large" => 5.0,
        "lung_vessels" => 2.8,
        "airway" => 2.6,
        "skin_trunk" => 10.0,
        "skin_thigh" => 8.0,
        "skin_arm" => 3.0,
        "skin_foot" => 3.0,
        _ => 0.0,
    }
}

fn part_of(dir: &Path, row: PartRow) -> Result<Part, LoadError> {
    Ok(Part::new(row.file.clone(), row.group, load_mesh(dir, &row.file)?))
}

fn ball_shape() -> Shape {
    let mesh = sphere(V3::default(), v3(1.0, 1.0, 1.0));
    Shape::of(&mesh, &mesh.faces, &[])
}

/// The surface at every level of detail; nothing for what is not drawn.
fn levels(mesh: &Mesh, tissue: &Tissue) -> Vec<Shape> {
    if *tissue == Tissue::Nothing {
        return Vec::new();
    }
    let walls = tissue.walls(mesh);
    let normals = mesh.normals();
    let inward: Vec<V3> = normals.iter().zip(&walls).map(|(n, w)| *n * -*w).collect();
    // The outline of soft organs is never sharp.
    let softness = if tissue.is_bone() { 1.0 } else { 3.0 };
    let mut reduced = Decimator::new(mesh);
    let level = |error: &f32| {
        reduced.reduce(error * softness, f32::MAX);
        Shape::of(mesh, &reduced.faces(), &inward)
    };
    LEVELS.iter().map(level).collect()
}

impl Part {
    /// A part with the wall and tissue that belong to its group.
    #[must_use]
    pub fn new(file: String, group: String, mesh: Mesh) -> Self {
        let tissue = tissue_of(&group);
        let levels = levels(&mesh, &tissue);
        let cell = detail(&group);
        let mesh = if cell > 0.0 { mesh.clustered(cell) } else { mesh };
        Self {
            limb: limb_of(&group),
            file,
            group,
            tissue,
            levels,
            axis: main_axis(&mesh),
            ball: ball(&mesh.vertices),
            mesh,
        }
    }
}

fn skin_segment(file: &str) -> Option<&'static str> {
    const SEGMENTS: [(&str, &str); 4] = [
        ("trunk_and_head", "skin_trunk"),
        ("arm_and_hand", "skin_arm"),
        ("thigh_and_shank", "skin_thigh"),
        ("_foot", "skin_foot"),
    ];
    SEGMENTS.iter().find(|(needle, _)| file.contains(needle)).map(|s| s.1)
}

impl Body {
    /// Reads `parts.csv`, `joints.csv` and the meshes that a radiograph shows.
    pub fn load(dir: &Path) -> Result<Self, LoadError> {
        let table = |name: &str| -> Result<String, LoadError> {
            Ok(String::from_utf8_lossy(&read(&dir.join(name))?).into_owned())
        };
        let wrong = |name: &str, source| LoadError::Table {
            path: dir.join(name),
            source,
        };
        let rows = read_parts(&table("parts.csv")?).map_err(|e| wrong("parts.csv", e))?;
        let (skins, rest): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .filter(|r| r.group != "skin")
            .partition(|r| r.group == "skin_segments");
        let parts = rest
            .into_par_iter()
            .map(|r| part_of(dir, r))
            .collect::<Result<Vec<_>, _>>()?;
        let joints = read_joints(&table("joints.csv")?).map_err(|e| wrong("joints.csv", e))?;
        let mut body = Self::assemble(parts, joints).map_err(|e| wrong("joints.csv", e))?;
        let loaded = skins
            .into_par_iter()
            .map(|row| {
                let segment = skin_segment(&row.file).unwrap_or("skin_trunk");
                let mesh = load_mesh(dir, &row.file)?;
                let mesh = mesh.clustered(detail(segment)).evened(4);
                let limb = limb_of(&format!("{segment}_{}", row.side));
                Ok(Skin::bind(limb, &mesh, &body.parts))
            })
            .collect::<Result<Vec<_>, LoadError>>()?;
        body.skins = loaded;
        Ok(body)
    }

    /// Puts parts and joints together, without skin.
    pub fn assemble(parts: Vec<Part>, rows: Vec<JointRow>) -> Result<Self, TableError> {
        let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, p) in parts.iter().enumerate() {
            groups.entry(p.group.clone()).or_default().push(i);
        }
        let files: HashMap<&str, usize> = parts.iter().enumerate().map(|(i, p)| (p.file.as_str(), i)).collect();
        let members = |list: &str| -> Vec<usize> {
            list.split('|')
                .flat_map(|item| match item.strip_prefix("group:") {
                    Some(g) => groups.get(g).cloned().unwrap_or_default(),
                    None => files.get(item).copied().into_iter().collect(),
                })
                .collect()
        };
        let joints = ordered(rows, members)?;
        let joint_names = joints.iter().enumerate().map(|(i, j)| (j.name.clone(), i)).collect();
        let probes = Probes::default();
        let mut body = Self {
            parts,
            joints,
            skins: Vec::new(),
            ball: ball_shape(),
            probes,
            groups,
            joint_names,
        };
        body.probes = Probes::of(&body);
        Ok(body)
    }

    /// The parts of a group.
    #[must_use]
    pub fn group(&self, name: &str) -> &[usize] {
        self.groups.get(name).map_or(&[], Vec::as_slice)
    }

    /// The first part of a group whose file name contains `needle`.
    #[must_use]
    pub fn find(&self, group: &str, needle: &str) -> Option<usize> {
        self.group(group)
            .iter()
            .copied()
            .find(|&i| self.parts[i].file.contains(needle))
    }

    /// Any degree of freedom of a joint, for its pivot and axis.
    #[must_use]
    pub fn joint(&self, name: &str) -> Option<&Joint> {
        self.joint_names.get(name).map(|&i| &self.joints[i])
    }
}

/// Distal joints first, so that every rotation can be about its pivot in the pose of the data.
///
/// The table lists limbs from proximal to distal; head and neck from the head down, each neck row
/// naming only the vertebra above, which carries everything higher with it.
fn ordered(rows: Vec<JointRow>, members: impl Fn(&str) -> Vec<usize>) -> Result<Vec<Joint>, TableError> {
    let is_axial = |n: &str| n == "jaw" || n.starts_with("atlanto") || n.starts_with("spine_");
    let (axial, mut limbs): (Vec<_>, Vec<_>) = rows.into_iter().partition(|r| is_axial(&r.name));
    limbs.reverse();
    let mut above: Vec<usize> = Vec::new();
    let mut out = Vec::new();
    for row in axial.into_iter().chain(limbs) {
        if row.name.starts_with("spine_") && !row.name.contains("cervical") {
            continue;
        }
        let mut children = members(&row.children);
        if is_axial(&row.name) && row.name != "jaw" {
            above.retain(|i| !children.contains(i));
            above.extend(&children);
            children.clone_from(&above);
        }
        let Some(&parent) = members(&row.parent).first() else {
            continue;
        };
        out.push(Joint {
            name: row.name,
            dof: row.dof,
            parent,
            children,
            pivot: row.pivot,
            axis: row.axis,
            range: row.range,
        });
    }
    Ok(out)
}
