//! Which limb a part belongs to, and which limbs are in the beam.

/// Where a part belongs; sides are 0 for the left and 1 for the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limb {
    /// Head, neck, trunk and shoulder girdle.
    Trunk,
    /// Arm and hand.
    Arm(usize),
    /// Thigh and lower leg.
    Leg(usize),
    /// Foot.
    Foot(usize),
}

/// The limb of a group of parts or of a segment of the skin with its side.
#[must_use]
pub fn limb_of(group: &str) -> Limb {
    let (base, side) = match group.rsplit_once('_') {
        Some((base, "l" | "L")) => (base, 0),
        Some((base, "r" | "R")) => (base, 1),
        _ => return Limb::Trunk,
    };
    match base {
        "humerus" | "radius" | "ulna" | "carpals" | "metacarpals" | "phalanges_hand" | "skin_arm" => Limb::Arm(side),
        "femur" | "patella" | "tibia" | "fibula" | "skin_thigh" => Limb::Leg(side),
        "tarsals" | "metatarsals" | "phalanges_foot" | "sesamoids_foot" | "skin_foot" => Limb::Foot(side),
        _ => Limb::Trunk,
    }
}

/// What is in the beam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Head, neck and trunk with the shoulder girdle.
    pub trunk: bool,
    /// Left and right arm.
    pub arms: [bool; 2],
    /// Left and right leg.
    pub legs: [bool; 2],
    /// Thighs and lower legs, not the feet alone.
    pub shanks: bool,
}

impl Scope {
    /// Whether a limb is in the beam.
    #[must_use]
    pub fn holds(&self, limb: Limb) -> bool {
        match limb {
            Limb::Trunk => self.trunk,
            Limb::Arm(side) => self.arms[side],
            Limb::Leg(side) => self.legs[side] && self.shanks,
            Limb::Foot(side) => self.legs[side],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_skin_belong_to_their_limb() {
        for (group, limb) in [
            ("phalanges_hand_l", Limb::Arm(0)),
            ("skin_arm_R", Limb::Arm(1)),
            ("tibia_r", Limb::Leg(1)),
            ("tarsals_l", Limb::Foot(0)),
            ("scapula_l", Limb::Trunk),
            ("skin_trunk_", Limb::Trunk),
            ("skull", Limb::Trunk),
        ] {
            assert_eq!(limb_of(group), limb, "{group}");
        }
    }
}
