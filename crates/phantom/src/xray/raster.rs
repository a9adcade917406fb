//! Scan conversion: the sum of signed depths of a closed surface is its thickness along each ray.
//!
//! Along a row of pixels that sum is a chain of straight lines, which bends or jumps only where an edge is crossed. So
//! only the crossings are written down, however large the faces are, and the chain is followed once at the end. Each
//! pixel gets the mean of the chain over its width: surfaces have smooth outlines without a larger canvas.

use super::surface::Patch;

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

    /// One row.
    #[must_use]
    pub fn row(&self, y: usize) -> &[f32] {
        &self.data[y * self.width..(y + 1) * self.width]
    }
}

/// The smallest whole number not below `v`, without the call that `ceil` is on older targets.
fn first_at_or_after(v: f64) -> i64 {
    let whole = v as i64;
    whole + i64::from(v > whole as f64)
}

/// The pixel that holds a place between 0 and some thousand, as a number for indexing and for reckoning.
///
/// Adding the large number leaves the nearest whole one in the last bits. On the border between two pixels either may
/// come out: both give the same sums.
fn whole_below(x: f64) -> (usize, f64) {
    const ROUNDER: f64 = 6_755_399_441_055_744.0;
    let rounded = (x - 0.5) + ROUNDER;
    (rounded.to_bits() as u32 as usize, rounded - ROUNDER)
}

/// The depth of a face over the canvas, weighted: a value and its growth along columns and rows.
#[derive(Debug, Clone, Copy, Default)]
struct Slope {
    base: f64,
    dx: f64,
    dy: f64,
}

impl Slope {
    /// Of a face; nothing for one seen edge-on, which covers no pixel.
    fn of([a, b, c]: [&Corner; 3], weight: f64) -> Self {
        let wide = |p: &Corner| p.map(f64::from);
        let (a, b, c) = (wide(a), wide(b), wide(c));
        let (x1, y1, x2, y2) = (b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]);
        let area = x1 * y2 - x2 * y1;
        if area.abs() < 1e-7 {
            return Self::default();
        }
        let (p, q, scale) = (b[2] - a[2], c[2] - a[2], weight / area);
        let dx = (p * y2 - q * y1) * scale;
        let dy = (x1 * q - x2 * p) * scale;
        Self {
            base: a[2] * weight - dx * a[0] - dy * a[1],
            dx,
            dy,
        }
    }
}

/// Bends and jumps of the thickness along each row.
#[derive(Debug)]
pub struct Sheet {
    width: usize,
    height: usize,
    /// How often rows of pixels are halved into lines: each line is looked at once.
    halvings: u32,
    /// For each pixel, and some beyond each row: what is added to value and slope from there on.
    cells: Vec<[f64; 2]>,
    /// Cells of a row.
    stride: usize,
    slopes: Vec<Slope>,
}

impl Sheet {
    /// A canvas without anything; a row of pixels is looked at once, or more often when halved.
    #[must_use]
    pub fn new(width: usize, height: usize, halvings: u32) -> Self {
        // One cell more than pixels; an odd number of cache lines keeps neighbouring rows out of each other's way.
        let stride = 4 * ((width / 4 + 1) | 1);
        Self {
            width,
            height,
            halvings,
            cells: vec![[0.0; 2]; stride * height],
            stride,
            slopes: Vec::new(),
        }
    }

    /// Adds `weight` times the depth of a patch: the thickness, once all patches of a closed surface are added.
    pub fn add(&mut self, corners: &[Corner], patch: &Patch, weight: f32) {
        let weight = f64::from(weight);
        self.slopes.clear();
        let faces = patch.faces.iter();
        self.slopes
            .extend(faces.map(|f| Slope::of(f.map(|k| &corners[usize::from(k)]), weight)));
        self.slopes.push(Slope::default());
        for edge in &patch.edges {
            let (a, b) = (&corners[usize::from(edge.from)], &corners[usize::from(edge.to)]);
            let (p, q) = (
                self.slopes[usize::from(edge.along)],
                self.slopes[usize::from(edge.against)],
            );
            // A face counts from the crossing where its rim runs down, and no longer where its rim runs up.
            let (high, low, p, q) = if a[1] <= b[1] { (a, b, p, q) } else { (b, a, q, p) };
            let step = Slope {
                base: p.base - q.base,
                dx: p.dx - q.dx,
                dy: p.dy - q.dy,
            };
            self.cross(high, low, step);
        }
    }

    /// Adds `step` to the right of the edge from `high` to `low`.
    fn cross(&mut self, high: &Corner, low: &Corner, step: Slope) {
        let lines = f64::from(1_u32 << self.halvings);
        let line = |y: f32| (f64::from(y) + 0.5) * lines - 0.5;
        let first = first_at_or_after(line(high[1])).max(0);
        let end = first_at_or_after(line(low[1])).min((self.height << self.halvings) as i64);
        if first >= end {
            return;
        }
        let share = 1.0 / lines;
        let lean = f64::from(low[0] - high[0]) / (f64::from(low[1]) - f64::from(high[1]));
        let y = (first as f64 + 0.5) * share - 0.5;
        let mut x = f64::from(high[0]) + lean * (y - f64::from(high[1])) + 0.5;
        let mut value = step.base + step.dy * y;
        let (right, down, width) = (lean * share, step.dy * share, self.width as f64);
        for i in first as usize..end as usize {
            let row = (i >> self.halvings) * self.stride;
            if x < 0.0 {
                let cell = &mut self.cells[row];
                *cell = [cell[0] + value, cell[1] + step.dx];
            } else if x < width {
                let (k, left) = whole_below(x);
                // The part of the pixel right of the crossing, and the middle of that part.
                let here = (left + 1.0 - x) * (value + step.dx * (0.5 * (x + left)));
                if let [cell, next] = &mut self.cells[row + k..row + k + 2] {
                    cell[0] += here;
                    *next = [next[0] + (value - here), next[1] + step.dx];
                }
            }
            x += right;
            value += down;
        }
    }

