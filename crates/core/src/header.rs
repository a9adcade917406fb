//! What a DICOM header says: raw values of a fixed list of attributes, exactly as read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

macro_rules! attributes {
    ($($name:ident = ($group:literal, $element:literal) $doc:literal),+ $(,)?) => {
        /// An attribute that we read; names are the keywords of PS3.6.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Attribute { $(#[doc = $doc] $name),+ }

        impl Attribute {
            /// Every attribute, in tag order.
            pub const ALL: &'static [Attribute] = &[$(Attribute::$name),+];

            /// Group and element number.
            pub const fn tag(self) -> (u16, u16) {
                match self { $(Attribute::$name => ($group, $element)),+ }
            }

            /// The keyword of PS3.6.
            pub const fn keyword(self) -> &'static str {
                match self { $(Attribute::$name => stringify!($name)),+ }
            }

            /// The attribute with this keyword.
            pub fn from_keyword(keyword: &str) -> Option<Attribute> {
                match keyword { $(stringify!($name) => Some(Attribute::$name),)+ _ => None }
            }
        }
    };
}

attributes! {
    ImageType = (0x0008, 0x0008) "Image Type.",
    SOPClassUID = (0x0008, 0x0016) "SOP Class UID.",
    SOPInstanceUID = (0x0008, 0x0018) "SOP Instance UID.",
    StudyDate = (0x0008, 0x0020) "Study Date.",
    StudyTime = (0x0008, 0x0030) "Study Time.",
    AccessionNumber = (0x0008, 0x0050) "Accession Number; written out only on request.",
    Modality = (0x0008, 0x0060) "Modality.",
    PresentationIntentType = (0x0008, 0x0068) "Presentation Intent Type.",
    Manufacturer = (0x0008, 0x0070) "Manufacturer.",
    TimezoneOffsetFromUTC = (0x0008, 0x0201) "Timezone Offset From UTC.",
    StudyDescription = (0x0008, 0x1030) "Study Description.",
    SeriesDescription = (0x0008, 0x103E) "Series Description.",
    ManufacturerModelName = (0x0008, 0x1090) "Manufacturer's Model Name.",
    BodyPartExamined = (0x0018, 0x0015) "Body Part Examined.",
    ProtocolName = (0x0018, 0x1030) "Protocol Name.",
    AcquisitionDeviceProcessingDescription = (0x0018, 0x1400) "Acquisition Device Processing Description.",
    ViewPosition = (0x0018, 0x5101) "View Position.",
    StudyInstanceUID = (0x0020, 0x000D) "Study Instance UID.",
    SeriesInstanceUID = (0x0020, 0x000E) "Series Instance UID.",
    SeriesNumber = (0x0020, 0x0011) "Series Number.",
    InstanceNumber = (0x0020, 0x0013) "Instance Number.",
    Laterality = (0x0020, 0x0060) "Laterality (of the series).",
    ImageLaterality = (0x0020, 0x0062) "Image Laterality.",
    NumberOfFrames = (0x0028, 0x0008) "Number of Frames.",
    RequestedProcedureDescription = (0x0032, 0x1060) "Requested Procedure Description.",
    PerformedProcedureStepDescription = (0x0040, 0x0254) "Performed Procedure Step Description.",
}

/// One value as read: absent, present without a value, or present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub enum Raw {
    /// The attribute is not in the data set.
    #[default]
    Absent,
    /// The attribute is there and has no value.
    Empty,
    /// The value, decoded to text, with DICOM's own padding removed and nothing else changed.
    Present(String),
}

impl Raw {
    /// The text, if there is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Raw::Present(text) => Some(text),
            Raw::Absent | Raw::Empty => None,
        }
    }
}

/// One item of a code sequence, as read (PS3.3 section 8.8).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub struct CodeItem {
    /// Code Value, Long Code Value or URN Code Value.
    pub value: String,
    /// Coding Scheme Designator.
    pub scheme: String,
    /// Code Meaning.
    pub meaning: String,
}

/// The raw values of one instance. Immutable once built by the reader.
///
/// Patient attributes are not in it: `patient_check` holds 16 bits of a hash of Patient ID, Issuer and Study
/// Instance UID, enough to notice two patients in one study and too little to find a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Header {
    values: BTreeMap<Attribute, Raw>,
    /// Items of Anatomic Region Sequence (0008,2218).
    pub anatomic_regions: Vec<CodeItem>,
    /// Laterality modifier items inside Anatomic Region Sequence (Anatomic Region Modifier Sequence, 0008,2220).
    pub region_modifiers: Vec<CodeItem>,
    /// Items of Procedure Code Sequence (0008,1032).
    pub procedure_codes: Vec<CodeItem>,
    /// Items of View Code Sequence (0054,0220).
    pub view_codes: Vec<CodeItem>,
    /// Transfer Syntax UID of the file meta information.
    pub transfer_syntax: String,
    /// Whether a pixel data element is there.
    pub has_pixel_data: bool,
    /// 16 bits that differ between two patients of one study; see the type's description.
    pub patient_check: Option<u16>,
}

impl Header {
    /// Sets one raw value; for the reader and for tests.
    pub fn set(&mut self, attribute: Attribute, raw: Raw) {
        if raw == Raw::Absent {
            self.values.remove(&attribute);
        } else {
            self.values.insert(attribute, raw);
        }
    }

    /// The raw value of an attribute.
    pub fn get(&self, attribute: Attribute) -> &Raw {
        self.values.get(&attribute).unwrap_or(&Raw::Absent)
    }

    /// The text of an attribute, if it has one.
    pub fn text(&self, attribute: Attribute) -> Option<&str> {
        self.get(attribute).text()
    }

    /// The attributes that have a text, in tag order.
    pub fn texts(&self) -> impl Iterator<Item = (Attribute, &str)> {
        self.values
            .iter()
            .filter_map(|(attribute, raw)| Some((*attribute, raw.text()?)))
    }

    /// A header with these texts; shorthand for tests and synthetic studies.
    pub fn of(texts: &[(Attribute, &str)]) -> Header {
        let mut header = Header::default();
        for (attribute, text) in texts {
            let raw = if text.is_empty() {
                Raw::Empty
            } else {
                Raw::Present((*text).to_owned())
            };
            header.set(*attribute, raw);
        }
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_in_tag_order_and_found_by_keyword() {
        assert!(Attribute::ALL.windows(2).all(|w| w[0].tag() < w[1].tag()));
        for attribute in Attribute::ALL {
            assert_eq!(Attribute::from_keyword(attribute.keyword()), Some(*attribute));
        }
    }

    #[test]
    fn absent_empty_and_present_are_kept_apart() {
        let header = Header::of(&[(Attribute::BodyPartExamined, ""), (Attribute::Modality, "DX")]);
        assert_eq!(header.get(Attribute::BodyPartExamined), &Raw::Empty);
        assert_eq!(header.get(Attribute::Laterality), &Raw::Absent);
        assert_eq!(header.text(Attribute::Modality), Some("DX"));
        let json = serde_json::to_string(&header).unwrap();
        assert_eq!(serde_json::from_str::<Header>(&json).unwrap(), header);
    }
}
