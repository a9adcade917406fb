//! Triangle meshes: reading PLY, merging close vertices, walls of a given thickness.

use std::collections::HashMap;

use super::vector::{V3, v3};

/// A closed surface; faces run counter-clockwise seen from outside.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mesh {
    /// Corners in millimetres.
    pub vertices: Vec<V3>,
    /// Triangles.
    pub faces: Vec<[u32; 3]>,
}

/// Why a PLY file was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlyError {
    /// The header is not the one layout in use.
    #[error("not a binary little-endian PLY of float vertices and triangles: {0}")]
    Header(&'static str),
    /// The file ends before its counts are met.
    #[error("the file ends before its {0} are complete")]
    Short(&'static str),
    /// A face names a vertex that does not exist, or is no triangle.
    #[error("face {0} is not a triangle of existing vertices")]
    Face(usize),
    /// A coordinate is not a finite number.
    #[error("vertex {0} is not finite")]
    NotFinite(usize),
}

fn header(bytes: &[u8]) -> Result<(usize, usize, usize), PlyError> {
    const END: &[u8] = b"end_header\n";
    let end = bytes.windows(END.len()).take(4096).position(|w| w == END);
    let end = end.ok_or(PlyError::Header("no end_header"))?;
    let text = std::str::from_utf8(&bytes[..end]).map_err(|_| PlyError::Header("not text"))?;
    if !text.contains("format binary_little_endian 1.0") {
        return Err(PlyError::Header("format"));
    }
    let count = |name: &'static str| {
        text.lines()
            .find_map(|l| l.strip_prefix(name)?.trim().parse::<usize>().ok())
            .ok_or(PlyError::Header(name))
    };
    Ok((count("element vertex ")?, count("element face ")?, end + END.len()))
}

