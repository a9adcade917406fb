//! What is normalised: the facets, and the sides of the body.

use serde::{Deserialize, Serialize};

use crate::{Coding, SCT};

/// One question asked of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Facet {
    /// Which body part was examined.
    Examined,
    /// Which body parts can be seen.
    Visible,
    /// Which side.
    Laterality,
    /// Which projection.
    View,
}

/// A side of the body. Codes are those of CID 244, <https://dicom.nema.org/medical/dicom/current/output/chtml/part16/sect_CID_244.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// Right.
    #[serde(rename = "R")]
    Right,
    /// Left.
    #[serde(rename = "L")]
    Left,
    /// Both.
    #[serde(rename = "B")]
    Both,
}

impl Side {
    /// The defined term of Image Laterality (0020,0062).
    pub fn letter(self) -> &'static str {
        match self {
            Side::Right => "R",
            Side::Left => "L",
            Side::Both => "B",
        }
    }

    /// The side that a letter of Image Laterality names, if it is one of ours.
    pub fn from_letter(letter: &str) -> Option<Side> {
        match letter {
            "R" => Some(Side::Right),
            "L" => Some(Side::Left),
            "B" => Some(Side::Both),
            _ => None,
        }
    }

    /// The SNOMED CT qualifier of CID 244.
    pub fn coding(self) -> Coding {
        match self {
            Side::Right => Coding::new(SCT, "24028007", "Right"),
            Side::Left => Coding::new(SCT, "7771000", "Left"),
            Side::Both => Coding::new(SCT, "51440002", "Bilateral"),
        }
    }
}
