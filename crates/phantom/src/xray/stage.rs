//! A posed and shaped body, asked for landmarks and directions.

use super::body::Body;
use super::patient::Patient;
use super::vector::{Motion, V3};

/// The body as it lies or stands for one exposure.
#[derive(Debug)]
pub struct Stage<'a> {
    /// The body in the pose of the data.
    pub body: &'a Body,
    /// One motion a part.
    pub motions: Vec<Motion>,
    /// Build.
    pub patient: Patient,
    /// Examined side, `l` or `r`.
    pub side: &'static str,
    /// Examined finger, 1 for the thumb.
    pub digit: usize,
}

impl Stage<'_> {
    /// Name of a group, part or joint of the examined side.
    #[must_use]
    pub fn sided(&self, base: &str) -> String {
        format!("{base}_{}", self.side)
    }

    /// Where a point fixed to a part is.
    #[must_use]
    pub fn place(&self, part: usize, p: V3) -> V3 {
        self.patient.shaped(self.motions[part].point(p))
    }

    /// Where the ball around a part is, with room for what build adds.
    #[must_use]
    pub fn part_ball(&self, part: usize) -> (V3, f32) {
        let (middle, radius) = self.body.parts[part].ball;
        (self.place(part, middle), radius * 1.6)
    }

    /// Pivot of a joint of the examined side.
    #[must_use]
    pub fn pivot(&self, base: &str) -> Option<V3> {
        let joint = self.body.joint(&self.sided(base))?;
        Some(self.place(joint.parent, joint.pivot))
    }

    /// Axis of a joint's first degree of freedom, examined side.
    #[must_use]
    pub fn axis(&self, base: &str) -> Option<V3> {
        let name = self.sided(base);
        let joint = self.body.joints.iter().find(|j| j.name == name && j.dof == 1)?;
        Some(self.motions[joint.parent].direction(joint.axis).unit())
    }

    /// Mean of the centroids of a group's parts whose file name contains `needle`.
    #[must_use]
    pub fn centroid(&self, group: &str, needle: &str) -> Option<V3> {
        let members: Vec<usize> = self
            .body
            .group(group)
            .iter()
            .copied()
            .filter(|&i| self.body.parts[i].file.contains(needle))
            .collect();
        let sum = members.iter().fold(V3::default(), |a, &i| {
            a + self.place(i, self.body.parts[i].mesh.centroid())
        });
        (!members.is_empty()).then(|| sum * (1.0 / members.len() as f32))
    }

    /// The same for a group of the examined side.
    #[must_use]
    pub fn centroid_here(&self, base: &str, needle: &str) -> Option<V3> {
        self.centroid(&self.sided(base), needle)
    }

    /// Where a direction of the rest pose points when it is fixed to a part of the examined side.
    #[must_use]
    pub fn facing(&self, base: &str, needle: &str, direction: V3) -> Option<V3> {
        let part = self.body.find(&self.sided(base), needle)?;
        Some(self.motions[part].direction(direction).unit())
    }
}
