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

/// The depth over the canvas of one face, already signed and weighted.
struct Slope {
    base: f32,
    dx: f32,
    dy: f32,
    /// Lowest and highest value where rounding in a sliver must be held back.
    limits: Option<(f32, f32)>,
}

impl Slope {
    fn of(t: &[Corner; 3], area: f32, signed: f32) -> Self {
        let [p, q, s] = t.map(|c| c[2] * signed);
        let dx = ((q - p) * (t[2][1] - t[0][1]) - (s - p) * (t[1][1] - t[0][1])) / area;
        let dy = ((t[1][0] - t[0][0]) * (s - p) - (t[2][0] - t[0][0]) * (q - p)) / area;
        let sliver = area.abs() < 0.05;
        let limits = sliver.then(|| (p.min(q).min(s), p.max(q).max(s)));
        Self {
            base: p - dx * t[0][0] - dy * t[0][1],
            dx,
            dy,
            limits,
        }
    }

    fn add_to(&self, line: &mut [f32], first: i32, y: f32) {
        let start = self.base + self.dy * y;
        match self.limits {
            None => {
                for (v, x) in line.iter_mut().zip(first..) {
                    *v += start + self.dx * x as f32;
                }
            }
            Some((low, high)) => {
                for (v, x) in line.iter_mut().zip(first..) {
                    *v += (start + self.dx * x as f32).max(low).min(high);
                }
            }
        }
    }
}

impl Plane {
    /// A field of zeros.
    #[must_use]
    pub fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            data: vec![0.0; width * height],
        }
    }

    /// Adds `weight` times the thickness of a surface.
    pub fn add(&mut self, corners: &[Corner], faces: &[[u32; 3]], weight: f32) {
        for f in faces {
            self.add_face(f.map(|i| corners[i as usize]), weight);
        }
    }

    fn add_face(&mut self, t: [Corner; 3], weight: f32) {
        let mut v = t;
        // The order by row, then column, gives an edge the same ends in both faces that share it.
        let later = |a: &Corner, b: &Corner| a[1] > b[1] || a[1] == b[1] && a[0] > b[0];
        for (i, k) in [(0, 1), (1, 2), (0, 1)] {
            if later(&v[i], &v[k]) {
                v.swap(i, k);
            }
        }
        let (from, to) = (
            first_after(v[0][1]).max(0),
            first_after(v[2][1]).min(self.height as i32),
        );
        if from >= to {
            return;
        }
        let area = (t[1][0] - t[0][0]) * (t[2][1] - t[0][1]) - (t[2][0] - t[0][0]) * (t[1][1] - t[0][1]);
        if area == 0.0 || !area.is_finite() {
            return;
        }
        let slope = Slope::of(&t, area, if area > 0.0 { -weight } else { weight });
        let middle = first_after(v[1][1]).clamp(from, to);
        let long = (v[2][0] - v[0][0]) / (v[2][1] - v[0][1]);
        for (rows, a, b) in [(from..middle, v[0], v[1]), (middle..to, v[1], v[2])] {
            if rows.is_empty() {
                continue;
            }
            let short = (b[0] - a[0]) / (b[1] - a[1]);
            for row in rows {
                let y = row as f32;
                let (p, q) = (v[0][0] + long * (y - v[0][1]), a[0] + short * (y - a[1]));
                let (west, east) = if p < q { (p, q) } else { (q, p) };
                let west = first_at_or_after(west).max(0);
                let east = first_at_or_after(east).min(self.width as i32);
                if west < east {
                    let start = row as usize * self.width;
                    slope.add_to(&mut self.data[start + west as usize..start + east as usize], west, y);
                }
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
        let corners: Vec<Corner> = mesh
            .vertices
            .iter()
            .map(|&v| view(v))
            .map(|v| [v.x, -v.z, -v.y])
            .collect();
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
