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

/// The smallest whole number not below `v`, without the call that `ceil` is on older targets.
fn first_at_or_after(v: f32) -> i32 {
    let whole = v as i32;
    whole + i32::from(v > whole as f32)
}

/// The smallest whole number above `v`.
fn first_after(v: f32) -> i32 {
    let whole = v as i32;
    whole + i32::from(v >= whole as f32)
}

/// An edge as a line over rows, the same for both faces that share it.
#[derive(Clone, Copy)]
struct Edge {
    top: f32,
    bottom: f32,
    x: f32,
    slope: f32,
}

impl Edge {
    fn new(a: Corner, b: Corner) -> Self {
        let (p, q) = if (a[1], a[0]) <= (b[1], b[0]) { (a, b) } else { (b, a) };
        Self { top: p[1], bottom: q[1], x: p[0], slope: (q[0] - p[0]) / (q[1] - p[1]) }
    }

    /// Where the row `y` crosses the edge; an edge owns the rows below its top and down to its bottom.
    fn crossing(&self, y: f32) -> Option<f32> {
        (self.top < y && y <= self.bottom).then(|| self.x + self.slope * (y - self.top))
    }
}

fn span(edges: &[Edge; 3], y: f32) -> Option<(f32, f32)> {
    let mut found = edges.iter().filter_map(|e| e.crossing(y));
    let (a, b) = (found.next()?, found.next()?);
    Some((a.min(b), a.max(b)))
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
        let ends = |k: usize| {
            let (low, high) = (t[0][k].min(t[1][k]).min(t[2][k]), t[0][k].max(t[1][k]).max(t[2][k]));
            (low.clamp(-1e6, 1e6), high.clamp(-1e6, 1e6))
        };
        let ((left, right), (low, high)) = (ends(0), ends(1));
        let (from, to) = (first_after(low).max(0), first_after(high).min(self.height as i32));
        let (west, east) = (first_at_or_after(left).max(0), first_at_or_after(right).min(self.width as i32));
        if from >= to || west >= east {
            return;
        }
        let area = (t[1][0] - t[0][0]) * (t[2][1] - t[0][1]) - (t[2][0] - t[0][0]) * (t[1][1] - t[0][1]);
        if area == 0.0 || !area.is_finite() {
            return;
        }
        let (farthest, nearest) = ends(2);
        let dx = ((t[1][2] - t[0][2]) * (t[2][1] - t[0][1]) - (t[2][2] - t[0][2]) * (t[1][1] - t[0][1])) / area;
        let dy = ((t[1][0] - t[0][0]) * (t[2][2] - t[0][2]) - (t[2][0] - t[0][0]) * (t[1][2] - t[0][2])) / area;
        let signed = if area > 0.0 { -weight } else { weight };
        let edges = [Edge::new(t[0], t[1]), Edge::new(t[1], t[2]), Edge::new(t[2], t[0])];
        for row in from..to {
            let y = row as f32;
            let Some((left, right)) = span(&edges, y) else { continue };
            let (a, b) = (first_at_or_after(left).max(west), first_at_or_after(right).min(east));
            if a >= b {
                continue;
            }
            let start = row as usize * self.width;
            let base = t[0][2] + dy * (y - t[0][1]) - dx * t[0][0];
            let line = &mut self.data[start + a as usize..start + b as usize];
            for (k, v) in line.iter_mut().enumerate() {
                // The sample lies inside the face, so a depth outside its corners is rounding in a sliver.
                *v += signed * (base + dx * (a + k as i32) as f32).max(farthest).min(nearest);
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
