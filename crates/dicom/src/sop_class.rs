//! What kind of object a SOP Class UID names (PS3.4 Annex B.5).

use bodysite_core::Reason;
use dicom_core::dictionary::UidDictionary;
use dicom_dictionary_std::StandardSopClassDictionary;

/// What we do with objects of a SOP class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A radiograph.
    Radiograph,
    /// A radiograph of an enhanced class, with its anatomy in functional groups.
    Enhanced,
    /// Secondary capture: a radiograph where its modality is one of X-ray.
    Capture,
    /// None of ours.
    Other(Reason),
}

const STORAGE: &str = "1.2.840.10008.5.1.4.1.1.";

pub(crate) fn kind(uid: &str) -> Kind {
    let Some(class) = uid.strip_prefix(STORAGE) else {
        return Kind::Other(match uid {
            "1.2.840.10008.1.3.10" => Reason::Dicomdir,
            _ => Reason::UnknownSop,
        });
    };
    match class {
        "1" | "1.1" | "1.1.1" | "1.2" | "1.2.1" | "1.3" | "1.3.1" | "12.1" | "12.2" => Kind::Radiograph,
        "12.1.1" | "12.2.1" | "13.1.3" | "13.1.4" | "13.1.5" => Kind::Enhanced,
        "7" | "7.1" | "7.2" | "7.3" | "7.4" => Kind::Capture,
        _ if is_image(class) => Kind::Other(Reason::NotXray),
        _ => Kind::Other(match StandardSopClassDictionary.by_uid(uid) {
            Some(_) => Reason::NonImage,
            None => Reason::UnknownSop,
        }),
    }
}

/// Image storage classes of other modalities, by the number after the storage root.
fn is_image(class: &str) -> bool {
    const EXACT: [&str; 18] = [
        "2", "2.1", "2.2", "3", "3.1", "4", "4.1", "4.3", "4.4", "5", "6", "6.1", "6.2", "6.3", "20", "30", "128",
        "130",
    ];
    const FAMILIES: [&str; 5] = ["13.1.", "14.", "77.1.", "481.1", "128."];
    EXACT.contains(&class) || FAMILIES.iter().any(|family| class.starts_with(family))
}

/// Whether a modality is one of projection radiography or fluoroscopy (PS3.3 C.7.3.1.1.1), or says nothing.
pub(crate) fn is_xray_modality(modality: &str) -> bool {
    matches!(
        modality,
        "CR" | "DX" | "MG" | "IO" | "PX" | "RF" | "XA" | "RG" | "DF" | "XC" | "OT" | "SC" | ""
    )
}

/// Whether an object of a radiographic class may carry this modality.
pub(crate) fn contradicts_radiograph(modality: &str) -> bool {
    matches!(
        modality,
        "CT" | "MR" | "US" | "NM" | "PT" | "ES" | "ECG" | "SR" | "OP" | "OPT" | "SM" | "GM"
    )
}
