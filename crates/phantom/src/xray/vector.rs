//! Points, directions and rigid motions in millimetres (+x left, +y back, +z head).

use std::ops::{Add, Mul, Neg, Sub};

/// A point or direction.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct V3 {
    /// To the patient's left.
    pub x: f32,
    /// To the patient's back.
    pub y: f32,
    /// To the patient's head.
    pub z: f32,
}

/// Shorthand for a point.
#[must_use]
pub const fn v3(x: f32, y: f32, z: f32) -> V3 {
    V3 { x, y, z }
}

impl Add for V3 {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        v3(self.x + o.x, self.y + o.y, self.z + o.z)
    }
}

impl Sub for V3 {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        v3(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}

impl Mul<f32> for V3 {
    type Output = Self;
    fn mul(self, k: f32) -> Self {
        v3(self.x * k, self.y * k, self.z * k)
    }
}

impl Neg for V3 {
    type Output = Self;
    fn neg(self) -> Self {
        self * -1.0
    }
}

impl V3 {
    /// Scalar product.
    #[must_use]
    pub fn dot(self, o: Self) -> f32 {
        self.x * o.x + self.y * o.y + self.z * o.z
    }

    /// Vector product.
    #[must_use]
    pub fn cross(self, o: Self) -> Self {
        v3(
            self.y * o.z - self.z * o.y,
            self.z * o.x - self.x * o.z,
            self.x * o.y - self.y * o.x,
        )
    }

    /// Length.
    #[must_use]
    pub fn norm(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// The same direction with length 1; zero stays zero.
    #[must_use]
    pub fn unit(self) -> Self {
        let n = self.norm();
        if n > 0.0 { self * (1.0 / n) } else { self }
    }

    /// The part of this direction at right angles to the unit vector `axis`.
    #[must_use]
    pub fn across(self, axis: Self) -> Self {
        self - axis * self.dot(axis)
    }

    /// Between this point (0) and another (1).
    #[must_use]
    pub fn mix(self, o: Self, t: f32) -> Self {
        self * (1.0 - t) + o * t
    }

    /// Turned about the unit vector `axis` by an angle in degrees, right-hand rule.
    #[must_use]
    pub fn turned(self, axis: Self, degrees: f32) -> Self {
        let (s, c) = degrees.to_radians().sin_cos();
        self * c + axis.cross(self) * s + axis * (axis.dot(self) * (1.0 - c))
    }
}

/// A rotation followed by a shift.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Motion {
    rows: [V3; 3],
    shift: V3,
}

impl Motion {
    /// Leaves everything where it is.
    pub const REST: Self = Self {
        rows: [v3(1.0, 0.0, 0.0), v3(0.0, 1.0, 0.0), v3(0.0, 0.0, 1.0)],
        shift: v3(0.0, 0.0, 0.0),
    };

    /// A turn about an axis through `pivot`.
    #[must_use]
    pub fn about(pivot: V3, axis: V3, degrees: f32) -> Self {
        let a = axis.unit();
        let (c0, c1, c2) = (
            v3(1.0, 0.0, 0.0).turned(a, degrees),
            v3(0.0, 1.0, 0.0).turned(a, degrees),
            v3(0.0, 0.0, 1.0).turned(a, degrees),
        );
        let rows = [v3(c0.x, c1.x, c2.x), v3(c0.y, c1.y, c2.y), v3(c0.z, c1.z, c2.z)];
        let turn = Self {
            rows,
            shift: v3(0.0, 0.0, 0.0),
        };
        Self {
            rows,
            shift: pivot - turn.point(pivot),
        }
    }

    /// Where a point goes.
    #[must_use]
    pub fn point(&self, p: V3) -> V3 {
        self.direction(p) + self.shift
    }

    /// Where a direction goes.
    #[must_use]
    pub fn direction(&self, d: V3) -> V3 {
        v3(self.rows[0].dot(d), self.rows[1].dot(d), self.rows[2].dot(d))
    }

    /// This motion after `first`.
    #[must_use]
    pub fn after(&self, first: &Self) -> Self {
        let columns = [
            self.direction(v3(first.rows[0].x, first.rows[1].x, first.rows[2].x)),
            self.direction(v3(first.rows[0].y, first.rows[1].y, first.rows[2].y)),
            self.direction(v3(first.rows[0].z, first.rows[1].z, first.rows[2].z)),
        ];
        Self {
            rows: [
                v3(columns[0].x, columns[1].x, columns[2].x),
                v3(columns[0].y, columns[1].y, columns[2].y),
                v3(columns[0].z, columns[1].z, columns[2].z),
            ],
            shift: self.point(first.shift),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_keeps_its_pivot_and_follows_the_right_hand() {
        let m = Motion::about(v3(1.0, 2.0, 3.0), v3(0.0, 0.0, 1.0), 90.0);
        assert!((m.point(v3(1.0, 2.0, 9.0)) - v3(1.0, 2.0, 9.0)).norm() < 1e-5);
        assert!((m.point(v3(2.0, 2.0, 3.0)) - v3(1.0, 3.0, 3.0)).norm() < 1e-5);
        let twice = m.after(&m);
        assert!((twice.point(v3(2.0, 2.0, 3.0)) - v3(0.0, 2.0, 3.0)).norm() < 1e-5);
    }
}
