//! Fewer triangles for the same shape: vertices are pulled onto a neighbour where that moves the surface little.
//!
//! The measure is the mean squared distance to the planes of the faces that a vertex stands for (Garland and Heckbert
//! 1997, "Surface simplification using quadric error metrics"). Vertices that stay keep their place, so that what was
//! computed for them on the dense surface stays true. A closed surface stays closed as a sum of signed triangles.

use super::mesh::Mesh;
use super::vector::V3;

/// The sum of squared distances to planes, each weighted by the area of its face.
#[derive(Debug, Clone, Copy, Default)]
struct Quadric {
    /// Upper triangle of the matrix, row by row.
    terms: [f64; 10],
    area: f64,
}

impl Quadric {
    fn of_face([a, b, c]: [V3; 3]) -> Self {
        let across = (b - a).cross(c - a);
        let (n, area) = (across.unit(), f64::from(across.norm()));
        let plane = [n.x, n.y, n.z, -n.dot(a)].map(f64::from);
        let pair = |i: usize, k: usize| plane[i] * plane[k] * area;
        Self {
            terms: [
                pair(0, 0),
                pair(0, 1),
                pair(0, 2),
                pair(0, 3),
                pair(1, 1),
                pair(1, 2),
                pair(1, 3),
                pair(2, 2),
                pair(2, 3),
                pair(3, 3),
            ],
            area,
        }
    }

    fn plus(&self, o: &Self) -> Self {
        Self {
            terms: std::array::from_fn(|i| self.terms[i] + o.terms[i]),
            area: self.area + o.area,
        }
    }

    fn mean_square(&self, p: V3) -> f64 {
        let [x, y, z] = [p.x, p.y, p.z].map(f64::from);
        let t = &self.terms;
        let sum = x * (t[0] * x + 2.0 * (t[1] * y + t[2] * z + t[3]))
            + y * (t[4] * y + 2.0 * (t[5] * z + t[6]))
            + z * (t[7] * z + 2.0 * t[8])
            + t[9];
        sum.max(0.0) / self.area.max(1e-12)
    }
}

/// A surface that is being reduced.
#[derive(Debug)]
pub struct Decimator {
    points: Vec<V3>,
    quadrics: Vec<Quadric>,
    faces: Vec<[u32; 3]>,
    /// The living faces of each vertex, and some that are dead.
    around: Vec<Vec<u32>>,
}

const DEAD: [u32; 3] = [u32::MAX; 3];
/// Cosine of the largest turn of a face's normal.
const LEAST_COSINE: f32 = 0.5;

impl Decimator {
    /// Starts from the dense surface.
    #[must_use]
    pub fn new(mesh: &Mesh) -> Self {
        // Distances of whole bodies squared lose digits; those within a part do not.
        let middle = mesh.centroid();
        let points: Vec<V3> = mesh.vertices.iter().map(|&v| v - middle).collect();
        let mut quadrics = vec![Quadric::default(); points.len()];
        let mut around = vec![Vec::new(); points.len()];
        for (i, f) in mesh.faces.iter().enumerate() {
            let quadric = Quadric::of_face(f.map(|k| points[k as usize]));
            for &k in f {
                quadrics[k as usize] = quadrics[k as usize].plus(&quadric);
                around[k as usize].push(i as u32);
            }
        }
        Self {
            points,
            quadrics,
            faces: mesh.faces.clone(),
            around,
        }
    }

    /// Merges vertices while the surface moves by less than `error` and no edge grows beyond `longest` (millimetres).
    pub fn reduce(&mut self, error: f32, longest: f32) {
        // Growing bounds take the flat places first, which leaves better shapes than taking vertices as they come.
        for share in [0.3, 0.6, 1.0] {
            while self.pass(error * share, longest) * 30 > self.points.len() {}
        }
    }

    fn pass(&mut self, error: f32, longest: f32) -> usize {
        let bound = f64::from(error * error);
        let mut merged = 0;
        let mut neighbours = Vec::new();
        for v in 0..self.points.len() {
            self.prune(v);
            self.neighbours(v, &mut neighbours);
            let best = neighbours
                .iter()
                .map(|&to| (self.cost(v, to as usize), to))
                .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let Some((cost, to)) = best else { continue };
            if cost <= bound && self.allowed(v, to, longest) {
                self.merge(v, to);
                merged += 1;
            }
        }
        merged
    }

    fn cost(&self, v: usize, to: usize) -> f64 {
        self.quadrics[v].plus(&self.quadrics[to]).mean_square(self.points[to])
    }

