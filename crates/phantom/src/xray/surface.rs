//! Surfaces cut into patches: small pieces that are left out as a whole when they cannot fall on the canvas.

use super::vector::V3;

/// An edge and the two faces that meet there, by their numbers within the patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// One end.
    pub from: u16,
    /// The other end.
    pub to: u16,
    /// The face that runs from the one end to the other; the number of faces where the patch has none.
    pub along: u16,
    /// The face that runs the other way; the number of faces where the patch has none.
    pub against: u16,
}

/// A piece of a surface.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    /// Where its vertices lie in the list of the surface.
    pub vertices: std::ops::Range<usize>,
    /// Triangles, by numbers within the patch.
    pub faces: Vec<[u16; 3]>,
    /// All edges, those of the rim with one face only.
    pub edges: Vec<Edge>,
    /// Middle and radius of a ball around it.
    pub ball: (V3, f32),
}

/// A surface as patches.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surface {
    /// The pieces; they share no vertices.
    pub patches: Vec<Patch>,
    /// For each vertex of the patches its number in the list that the surface was cut from.
    pub origin: Vec<u32>,
}

/// Small enough to be left out often, large enough to have few rims.
const FACES_A_PATCH: usize = 220;

impl Surface {
    /// Cuts faces over a list of points into patches.
    #[must_use]
    pub fn cut(points: &[V3], faces: &[[u32; 3]]) -> Self {
        let mut out = Self::default();
        let mut numbers = vec![u16::MAX; points.len()];
        let mut open = vec![faces.to_vec()];
        while let Some(mut group) = open.pop() {
            if group.len() > FACES_A_PATCH {
                let rest = split(points, &mut group);
                open.extend([rest, group]);
            } else if !group.is_empty() {
                out.push(points, &group, &mut numbers);
            }
        }
        out
    }

    fn push(&mut self, points: &[V3], faces: &[[u32; 3]], numbers: &mut [u16]) {
        let start = self.origin.len();
        for &k in faces.iter().flatten() {
            let number = &mut numbers[k as usize];
            if *number == u16::MAX {
                *number = (self.origin.len() - start) as u16;
                self.origin.push(k);
            }
        }
        let faces: Vec<[u16; 3]> = faces.iter().map(|f| f.map(|k| numbers[k as usize])).collect();
        let own = &self.origin[start..];
        own.iter().for_each(|&k| numbers[k as usize] = u16::MAX);
        let places: Vec<V3> = own.iter().map(|&k| points[k as usize]).collect();
        self.patches.push(Patch {
            vertices: start..self.origin.len(),
            edges: edges(&faces),
            faces,
            ball: ball(&places),
        });
    }

    /// What belongs to each vertex of the patches, picked from a list for the points that the surface was cut from.
    #[must_use]
    pub fn pick<T: Copy>(&self, list: &[T]) -> Vec<T> {
        self.origin.iter().map(|&k| list[k as usize]).collect()
    }
}

/// Middle and radius of a ball around points.
#[must_use]
pub fn ball(points: &[V3]) -> (V3, f32) {
    let sum = points.iter().fold(V3::default(), |a, &p| a + p);
    let middle = sum * (1.0 / points.len().max(1) as f32);
    let radius = points.iter().map(|&p| (p - middle).norm()).fold(0.0, f32::max);
    (middle, radius)
}

/// Keeps the half of the faces that lies lower along the longest extent, and returns the other.
fn split(points: &[V3], faces: &mut Vec<[u32; 3]>) -> Vec<[u32; 3]> {
    let middle = |f: &[u32; 3]| f.iter().fold(V3::default(), |a, &k| a + points[k as usize]);
    let components: [fn(V3) -> f32; 3] = [|v| v.x, |v| v.y, |v| v.z];
    let extent = |c: &fn(V3) -> f32| {
        let range = faces.iter().map(|f| c(middle(f)));
        let (low, high) = range.fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(v), h.max(v)));
        high - low
    };
    let widest = components.into_iter().max_by(|a, b| extent(a).total_cmp(&extent(b)));
    let along = widest.unwrap_or(|v| v.z);
    faces.sort_by(|a, b| along(middle(a)).total_cmp(&along(middle(b))));
    faces.split_off(faces.len() / 2)
}

/// Every edge of the faces, matched with the face on its other side.
fn edges(faces: &[[u16; 3]]) -> Vec<Edge> {
    let none = faces.len() as u16;
    let mut sides: Vec<(u16, u16, bool, u16)> = Vec::with_capacity(faces.len() * 3);
    for (i, f) in faces.iter().enumerate() {
        for k in 0..3 {
            let (a, b) = (f[k], f[(k + 1) % 3]);
            sides.push((a.min(b), a.max(b), a < b, i as u16));
        }
    }
    sides.sort_unstable();
    let mut out: Vec<Edge> = Vec::with_capacity(sides.len() / 2);
    for same in sides.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let (back, forth) = same.split_at(same.iter().filter(|s| !s.2).count());
        for k in 0..back.len().max(forth.len()) {
            out.push(Edge {
                from: same[0].0,
                to: same[0].1,
                along: forth.get(k).map_or(none, |s| s.3),
                against: back.get(k).map_or(none, |s| s.3),
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::hardware::sphere;
    use super::super::vector::v3;
    use super::*;

    #[test]
    fn patches_hold_every_face_once_and_each_face_has_its_three_edges() {
        let mesh = sphere(v3(1.0, 2.0, 3.0), v3(9.0, 8.0, 7.0)).halved_edges();
        let surface = Surface::cut(&mesh.vertices, &mesh.faces);
        assert!(surface.patches.len() > 1);
        let mut seen: Vec<[u32; 3]> = Vec::new();
        for p in &surface.patches {
            assert!(p.faces.len() <= FACES_A_PATCH);
            let origin = &surface.origin[p.vertices.clone()];
            seen.extend(p.faces.iter().map(|f| f.map(|k| origin[k as usize])));
            let sides = p.edges.iter().flat_map(|e| [e.along, e.against]);
            let none = p.faces.len() as u16;
            assert_eq!(sides.filter(|s| *s != none).count(), 3 * p.faces.len());
            for &k in origin {
                assert!((mesh.vertices[k as usize] - p.ball.0).norm() <= p.ball.1 * 1.0001);
            }
        }
        let mut all = mesh.faces.clone();
        seen.sort_unstable();
        all.sort_unstable();
        assert_eq!(seen, all);
    }
}
