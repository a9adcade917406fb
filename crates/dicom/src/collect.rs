//! Collects from a walk what [`Header`] holds, and checks the values met on the way.

use bodysite_core::{Attribute, CodeItem, Header, Raw, Reason, Sctid};
use sha2::{Digest, Sha256};

use crate::charset::Charset;
use crate::element::{Head, Tag, Vr};
use crate::image_module::{ImageModule, Lut};
use crate::patient_name::PatientName;
use crate::place::Place;
use crate::sop_class::{self, Kind};
use crate::value_rules as rules;
use crate::walk::{At, Notes, Visit};
use crate::window::{Stop, Window};

/// The longest value that is read; what is longer is cut there.
const MOST_VALUE: u32 = 64 * 1024;

/// A lookup table has at most 65,536 entries of two bytes.
const MOST_LUT: u32 = 128 * 1024;

/// Items of one code sequence that are kept.
const MOST_ITEMS: usize = 64;

/// PS3.16 Annex L: the defined terms of Body Part Examined, sorted, one a line.
const DEFINED_TERMS: &str = include_str!("../data/body_part_examined.txt");

/// One element of the root data set, by offsets from the start of the data set's bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub head: Head,
    pub start: u64,
    pub value: u64,
    pub end: u64,
    /// Refers to instances, at whatever depth.
    pub refers: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Collect {
    pub header: Header,
    pub image: ImageModule,
    pub notes: Notes,
    /// Attributes whose text was not in the declared character set.
    pub repaired: Vec<Attribute>,
    /// Root elements, where somebody wants to splice.
    pub spans: Option<Vec<Span>>,
    pub signed: bool,
    pub identity_removed: bool,
    pub coerced_at: Option<String>,
    /// What was decided from the SOP class or the modality alone.
    pub refused: Option<Reason>,
    pub kind: Option<Kind>,
    code: CodeItem,
    /// Of a modifier, which is inside the item that it modifies.
    modifier: CodeItem,
    urn: bool,
    originals_complete: bool,
    pub name: PatientName,
    patient: Option<Vec<u8>>,
    issuer: Vec<u8>,
    float_pixels: bool,
    offsets_table: Option<u32>,
    lut: Lut,
    /// The root element that is being read refers to instances.
    refers: bool,
}

