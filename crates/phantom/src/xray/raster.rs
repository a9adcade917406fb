//! Scan conversion: the sum of signed depths of a closed surface is its thickness along each ray.

/// A field of values, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` values.
    pub data: Vec<f32>,
}

/// A projected corner: column, row, and how far towards the focus it lies.
pub type Corner = [f32; 3];

/// The column where the edge `a`-`b` crosses the row `y`; the same for both faces that share the edge.
fn crossing(a: Corner, b: Corner, y: f32) -> f32 {
    let (p, q) = if (a[1], a[0]) <= (b[1], b[0]) { (a, b) } else { (b, a) };
    p[0] + (q[0] - p[0]) * ((y - p[1]) / (q[1] - p[1]))
}

fn first_at_or_after(v: f32) -> i64 {
    v.ceil() as i64
}

fn first_after(v: f32) -> i64 {
    v.floor() as i64 + 1
}

impl Plane {
    /// A field of zeros.
    #[must_use]
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, data: vec![0.0; width * height] }
    }

    /// Adds `weight` times the thickness of a surface.
    pub fn add(&mut self, corners: &[Corner], faces: &[[u32; 3]], weight: f32) {
        for f in faces {
            self.add_face(f.map(|i| corners[i as usize]), weight);
        }
    }

    fn add_face(&mut self, t: [Corner; 3], weight: f32) {
        let area = (t[1][0] - t[0][0]) * (t[2][1] - t[0][1]) - (t[2][0] - t[0][0]) * (t[1][1] - t[0][1]);
        if area == 0.0 || !area.is_finite() {
            return;
        }
        let low = t[0][1].min(t[1][1]).min(t[2][1]);
        let high = t[0][1].max(t[1][1]).max(t[2][1]);
        let (from, to) = (first_after(low).max(0), first_after(high).min(self.height as i64));
        if from >= to || t.iter().all(|c| c[0] < 0.0) || t.iter().all(|c| c[0] >= self.width as f32) {
            return;
        }
        let nearest = t[0][2].min(t[1][2]).min(t[2][2]);
        let farthest = t[0][2].max(t[1][2]).max(t[2][2]);
        let dx = ((t[1][2] - t[0][2]) * (t[2][1] - t[0][1]) - (t[2][2] - t[0][2]) * (t[1][1] - t[0][1])) / area;
        let dy = ((t[1][0] - t[0][0]) * (t[2][2] - t[0][2]) - (t[2][0] - t[0][0]) * (t[1][2] - t[0][2])) / area;
        let signed = if area > 0.0 { -weight } else { weight };
        for row in from..to {
            let y = row as f32;
            let Some((left, right)) = span(&t, y) else { continue };
            let a = first_at_or_after(left).clamp(0, self.width as i64) as usize;
            let b = first_at_or_after(right).clamp(0, self.width as i64) as usize;
            let start = row as usize * self.width;
            let base = t[0][2] + dy * (y - t[0][1]) - dx * t[0][0];
            for x in a..b {
                // The sample lies inside the face, so a depth outside its corners is rounding in a sliver.
                let z = (base + dx * x as f32).clamp(nearest, farthest);
                self.data[start + x] += signed * z;
            }
        }
    }

    /// Half the size in both directions, each value the mean of four.
    #[must_use]
    pub fn halved(&self) -> Self {
        let mut out = Self::new(self.width / 2, self.height / 2);
        for y in 0..out.height {
            let (r0, r1) = (2 * y * self.width, (2 * y + 1) * self.width);
            for x in 0..out.width {
                let d = &self.data;
                out.data[y * out.width + x] =
                    0.25 * (d[r0 + 2 * x] + d[r0 + 2 * x + 1] + d[r1 + 2 * x] + d[r1 + 2 * x + 1]);
            }
        }
        out
    }
}

fn span(t: &[Corner; 3], y: f32) -> Option<(f32, f32)> {
    let (mut left, mut right, mut n) = (f32::MAX, f32::MIN, 0);
    for (a, b) in [(t[0], t[1]), (t[1], t[2]), (t[2], t[0])] {
        if (a[1] < y) != (b[1] < y) {
            let x = crossing(a, b, y);
            left = left.min(x);
            right = right.max(x);
            n += 1;
        }
    }
    (n == 2).then_some((left, right))
}

#[cfg(test)]
mod tests {
    use super::super::mesh::Mesh;
    use super::super::vector::{V3, v3};
    use super::*;

    fn thickness(mesh: &Mesh, view: impl Fn(V3) -> V3) -> Plane {
        let corners: Vec<Corner> = mesh.vertices.iter().map(|&v| view(v)).map(|v| [v.x, -v.z, -v.y]).collect();
        let mut plane = Plane::new(64, 64);
        plane.add(&corners, &mesh.faces, 1.0);
        plane
    }

    #[test]
    fn a_cube_is_as_thick_as_it_is_and_nothing_else_is_touched() {
        let cube = Mesh::cuboid(v3(10.0, -500.0, -40.0), v3(30.5, -470.0, -20.0));
        let plane = thickness(&cube, |v| v);
        for (i, &t) in plane.data.iter().enumerate() {
            let (x, y) = (i % 64, i / 64);
            let inside = (10..=30).contains(&x) && (21..=40).contains(&y);
            assert_eq!(t, if inside { 30.0 } else { 0.0 }, "{x} {y}");
        }
    }

    #[test]
    fn a_turned_cube_has_the_exact_chord() {
        let cube = Mesh::cuboid(v3(-10.0, -10.0, -10.0), v3(10.0, 10.0, 10.0));
        let up = v3(0.0, 0.0, 1.0);
        let plane = thickness(&cube, |v| v.turned(up, 45.0) + v3(32.0, 0.0, -32.0));
        for x in 20..44 {
            let expected = 2.0 * (200.0_f32.sqrt() - (x as f32 - 32.0).abs());
            let t = plane.data[32 * 64 + x];
            assert!((t - expected).abs() < 1e-3, "{x} {t} {expected}");
        }
    }

    #[test]
    fn a_merged_surface_is_still_closed() {
        let cube = Mesh::cuboid(v3(3.2, -9.0, -31.7), v3(21.7, 9.1, -7.3));
        let coarse = cube.clustered(19.0);
        let plane = thickness(&coarse, |v| v.turned(v3(0.0, 0.6, 0.8), 20.0) + v3(10.0, 0.0, -5.0));
        assert!(plane.data.iter().all(|&t| t > -1e-3), "no ray leaves before it enters");
    }
}
