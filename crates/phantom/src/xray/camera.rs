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
}
