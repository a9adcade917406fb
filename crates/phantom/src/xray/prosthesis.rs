//! Replaced joints: where metal lies in a knee, a hip and a shoulder.

use super::body::{Body, Part};
use super::cuts::Piece;
use super::patient::Replaced;
use super::vector::{V3, v3};

/// A piece of metal, fixed to a part and described in the pose of the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Metal {
    /// The part it moves with.
    pub part: usize,
    /// Its shape.
    pub shape: Shape,
    /// Below zero for what is hollow.
    pub share: f32,
}

/// The shape of a piece of metal.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// An ellipsoid: its middle and half axes.
    Ball(V3, [V3; 3]),
    /// What lies between two planes of the part, so many millimetres below its surface.
    Slice(Piece, f32),
}

/// Thickness of the metal over the condyles of the femur in millimetres.
const CAP: f32 = 6.0;

/// The metal of all replaced joints, of both sides.
#[must_use]
pub fn metal(body: &Body, replaced: Replaced) -> Vec<Metal> {
    let mut out = Vec::new();
    for side in ["l", "r"] {
        if replaced.knee {
            out.extend(knee(body, side).unwrap_or_default());
        }
        if replaced.hip {
            out.extend(hip(body, side).unwrap_or_default());
        }
        if replaced.shoulder {
            out.extend(shoulder(body, side).unwrap_or_default());
        }
    }
    out
}

/// A long bone seen from one of its ends.
struct Bone<'a> {
    index: usize,
    part: &'a Part,
    /// Direction towards that end.
    towards: V3,
    sign: f32,
}

impl<'a> Bone<'a> {
    fn at(body: &'a Body, group: &str, end: V3) -> Option<Self> {
        let index = *body.group(group).first()?;
        let part = &body.parts[index];
        let (centre, axis, _) = part.axis;
        let sign = (end - centre).dot(axis).signum();
        Some(Self {
            index,
            part,
            towards: axis * sign,
            sign,
        })
    }

    /// The point of the axis so many millimetres from the end.
    fn below(&self, depth: f32) -> V3 {
        let (centre, _, half) = self.part.axis;
        centre + self.towards * (half - depth)
    }

    /// What lies between two depths from the end.
    fn slice(&self, upper: f32, lower: f32) -> Piece {
        let half = self.part.axis.2;
        let (low, high) = (half - lower, half - upper);
        if self.sign > 0.0 {
            Piece::between(low, high)
        } else {
            Piece::between(-high, -low)
        }
    }

    fn metal(&self, shape: Shape, share: f32) -> Metal {
        Metal {
            part: self.index,
            shape,
            share,
        }
    }

    /// A rod along the bone whose middle lies so deep.
    fn stem(&self, depth: f32, half: f32, radius: f32) -> Metal {
        self.metal(rod(self.below(depth), self.towards * half, radius), 1.0)
    }
}

fn rod(centre: V3, along: V3, radius: f32) -> Shape {
    let across = v3(0.3, 1.0, 0.2).across(along).unit();
    // Right-handed, so that the surface faces outwards.
    let third = along.unit().cross(across);
    Shape::Ball(centre, [along, across * radius, third * radius])
}

fn ball(centre: V3, radius: f32) -> Shape {
    Shape::Ball(
        centre,
        [v3(radius, 0.0, 0.0), v3(0.0, radius, 0.0), v3(0.0, 0.0, radius)],
    )
}

/// A cap over the condyles, a tray in the tibia and its keel.
fn knee(body: &Body, side: &str) -> Option<Vec<Metal>> {
    let pivot = body.joint(&format!("knee_{side}"))?.pivot;
    let femur = Bone::at(body, &format!("femur_{side}"), pivot)?;
    let tibia = Bone::at(body, &format!("tibia_{side}"), pivot)?;
    let end = femur.slice(-50.0, 30.0);
    Some(vec![
        femur.metal(Shape::Slice(end, 0.0), 1.0),
        femur.metal(Shape::Slice(end, CAP), -1.0),
        tibia.metal(Shape::Slice(tibia.slice(7.0, 13.0), 0.0), 1.0),
        tibia.stem(32.0, 22.0, 7.0),
    ])
}

/// Cup, head, neck and stem.
fn hip(body: &Body, side: &str) -> Option<Vec<Metal>> {
    let pivot = body.joint(&format!("hip_{side}"))?.pivot;
    let femur = Bone::at(body, &format!("femur_{side}"), pivot)?;
    let pelvis = *body.group(&format!("hip_bone_{side}")).first()?;
    let outwards = if side == "l" { 1.0 } else { -1.0 };
    let open = v3(0.7 * outwards, 0.0, -0.7) * 6.0;
    let cup = |shape, share| Metal {
        part: pelvis,
        shape,
        share,
    };
    let top = femur.below(45.0);
    Some(vec![
        cup(ball(pivot, 26.0), 1.0),
        cup(ball(pivot + open, 20.0), -1.0),
        femur.metal(ball(pivot, 15.0), 1.0),
        femur.metal(rod(pivot.mix(top, 0.5), (top - pivot) * 0.5, 6.0), 1.0),
        femur.stem(100.0, 62.0, 7.0),
    ])
}

/// Head and stem.
fn shoulder(body: &Body, side: &str) -> Option<Vec<Metal>> {
    let pivot = body.joint(&format!("shoulder_{side}"))?.pivot;
    let humerus = Bone::at(body, &format!("humerus_{side}"), pivot)?;
    Some(vec![
        humerus.metal(ball(pivot, 22.0), 1.0),
        humerus.stem(70.0, 62.0, 6.0),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::mesh::Mesh;
    use super::super::tables::JointRow;
    use super::*;

    #[test]
    fn the_cap_lies_at_the_knee_and_the_tray_in_the_tibia() {
        let bone = |group: &str, low: f32, high: f32| {
            let mesh = Mesh::cuboid(v3(-15.0, -15.0, low), v3(15.0, 15.0, high));
            Part::new(format!("{group}/x.ply"), group.into(), mesh)
        };
        let row = JointRow {
            name: "knee_r".into(),
            dof: 1,
            parent: "group:femur_r".into(),
            children: "group:tibia_r".into(),
            pivot: v3(0.0, 0.0, 400.0),
            axis: v3(1.0, 0.0, 0.0),
            range: (0.0, 140.0),
        };
        let parts = vec![bone("femur_r", 400.0, 800.0), bone("tibia_r", 30.0, 395.0)];
        let body = Body::assemble(parts, vec![row]).unwrap();
        let none = Replaced::default();
        assert!(metal(&body, none).is_empty());
        let metal = metal(&body, Replaced { knee: true, ..none });
        assert_eq!(metal.len(), 4);
        // How far below the joint's end of the bone a point of its axis comes to lie.
        let depth = |m: &Metal, from: f32| {
            let Shape::Slice(piece, _) = &m.shape else {
                panic!("a slice was expected")
            };
            let part = &body.parts[m.part];
            let bone = Bone::at(&body, &part.group, v3(0.0, 0.0, 400.0)).unwrap();
            let (centre, _, half) = part.axis;
            half - (piece.press(part, bone.below(from), 0.0) - centre).dot(bone.towards)
        };
        assert!(
            (depth(&metal[0], 300.0) - 30.0).abs() < 0.1,
            "the femur above it is left out"
        );
        assert!((depth(&metal[0], 12.0) - 12.0).abs() < 0.1);
        assert!((depth(&metal[2], 300.0) - 13.0).abs() < 0.1);
        assert!((depth(&metal[2], 0.0) - 7.0).abs() < 0.1);
    }
}