fn float(bytes: &[u8], at: usize) -> f32 {
    f32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn index(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

impl Mesh {
    /// Reads the PLY layout of the mesh folder.
    pub fn from_ply(bytes: &[u8]) -> Result<Self, PlyError> {
        let (n, m, start) = header(bytes)?;
        let body = &bytes[start..];
        let face_start = n.checked_mul(12).ok_or(PlyError::Short("vertices"))?;
        if body.len() < face_start {
            return Err(PlyError::Short("vertices"));
        }
        if (body.len() - face_start) / 13 < m {
            return Err(PlyError::Short("faces"));
        }
        let vertices: Vec<V3> = (0..n)
            .map(|i| v3(float(body, 12 * i), float(body, 12 * i + 4), float(body, 12 * i + 8)))
            .collect();
        if let Some(i) = vertices.iter().position(|v| !v.norm().is_finite()) {
            return Err(PlyError::NotFinite(i));
        }
        let mut faces = Vec::with_capacity(m);
        for i in 0..m {
            let at = face_start + 13 * i;
            let f = [index(body, at + 1), index(body, at + 5), index(body, at + 9)];
            if body[at] != 3 || f.iter().any(|&k| k as usize >= n) {
                return Err(PlyError::Face(i));
            }
            faces.push(f);
        }
        Ok(Self { vertices, faces })
    }

    /// An axis-aligned box, for tests and for hardware.
    #[must_use]
    pub fn cuboid(low: V3, high: V3) -> Self {
        let pick = |i: u32, bit: u32, a: f32, b: f32| if i & bit == 0 { a } else { b };
        let vertices = (0..8)
            .map(|i| {
                v3(
                    pick(i, 1, low.x, high.x),
                    pick(i, 2, low.y, high.y),
                    pick(i, 4, low.z, high.z),
                )
            })
            .collect();
        let quads = [
            [0, 2, 3, 1],
            [4, 5, 7, 6],
            [0, 1, 5, 4],
            [2, 6, 7, 3],
            [0, 4, 6, 2],
            [1, 3, 7, 5],
        ];
        let faces = quads
            .iter()
            .flat_map(|q| [[q[0], q[1], q[2]], [q[0], q[2], q[3]]])
            .collect();
        Self { vertices, faces }
    }

    /// Merges all vertices that share a cell of a grid.
    ///
    /// A closed surface stays closed as a sum of signed triangles, so thickness stays exact for the coarser shape.
    #[must_use]
    pub fn clustered(&self, cell: f32) -> Self {
        let mut cells: HashMap<[i32; 3], u32> = HashMap::new();
        let mut sums: Vec<(V3, f32)> = Vec::new();
        let mut to = Vec::with_capacity(self.vertices.len());
        for &v in &self.vertices {
            let key = [v.x, v.y, v.z].map(|c| (c / cell).floor() as i32);
            let id = *cells.entry(key).or_insert_with(|| {
                sums.push((V3::default(), 0.0));
                sums.len() as u32 - 1
            });
            let s = &mut sums[id as usize];
            *s = (s.0 + v, s.1 + 1.0);
            to.push(id);
        }
        let faces = self.faces.iter().map(|f| f.map(|i| to[i as usize]));
        Self {
            vertices: sums.iter().map(|s| s.0 * (1.0 / s.1)).collect(),
            faces: faces.filter(|f| f[0] != f[1] && f[1] != f[2] && f[0] != f[2]).collect(),
        }
    }

    /// Evens out steps without shrinking: rounds of smoothing, each followed by one of swelling (Taubin 1995).
    #[must_use]
    pub fn evened(mut self, rounds: usize) -> Self {
        for step in [0.5, -0.52].into_iter().cycle().take(2 * rounds) {
            let mut sums = vec![(V3::default(), 0.0_f32); self.vertices.len()];
            for f in &self.faces {
                for k in 0..3 {
                    let s = &mut sums[f[k] as usize];
                    *s = (s.0 + self.vertices[f[(k + 1) % 3] as usize], s.1 + 1.0);
                }
            }
            for (v, (sum, n)) in self.vertices.iter_mut().zip(&sums) {
                if *n > 0.0 {
                    *v = v.mix(*sum * (1.0 / n), step);
                }
            }
        }
        self
    }

    /// The same surface with every face in four.
    #[cfg(test)]
    pub fn halved_edges(&self) -> Self {
        let mut out = Self {
            vertices: self.vertices.clone(),
            faces: Vec::new(),
        };
        let mut middles: HashMap<(u32, u32), u32> = HashMap::new();
        for &[a, b, c] in &self.faces {
            let mut middle = |p: u32, q: u32| {
                *middles.entry((p.min(q), p.max(q))).or_insert_with(|| {
                    let half = out.vertices[p as usize].mix(out.vertices[q as usize], 0.5);
                    out.vertices.push(half);
                    out.vertices.len() as u32 - 1
                })
            };
            let [p, q, r] = [middle(a, b), middle(b, c), middle(c, a)];
            out.faces.extend([[a, p, r], [p, b, q], [r, q, c], [p, q, r]]);
        }
        out
    }

    /// Outward unit normals, one a vertex.
    #[must_use]
    pub fn normals(&self) -> Vec<V3> {
        let mut out = vec![V3::default(); self.vertices.len()];
        for f in &self.faces {
            let [a, b, c] = f.map(|i| self.vertices[i as usize]);
            let n = (b - a).cross(c - a);
            for &i in f {
                out[i as usize] = out[i as usize] + n;
            }
        }
        out.into_iter().map(V3::unit).collect()
    }

    /// The mean of the vertices.
    #[must_use]
    pub fn centroid(&self) -> V3 {
        let sum = self.vertices.iter().fold(V3::default(), |a, &v| a + v);
        sum * (1.0 / self.vertices.len().max(1) as f32)
    }

    /// Lowest and highest corner of the bounds.
    #[must_use]
    pub fn bounds(&self) -> (V3, V3) {
        let start = (v3(f32::MAX, f32::MAX, f32::MAX), v3(f32::MIN, f32::MIN, f32::MIN));
        self.vertices.iter().fold(start, |(l, h), v| {
            (
                v3(l.x.min(v.x), l.y.min(v.y), l.z.min(v.z)),
                v3(h.x.max(v.x), h.y.max(v.y), h.z.max(v.z)),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ply(mesh: &Mesh) -> Vec<u8> {
        let mut out = format!(
            "ply\nformat binary_little_endian 1.0\nelement vertex {}\nelement face {}\nend_header\n",
            mesh.vertices.len(),
            mesh.faces.len()
        )
        .into_bytes();
        for v in &mesh.vertices {
            for c in [v.x, v.y, v.z] {
                out.extend(c.to_le_bytes());
            }
        }
        for f in &mesh.faces {
            out.push(3);
            for i in f {
                out.extend(i.to_le_bytes());
            }
        }
        out
    }

    #[test]
    fn ply_comes_back_and_broken_files_are_refused() {
        let cube = Mesh::cuboid(v3(0.0, 0.0, 0.0), v3(1.0, 2.0, 3.0));
        let bytes = ply(&cube);
        assert_eq!(Mesh::from_ply(&bytes), Ok(cube.clone()));
        assert_eq!(Mesh::from_ply(&bytes[..bytes.len() - 1]), Err(PlyError::Short("faces")));
        assert_eq!(Mesh::from_ply(b"ply\n"), Err(PlyError::Header("no end_header")));
        let mut wrong = cube.clone();
        wrong.faces[3][1] = 8;
        assert_eq!(Mesh::from_ply(&ply(&wrong)), Err(PlyError::Face(3)));
        let mut wrong = cube;
        wrong.vertices[2].y = f32::NAN;
        assert_eq!(Mesh::from_ply(&ply(&wrong)), Err(PlyError::NotFinite(2)));
    }

    #[test]
    fn normals_of_a_cuboid_point_outwards() {
        let cube = Mesh::cuboid(v3(-1.0, -1.0, -1.0), v3(1.0, 1.0, 1.0));
        for (v, n) in cube.vertices.iter().zip(cube.normals()) {
            assert!(v.dot(n) > 0.0);
        }
    }
}
