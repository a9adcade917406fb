//! Where the focus stands: from body millimetres to canvas pixels with perspective.

use super::raster::Corner;
use super::vector::V3;

/// A view of the body.
#[derive(Debug, Clone, PartialEq)]
pub struct Camera {
    /// Point in the middle of the canvas.
    pub centre: V3,
    /// Unit vector to the right of the canvas.
    pub right: V3,
    /// Unit vector to the top of the canvas.
    pub up: V3,
    /// Unit vector towards the focus.
    pub towards: V3,
    /// Distance from the centre to the focus in millimetres.
    pub focus: f32,
    /// Pixels in a millimetre at the centre.
    pub scale: f32,
    /// Canvas size in pixels.
    pub size: (usize, usize),
}

impl Camera {
    /// Looks from `towards` with `up` as near to the top as possible.
    #[must_use]
    pub fn new(centre: V3, towards: V3, up: V3, focus: f32, height_mm: f32, size: (usize, usize)) -> Self {
        let towards = towards.unit();
        let up = up.across(towards).unit();
        let right = up.cross(towards);
        Self {
            centre,
            right,
            up,
            towards,
            focus,
            scale: size.1 as f32 / height_mm,
            size,
        }
    }

    /// Column, row and depth towards the focus of a point.
    #[must_use]
    pub fn project(&self, p: V3) -> Corner {
        let q = p - self.centre;
        let depth = q.dot(self.towards);
        let m = self.scale * self.focus / (self.focus - depth).max(self.focus * 0.15);
        [
            self.size.0 as f32 * 0.5 + q.dot(self.right) * m,
            self.size.1 as f32 * 0.5 - q.dot(self.up) * m,
            depth,
        ]
    }

    /// Whether a ball may fall on the canvas: false only when no point of it does.
    #[must_use]
    pub fn reaches(&self, (middle, radius): (V3, f32)) -> bool {
        let at = self.project(middle);
        let magnified = |depth: f32| self.scale * self.focus / (self.focus - depth).max(self.focus * 0.15);
        let (here, nearest) = (magnified(at[2]), magnified(at[2] + radius));
        // What lies nearer to the focus is larger, and farther from the middle of the canvas.
        let apart = |v: f32, end: usize| {
            let half = end as f32 * 0.5;
            (v - half).abs() <= half + radius * nearest + (v - half).abs() * (nearest / here - 1.0) + 1.0
        };
        apart(at[0], self.size.0) && apart(at[1], self.size.1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rng::Rng;
    use super::super::vector::v3;
    use super::*;

    #[test]
    fn a_ball_with_a_point_on_the_canvas_reaches_it_and_most_others_do_not() {
        let mut r = Rng::new(5, 5);
        let mut left_out = 0;
        for _ in 0..4000 {
            let mut place = |size: f32| v3(r.normal(0.0, size), r.normal(0.0, size), r.normal(0.0, size));
            let (towards, up, middle, offset) = (place(1.0), place(1.0), place(180.0), place(1.0).unit());
            let camera = Camera::new(
                v3(0.0, 0.0, 0.0),
                towards,
                up,
                r.range(950.0, 1900.0),
                200.0,
                (200, 256),
            );
            let radius = r.range(1.0, 90.0);
            let [x, y, _] = camera.project(middle + offset * radius);
            let seen = (0.0..200.0).contains(&x) && (0.0..256.0).contains(&y);
            let reaches = camera.reaches((middle, radius));
            assert!(reaches || !seen, "{middle:?} {radius}");
            left_out += i32::from(!reaches);
        }
        assert!(left_out > 1500, "{left_out}");
    }
}