    fn prune(&mut self, v: usize) {
        let faces = &self.faces;
        self.around[v].retain(|&f| faces[f as usize] != DEAD);
    }

    fn neighbours(&self, v: usize, out: &mut Vec<u32>) {
        out.clear();
        for &f in &self.around[v] {
            out.extend(self.faces[f as usize].iter().filter(|&&k| k as usize != v));
        }
        out.sort_unstable();
        out.dedup();
    }

    /// Whether no face folds over and no edge gets too long when `v` goes to `to`.
    fn allowed(&self, v: usize, to: u32, longest: f32) -> bool {
        let place = |k: u32, moved: bool| self.points[if moved && k as usize == v { to } else { k } as usize];
        let normal = |f: &[u32; 3], moved: bool| {
            let [a, b, c] = f.map(|k| place(k, moved));
            (b - a).cross(c - a)
        };
        let goal = self.points[to as usize];
        self.around[v].iter().map(|&f| &self.faces[f as usize]).all(|f| {
            let (before, after) = (normal(f, false), normal(f, true));
            let turned = before.dot(after) < LEAST_COSINE * before.norm() * after.norm();
            let far = |&k: &u32| k as usize != v && (self.points[k as usize] - goal).norm() > longest;
            f.contains(&to) || !turned && !f.iter().any(far)
        })
    }

    fn merge(&mut self, v: usize, to: u32) {
        for f in std::mem::take(&mut self.around[v]) {
            let face = &mut self.faces[f as usize];
            if face.contains(&to) {
                *face = DEAD;
            } else {
                face.iter_mut().filter(|k| **k as usize == v).for_each(|k| *k = to);
                self.around[to as usize].push(f);
            }
        }
        self.quadrics[to as usize] = self.quadrics[to as usize].plus(&self.quadrics[v]);
    }

    /// The faces that are left, by the numbers of the dense surface's vertices.
    #[must_use]
    pub fn faces(&self) -> Vec<[u32; 3]> {
        self.faces.iter().copied().filter(|f| *f != DEAD).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::hardware::sphere;
    use super::super::vector::v3;
    use super::*;

    fn volume(points: &[V3], faces: &[[u32; 3]]) -> f32 {
        let part = |f: &[u32; 3]| {
            let [a, b, c] = f.map(|k| points[k as usize]);
            a.dot(b.cross(c)) / 6.0
        };
        faces.iter().map(part).sum()
    }

    #[test]
    fn a_ball_keeps_its_volume_and_a_large_error_takes_more() {
        let ball = sphere(v3(0.0, 0.0, 0.0), v3(30.0, 30.0, 30.0)).halved_edges();
        let mut faces = ball.faces.len();
        for (error, loss) in [(0.2, 0.02), (0.8, 0.06)] {
            let mut d = Decimator::new(&ball);
            d.reduce(error, 1e3);
            let left = d.faces();
            assert!(left.len() < faces, "{error}: {} of {faces}", left.len());
            faces = left.len();
            let share = volume(&ball.vertices, &left) / volume(&ball.vertices, &ball.faces);
            assert!((share - 1.0).abs() < loss, "{error}: {share}");
        }
    }

    #[test]
    fn a_box_keeps_its_corners_however_fine_its_sides_are() {
        let mesh = Mesh::cuboid(v3(0.0, 0.0, 0.0), v3(10.0, 20.0, 30.0))
            .halved_edges()
            .halved_edges();
        let mut d = Decimator::new(&mesh);
        d.reduce(0.1, 1e3);
        assert!(d.faces().len() < mesh.faces.len() / 4, "{}", d.faces().len());
        let whole = volume(&mesh.vertices, &mesh.faces);
        assert!((volume(&mesh.vertices, &d.faces()) / whole - 1.0).abs() < 1e-3);
    }

    #[test]
    fn no_edge_grows_beyond_the_longest_allowed() {
        let mesh = Mesh::cuboid(v3(0.0, 0.0, 0.0), v3(80.0, 80.0, 80.0))
            .halved_edges()
            .halved_edges();
        let mut d = Decimator::new(&mesh);
        let longest = 45.0;
        d.reduce(1.0, longest);
        let faces = d.faces();
        assert!(faces.len() < mesh.faces.len());
        for f in faces {
            let [a, b, c] = f.map(|k| mesh.vertices[k as usize]);
            assert!((a - b).norm().max((b - c).norm()).max((c - a).norm()) <= longest);
        }
    }
}
