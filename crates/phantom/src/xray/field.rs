//! The collimated field: which pixels of the canvas were exposed.

use super::raster::Plane;
use super::rng::Rng;

/// Shape of the exposed area.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// The whole canvas.
    Open,
    /// A turned rectangle: middle, half sizes, cosine and sine.
    Quad {
        /// Middle in pixels.
        centre: (f32, f32),
        /// Half width and half height.
        half: (f32, f32),
        /// Cosine and sine of the turn.
        turn: (f32, f32),
        /// Corners cut off, as a share of the half sizes' sum; 2 cuts nothing.
        cut: f32,
    },
    /// A circle: middle and radius.
    Round((f32, f32), f32),
}

impl Field {
    /// A usual collimation for a canvas.
    pub fn draw(r: &mut Rng, width: usize, height: usize) -> Self {
        let (w, h) = (width as f32, height as f32);
        let choice = r.unit();
        if choice < 0.5 {
            return Self::Open;
        }
        let centre = (w * r.normal(0.5, 0.015), h * r.normal(0.5, 0.015));
        if choice < 0.53 {
            return Self::Round(centre, 0.5 * (w * h).sqrt() * r.range(0.92, 1.2));
        }
        let (s, c) = r
            .normal(0.0, if choice < 0.75 { 0.8 } else { 4.0 })
            .to_radians()
            .sin_cos();
        Self::Quad {
            centre,
            half: (w * 0.5 * r.range(0.82, 1.0), h * 0.5 * r.range(0.82, 1.0)),
            turn: (c, s),
            cut: if choice > 0.96 { r.range(1.3, 1.7) } else { 2.0 },
        }
    }

    /// The depth of every pixel; none when all were exposed.
    #[must_use]
    pub fn depths(&self, width: usize, height: usize) -> Option<Plane> {
        if *self == Self::Open {
            return None;
        }
        let mut out = Plane::new(width, height);
        for (y, line) in out.data.chunks_exact_mut(width).enumerate() {
            for (x, v) in line.iter_mut().enumerate() {
                *v = self.depth(x as f32, y as f32);
            }
        }
        Some(out)
    }

    /// Signed distance-like value: positive inside, in pixels.
    #[must_use]
    pub fn depth(&self, x: f32, y: f32) -> f32 {
        match *self {
            Self::Open => f32::MAX,
            Self::Round((cx, cy), radius) => radius - (x - cx).hypot(y - cy),
            Self::Quad {
                centre,
                half,
                turn,
                cut,
            } => {
                let (dx, dy) = (x - centre.0, y - centre.1);
                let (u, v) = ((dx * turn.0 + dy * turn.1).abs(), (dy * turn.0 - dx * turn.1).abs());
                let corner = (cut - u / half.0 - v / half.1) * half.0.min(half.1) * 0.7;
                (half.0 - u)
                    .min(half.1 - v)
                    .min(if cut < 2.0 { corner } else { f32::MAX })
            }
        }
    }

    /// Whether a pixel was exposed.
    #[must_use]
    pub fn holds(&self, x: f32, y: f32) -> bool {
        self.depth(x, y) > 0.0
    }

    /// The same field seen in a mirror.
    #[must_use]
    pub fn mirrored(self, width: usize) -> Self {
        let flip = |c: (f32, f32)| (width as f32 - 1.0 - c.0, c.1);
        match self {
            Self::Open => Self::Open,
            Self::Round(c, radius) => Self::Round(flip(c), radius),
            Self::Quad {
                centre,
                half,
                turn,
                cut,
            } => Self::Quad {
                centre: flip(centre),
                half,
                turn: (turn.0, -turn.1),
                cut,
            },
        }
    }
}
