//! Where in the nesting of a data set an element is, as far as that matters to us.

use crate::element::Tag;

/// A sequence that we look into, or its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The data set itself.
    Root,
    /// Anatomic Region Sequence.
    Region,
    /// Anatomic Region Modifier Sequence inside Anatomic Region Sequence.
    RegionModifier,
    /// Procedure Code Sequence.
    Procedure,
    /// View Code Sequence.
    View,
    /// Shared Functional Groups Sequence, or Per-Frame.
    Groups,
    /// Frame Anatomy Sequence inside functional groups.
    FrameAnatomy,
    /// Pixel Value Transformation Sequence or Frame VOI LUT Sequence inside functional groups.
    FrameValues,
    /// Modality LUT Sequence.
    ModalityLut,
    /// VOI LUT Sequence.
    VoiLut,
    /// Original Attributes Sequence.
    Originals,
    /// Digital Signatures Sequence.
    Signatures,
    /// Anywhere else.
    Elsewhere,
}

impl Place {
    /// Where the items of a sequence are that is an element here.
    pub fn inside(self, tag: Tag) -> Place {
        match (self, tag.0) {
            (_, 0xFFFA_FFFA) => Place::Signatures,
            (Place::Root | Place::FrameAnatomy | Place::Region, 0x0008_2218) => Place::Region,
            (Place::Region, 0x0008_2220) => Place::RegionModifier,
            (Place::Root, 0x0008_1032) => Place::Procedure,
            (Place::Root, 0x0054_0220) => Place::View,
            (Place::Root, 0x5200_9229 | 0x5200_9230) => Place::Groups,
            (Place::Groups, 0x0020_9071) => Place::FrameAnatomy,
            (Place::Groups, 0x0028_9145 | 0x0028_9132) => Place::FrameValues,
            (Place::Root, 0x0028_3000) => Place::ModalityLut,
            (Place::Root | Place::FrameValues, 0x0028_3010) => Place::VoiLut,
            (Place::Root, 0x0400_0561) => Place::Originals,
            _ => Place::Elsewhere,
        }
    }
}