    /// The thickness at each pixel.
    #[must_use]
    pub fn plane(&self) -> Plane {
        let mut out = Plane::new(self.width, self.height);
        let share = 1.0 / f64::from(1_u32 << self.halvings);
        let rows = self.cells.chunks_exact(self.stride);
        for (line, cells) in out.data.chunks_exact_mut(self.width).zip(rows) {
            let (mut value, mut slope) = (0.0, 0.0);
            for (x, (v, cell)) in line.iter_mut().zip(cells).enumerate() {
                value += cell[0];
                // A crossing inside a pixel bends the chain from the next pixel on.
                slope += cell[1];
                *v = ((value + slope * x as f64) * share) as f32;
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::decimate::Decimator;
    use super::super::hardware::sphere;
    use super::super::mesh::Mesh;
    use super::super::surface::Surface;
    use super::super::vector::{V3, v3};
    use super::*;

    fn thickness(points: &[V3], faces: &[[u32; 3]], halvings: u32, view: impl Fn(V3) -> V3) -> Plane {
        let surface = Surface::cut(points, faces);
        let mut sheet = Sheet::new(64, 64, halvings);
        for patch in &surface.patches {
            let own = surface.origin[patch.vertices.clone()].iter();
            let places = own.map(|&k| view(points[k as usize]));
            let corners: Vec<Corner> = places.map(|v| [v.x, -v.z, -v.y]).collect();
            sheet.add(&corners, patch, 1.0);
        }
        sheet.plane()
    }

    fn of(mesh: &Mesh, view: impl Fn(V3) -> V3) -> Plane {
        thickness(&mesh.vertices, &mesh.faces, 1, view)
    }

    #[test]
    fn a_box_is_as_thick_as_it_is_and_fills_the_pixels_at_its_rim_by_their_share() {
        let cube = Mesh::cuboid(v3(10.0, -500.0, -40.0), v3(30.25, -470.0, -20.0));
        let plane = of(&cube, |v| v);
        for (i, &t) in plane.data.iter().enumerate() {
            let share = |at: usize, low: f32, high: f32| {
                let at = at as f32;
                ((at + 0.5).min(high) - (at - 0.5).max(low)).clamp(0.0, 1.0)
            };
            let expected = 30.0 * share(i % 64, 10.0, 30.25) * share(i / 64, 20.0, 40.0);
            assert!((t - expected).abs() < 1e-4, "{} {}: {t} {expected}", i % 64, i / 64);
        }
    }

    #[test]
    fn what_hangs_over_an_edge_of_the_canvas_is_cut_there() {
        let inside = Mesh::cuboid(v3(-30.0, -5.0, -90.0), v3(80.0, 5.0, 20.0));
        assert!(of(&inside, |v| v).data.iter().all(|t| (t - 10.0).abs() < 1e-4));
        for (x, z) in [(-200.0, -30.0), (100.0, -30.0), (20.0, 30.0), (20.0, -200.0)] {
            let beside = Mesh::cuboid(v3(x, -5.0, z), v3(x + 50.0, 5.0, z + 25.0));
            assert!(of(&beside, |v| v).data.iter().all(|t| t.abs() < 1e-4), "{x} {z}");
        }
    }

    #[test]
    fn a_turned_cube_has_the_exact_chord() {
        let cube = Mesh::cuboid(v3(-10.0, -10.0, -10.0), v3(10.0, 10.0, 10.0));
        let up = v3(0.0, 0.0, 1.0);
        let plane = of(&cube, |v| v.turned(up, 45.0) + v3(32.0, 0.0, -32.0));
        for x in (20..32).chain(33..44) {
            let expected = 2.0 * (200.0_f32.sqrt() - (x as f32 - 32.0).abs());
            let t = plane.data[32 * 64 + x];
            assert!((t - expected).abs() < 1e-3, "{x} {t} {expected}");
        }
    }

    #[test]
    fn the_sum_over_the_canvas_is_the_volume_however_the_ball_lies() {
        let ball = sphere(v3(0.0, 0.0, 0.0), v3(20.0, 20.0, 20.0));
        for degrees in 0..30 {
            let axis = v3(0.3, 0.5, 0.8).unit();
            let plane = of(&ball, |v| {
                v.turned(axis, 12.0 * degrees as f32) + v3(32.1, 900.0, -31.7)
            });
            let volume: f32 = plane.data.iter().sum();
            assert!((volume / 31_600.0 - 1.0).abs() < 0.01, "{degrees}: {volume}");
            assert!(plane.data.iter().all(|t| (-0.01..40.1).contains(t)), "{degrees}");
        }
    }

    #[test]
    fn a_merged_and_a_reduced_surface_are_still_closed() {
        let cube = Mesh::cuboid(v3(3.2, -9.0, -31.7), v3(21.7, 9.1, -7.3)).halved_edges();
        let view = |v: V3| v.turned(v3(0.0, 0.6, 0.8), 20.0) + v3(10.0, 0.0, -5.0);
        let mut reduced = Decimator::new(&cube);
        reduced.reduce(2.0, 1e3);
        let coarse = cube.clustered(19.0);
        for plane in [of(&coarse, view), thickness(&cube.vertices, &reduced.faces(), 1, view)] {
            assert!(plane.data.iter().all(|&t| t > -1e-3), "no ray leaves before it enters");
        }
    }
}