impl Visit for Collect {
    fn value(&mut self, at: At<'_>, head: Head, window: &mut Window<'_>) -> Result<(), Stop> {
        self.refers |= head.tag == Tag::REFERENCED_SOP_INSTANCE && at.place != Place::Root;
        match at.place {
            Place::Root => self.root(at, head, window),
            Place::Region | Place::RegionModifier | Place::Procedure | Place::View => self.code_part(at, head, window),
            Place::ModalityLut | Place::VoiLut => {
                let value = window.peek(head.length.min(MOST_LUT) as usize)?;
                self.lut.take(head.tag, value, at.syntax);
                Ok(())
            }
            Place::FrameValues => {
                let value = window.peek(head.length.min(1024) as usize)?;
                self.image.take(head.tag, value, at.syntax);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn sequence(&mut self, place: Place, head: Head) {
        match place {
            Place::Signatures => {
                self.signed = true;
                self.notes.add(Reason::Signed, Some(head.tag));
            }
            Place::Originals => self.originals_complete = false,
            Place::Elsewhere if head.tag == Tag(0x0400_0550) => self.originals_complete = true,
            Place::Elsewhere if attribute_of(head.tag).is_some() => {
                self.notes.add(Reason::VrMismatch, Some(head.tag));
            }
            _ => {}
        }
    }

    fn item(&mut self, place: Place) {
        match place {
            Place::Region | Place::Procedure | Place::View => {
                self.code = CodeItem::default();
                self.urn = false;
            }
            Place::RegionModifier => self.modifier = CodeItem::default(),
            Place::ModalityLut | Place::VoiLut => self.lut = Lut::default(),
            Place::Originals => self.originals_complete = false,
            _ => {}
        }
    }

    fn item_end(&mut self, place: Place) {
        let full = |items: &[CodeItem]| items.len() >= MOST_ITEMS;
        let code = match place {
            Place::RegionModifier => self.modifier.clone(),
            _ => self.code.clone(),
        };
        match place {
            Place::Region if !full(&self.header.anatomic_regions) => self.region_end(code),
            Place::RegionModifier if !full(&self.header.region_modifiers) => self.modifier_end(code),
            Place::Procedure if !full(&self.header.procedure_codes) => self.header.procedure_codes.push(code),
            Place::View if !full(&self.header.view_codes) => self.header.view_codes.push(code),
            Place::ModalityLut => keep_first(&mut self.image.modality_lut, &mut self.lut),
            Place::VoiLut => keep_first(&mut self.image.voi_lut, &mut self.lut),
            Place::Originals if !self.originals_complete => {
                self.notes.add(Reason::Malformed, Some(Tag(0x0400_0561)));
            }
            _ => {}
        }
    }

    fn root_element(&mut self, head: Head, start: u64, value: u64, end: u64) {
        let refers = std::mem::take(&mut self.refers);
        if let Some(spans) = &mut self.spans {
            spans.push(Span {
                head,
                start,
                value,
                end,
                refers,
            });
        }
    }

    fn enough(&self) -> bool {
        self.refused.is_some()
    }
}

fn keep_first(kept: &mut Option<Lut>, lut: &mut Lut) {
    lut.unpack();
    if kept.is_none() {
        *kept = Some(std::mem::take(lut));
    }
}

/// The attribute of the header that a tag is.
fn attribute_of(tag: Tag) -> Option<Attribute> {
    let key = (tag.group(), tag.element());
    let at = Attribute::ALL.binary_search_by_key(&key, |a| a.tag()).ok()?;
    Attribute::ALL.get(at).copied()
}

impl Collect {
    fn root(&mut self, at: At<'_>, head: Head, window: &mut Window<'_>) -> Result<(), Stop> {
        if let Some(attribute) = attribute_of(head.tag) {
            self.attribute(attribute, at, head, window)?;
        }
        match head.tag.group() {
            0x0008 if head.tag == Tag(0x0008_0015) => {
                let value = window.peek(head.length.min(32) as usize)?;
                self.coerced_at = std::str::from_utf8(rules::unpadded(value)).ok().map(str::to_owned);
            }
            0x0010 => self.patient(at, head, window)?,
            0x0012 if head.tag == Tag(0x0012_0062) => {
                self.identity_removed = window.peek(head.length.min(16) as usize)?.starts_with(b"YES");
            }
            0x0028 | 0x2050 => self.image_value(at, head, window)?,
            0x7FE0 => self.beside_pixels(at, head, window)?,
            _ => {}
        }
        if head.vr.is_some_and(is_free_text) {
            self.free_text(head, window)?;
        }
        Ok(())
    }

    fn attribute(&mut self, attribute: Attribute, at: At<'_>, head: Head, window: &mut Window<'_>) -> Result<(), Stop> {
        let expected = expected_vr(attribute);
        if head.vr != Some(expected) {
            self.notes.add(Reason::VrMismatch, Some(head.tag));
        }
        // Of a value that is given twice the first counts; the walk notes the repeat.
        if head.vr.is_some_and(|vr| !vr.is_text()) {
            return Ok(());
        }
        if *self.header.get(attribute) != Raw::Absent {
            self.notes.add(Reason::Duplicate, Some(head.tag));
            return Ok(());
        }
        if head.length > MOST_VALUE {
            self.notes.add(Reason::BadValue, Some(head.tag));
        }
        let value = window.peek(head.length.min(MOST_VALUE) as usize)?;
        let decoded = at.charset.decode(rules::unpadded(value));
        let yen = at.charset.has_yen() && value.contains(&b'\\') && expected == Vr(*b"LO");
        if decoded.odd || yen {
            self.notes.add(Reason::BadCharset, Some(head.tag));
            self.repaired.push(attribute);
        }
        if breaks_rules(attribute, expected, value, &decoded.text, at.charset) {
            let reason = if expected == Vr(*b"UI") {
                Reason::BadUid
            } else {
                Reason::BadValue
            };
            self.notes.add(reason, Some(head.tag));
        }
        let raw = match decoded.text.is_empty() {
            true => Raw::Empty,
            false => Raw::Present(decoded.text),
        };
        self.header.set(attribute, raw);
        self.decide(attribute);
        Ok(())
    }

    /// Other modalities need no further reading.
    fn decide(&mut self, attribute: Attribute) {
        match attribute {
            Attribute::SOPClassUID => {
                let Some(uid) = self.header.text(attribute) else {
                    return;
                };
                let kind = sop_class::kind(uid);
                self.kind = Some(kind);
                if let Kind::Other(reason) = kind {
                    self.refused = Some(reason);
                }
            }
            Attribute::Modality if self.kind == Some(Kind::Capture) => {
                let modality = self.header.text(attribute).unwrap_or_default();
                if !sop_class::is_xray_modality(modality) {
                    self.refused = Some(Reason::NotXray);
                }
            }
            _ => {}
        }
    }

    fn patient(&mut self, at: At<'_>, head: Head, window: &mut Window<'_>) -> Result<(), Stop> {
        let value = window.peek(head.length.min(1024) as usize)?;
        match head.tag.element() {
            0x0010 => self.name = PatientName::of(&at.charset.decode(rules::unpadded(value)).text),
            0x0020 => self.patient = Some(rules::unpadded(value).to_vec()),
            0x0021 => self.issuer = rules::unpadded(value).to_vec(),
            _ => {}
        }
        Ok(())
    }

    fn image_value(&mut self, at: At<'_>, head: Head, window: &mut Window<'_>) -> Result<(), Stop> {
        let plain_short = matches!(
            head.tag.0,
            0x0028_0002 | 0x0028_0006 | 0x0028_0010 | 0x0028_0011 | 0x0028_0100..=0x0028_0103
        );
        if plain_short && head.vr != Some(Vr(*b"US")) {
            self.notes.add(Reason::VrMismatch, Some(head.tag));
        }
        let most = match head.tag.0 {
            0x0028_1201..=0x0028_1203 => MOST_LUT,
            _ => 1024,
        };
        let value = window.peek(head.length.min(most) as usize)?;
        self.image.take(head.tag, value, at.syntax);
        Ok(())
    }

    /// Float pixels and extended offset tables.
    fn beside_pixels(&mut self, at: At<'_>, head: Head, window: &mut Window<'_>) -> Result<(), Stop> {
        match head.tag.element() {
            0x0008 | 0x0009 => self.float_pixels = true,
            0x0001 => {
                let first = window.peek(8)?.first_chunk::<4>().map(|o| at.syntax.u32(*o));
                self.offsets_table = first;
            }
            _ => {}
        }
        Ok(())
    }

    fn free_text(&mut self, head: Head, window: &mut Window<'_>) -> Result<(), Stop> {
        let most = head.vr.and_then(Vr::most_characters);
        let dictionary = || crate::element::dictionary_vr(head.tag).and_then(Vr::most_characters);
        // Bytes, not characters: four of them make the longest character.
        if head.length > 256 {
            let most = most.or_else(dictionary);
            if most.is_some_and(|most| head.length as usize / 4 > most) {
                self.notes.add(Reason::BadValue, Some(head.tag));
            }
        }
        if rules::has_markup(window.peek(head.length.min(4096) as usize)?) {
            self.notes.add(Reason::BadValue, Some(head.tag));
        }
        Ok(())
    }

    fn code_part(&mut self, at: At<'_>, head: Head, window: &mut Window<'_>) -> Result<(), Stop> {
        if !matches!(
            head.tag.0,
            0x0008_0100 | 0x0008_0102 | 0x0008_0104 | 0x0008_0119 | 0x0008_0120
        ) {
            return Ok(());
        }
        let value = window.peek(head.length.min(4096) as usize)?;
        let text = at.charset.decode(rules::unpadded(value)).text.trim_start().to_owned();
        if rules::is_suspicious(&text) {
            self.notes.add(Reason::BadValue, Some(head.tag));
        }
        let code = match at.place {
            Place::RegionModifier => &mut self.modifier,
            _ => &mut self.code,
        };
        match head.tag.0 {
            0x0008_0102 => code.scheme = text,
            0x0008_0104 => code.meaning = text,
            tag => {
                self.urn |= tag == 0x0008_0120 && at.place != Place::RegionModifier;
                code.value = text;
            }
        }
        Ok(())
    }

    fn region_end(&mut self, code: CodeItem) {
        if !self.header.anatomic_regions.is_empty() || !is_good_code(&code) || self.urn {
            self.notes.add(Reason::BadCode, Some(Tag(0x0008_2218)));
        }
        self.header.anatomic_regions.push(code);
    }

    fn modifier_end(&mut self, code: CodeItem) {
        if !is_good_code(&code) {
            self.notes.add(Reason::BadCode, Some(Tag(0x0008_2220)));
        }
        self.header.region_modifiers.push(code);
    }

    /// 16 bits that differ between two patients of one study.
    pub fn patient_check(&self) -> Option<u16> {
        let patient = self.patient.as_deref().filter(|id| !id.is_empty())?;
        let study = self.header.text(Attribute::StudyInstanceUID).unwrap_or_default();
        let mut hash = Sha256::new();
        for part in [study.as_bytes(), patient, &self.issuer] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        match hash.finalize().as_slice() {
            [a, b, ..] => Some(u16::from_be_bytes([*a, *b])),
            _ => None,
        }
    }

    /// Float pixels stand in for integer ones, never beside them.
    pub fn has_float_pixels(&self) -> bool {
        self.float_pixels
    }

    /// The extended offset table begins elsewhere than at the first frame.
    pub fn has_wrong_offsets(&self) -> bool {
        self.offsets_table.is_some_and(|first| first != 0)
    }
}

/// Complete, in a scheme for anatomy, and with a check digit that holds where the scheme has one.
fn is_good_code(code: &CodeItem) -> bool {
    let known = match code.scheme.as_str() {
        // A superseded local code of 19 digits cannot be a concept, and is somebody's own extension.
        "SCT" => code.value.len() > 18 || code.value.parse::<Sctid>().is_ok(),
        "SRT" | "SNM3" | "99SDM" | "DCM" | "FMA" | "RADLEX" | "MSH" | "UMLS" => true,
        _ => false,
    };
    known && !code.value.is_empty() && !code.meaning.is_empty()
}

/// Text that people type and pages show.
fn is_free_text(vr: Vr) -> bool {
    matches!(&vr.0, b"LO" | b"SH" | b"PN" | b"LT" | b"ST" | b"UT" | b"UC")
}

pub(crate) fn expected_vr(attribute: Attribute) -> Vr {
    use Attribute as A;
    Vr(*match attribute {
        A::SOPClassUID | A::SOPInstanceUID | A::StudyInstanceUID | A::SeriesInstanceUID => b"UI",
        A::StudyDate => b"DA",
        A::StudyTime => b"TM",
        A::AccessionNumber | A::TimezoneOffsetFromUTC => b"SH",
        A::SeriesNumber | A::InstanceNumber | A::NumberOfFrames => b"IS",
        A::ImageType
        | A::Modality
        | A::PresentationIntentType
        | A::BodyPartExamined
        | A::ViewPosition
        | A::Laterality
        | A::ImageLaterality => b"CS",
        _ => b"LO",
    })
}

fn breaks_rules(attribute: Attribute, vr: Vr, value: &[u8], text: &str, charset: &Charset) -> bool {
    match attribute {
        Attribute::BodyPartExamined => !(value.is_empty() || rules::is_code_string(value) && is_defined_term(text)),
        Attribute::ImageLaterality => !matches!(text, "R" | "L" | "U" | "B"),
        Attribute::Laterality => !matches!(text, "R" | "L" | ""),
        Attribute::ImageType => false,
        // Deciding whether these are usable is for the image module's checks.
        Attribute::NumberOfFrames => false,
        _ => match &vr.0 {
            b"UI" => !rules::is_uid(value),
            b"DA" => !rules::is_date(value),
            b"TM" => !rules::is_time(value),
            b"IS" => !rules::is_integer(value),
            b"CS" => !text.is_empty() && !rules::is_code_string(rules::unpadded(value)),
            _ => {
                let most = vr.most_characters().unwrap_or(usize::MAX);
                let longest = match charset.hides_backslash() {
                    true => text.chars().count(),
                    false => text.split('\\').map(|part| part.chars().count()).max().unwrap_or(0),
                };
                longest > most || rules::is_suspicious(text)
            }
        },
    }
}

/// Whether PS3.16 Annex L defines the term.
pub(crate) fn is_defined_term(term: &str) -> bool {
    static TERMS: std::sync::LazyLock<Vec<&str>> = std::sync::LazyLock::new(|| DEFINED_TERMS.lines().collect());
    TERMS.binary_search(&term).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defined_terms_are_sorted_code_strings() {
        let terms: Vec<&str> = DEFINED_TERMS.lines().collect();
        assert!(terms.len() > 300 && terms.is_sorted());
        assert!(terms.iter().all(|term| rules::is_code_string(term.as_bytes())));
        assert!(is_defined_term("CHEST") && !is_defined_term("BRUST") && !is_defined_term(""));
    }
}
