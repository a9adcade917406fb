//! Tags, value representations and data element headers (PS3.5 chapter 7).

use std::fmt;

use bodysite_core::Reason;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::StandardDataDictionary;

use crate::window::{Stop, Window, truncated};

/// Group and element number; ordered as in a data set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tag(pub u32);

impl Tag {
    pub const ITEM: Tag = Tag(0xFFFE_E000);
    pub const ITEM_END: Tag = Tag(0xFFFE_E00D);
    pub const SEQUENCE_END: Tag = Tag(0xFFFE_E0DD);
    pub const PIXEL_DATA: Tag = Tag(0x7FE0_0010);
    pub const ORIGINAL_ATTRIBUTES: Tag = Tag(0x0400_0561);
    pub const DIGITAL_SIGNATURES: Tag = Tag(0xFFFA_FFFA);
    pub const REFERENCED_SOP_INSTANCE: Tag = Tag(0x0008_1155);

    pub const fn new(group: u16, element: u16) -> Tag {
        Tag((group as u32) << 16 | element as u32)
    }

    pub const fn group(self) -> u16 {
        (self.0 >> 16) as u16
    }

    pub const fn element(self) -> u16 {
        (self.0 & 0xFFFF) as u16
    }

    pub const fn is_private(self) -> bool {
        self.group() % 2 == 1
    }

    /// The keyword of PS3.6.
    pub fn keyword(self) -> Option<&'static str> {
        let entry = StandardDataDictionary.by_tag(dicom_core::Tag(self.group(), self.element()))?;
        (!self.is_private()).then_some(entry.alias)
    }

    /// The keyword, or the tag itself.
    pub fn selector(self) -> String {
        self.keyword().map_or_else(|| format!("{self:?}"), str::to_owned)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({:04X},{:04X})", self.group(), self.element())
    }
}

/// A value representation, as its two letters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Vr(pub [u8; 2]);

/// PS3.5 Table 6.2-1: those with a 16-bit length, then those with a 32-bit length.
const SHORT: &[u8] = b"AEASATCSDADSDTFLFDISLOLTPNSHSLSSSTTMUIULUS";
const LONG: &[u8] = b"OBODOFOLOVOWSQSVUCUNURUTUV";

impl Vr {
    pub const SQ: Vr = Vr(*b"SQ");
    pub const UN: Vr = Vr(*b"UN");
    pub const OB: Vr = Vr(*b"OB");
    pub const OW: Vr = Vr(*b"OW");

    pub fn is_short(self) -> bool {
        SHORT.chunks_exact(2).any(|vr| vr == self.0)
    }

    pub fn is_long(self) -> bool {
        LONG.chunks_exact(2).any(|vr| vr == self.0)
    }

    /// Bytes of one value, for value representations of fixed size.
    pub fn unit(self) -> u32 {
        match &self.0 {
            b"US" | b"SS" | b"OW" => 2,
            b"UL" | b"SL" | b"FL" | b"AT" | b"OF" | b"OL" => 4,
            b"FD" | b"OD" | b"OV" | b"SV" | b"UV" => 8,
            _ => 1,
        }
    }

    /// Whether the value is text, in whichever repertoire.
    pub fn is_text(self) -> bool {
        !matches!(
            &self.0,
            b"US"
                | b"SS"
                | b"UL"
                | b"SL"
                | b"FL"
                | b"FD"
                | b"AT"
                | b"OW"
                | b"OF"
                | b"OL"
                | b"OD"
                | b"OV"
                | b"SV"
                | b"UV"
                | b"SQ"
        )
    }

    /// The most characters of one value, for the text that people type (PS3.5 Table 6.2-1).
    pub fn most_characters(self) -> Option<usize> {
        match &self.0 {
            b"SH" | b"CS" | b"AE" => Some(16),
            b"LO" | b"UI" => Some(64),
            // A person name has three component groups of 64.
            b"PN" => Some(194),
            b"ST" => Some(1024),
            b"LT" => Some(10240),
            _ => None,
        }
    }
}

/// How element headers are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    ImplicitLittle,
    ExplicitLittle,
    ExplicitBig,
}

impl Syntax {
    pub fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Syntax::ExplicitBig => u16::from_be_bytes(bytes),
            _ => u16::from_le_bytes(bytes),
        }
    }

    pub fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Syntax::ExplicitBig => u32::from_be_bytes(bytes),
            _ => u32::from_le_bytes(bytes),
        }
    }

    pub fn put16(self, value: u16) -> [u8; 2] {
        match self {
            Syntax::ExplicitBig => value.to_be_bytes(),
            _ => value.to_le_bytes(),
        }
    }

    pub fn put32(self, value: u32) -> [u8; 4] {
        match self {
            Syntax::ExplicitBig => value.to_be_bytes(),
            _ => value.to_le_bytes(),
        }
    }

    pub fn tag(self, bytes: [u8; 4]) -> Tag {
        let [a, b, c, d] = bytes;
        Tag::new(self.u16([a, b]), self.u16([c, d]))
    }
}

/// The length that says "until a delimiter".
pub(crate) const UNDEFINED: u32 = u32::MAX;

/// A data element header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub tag: Tag,
    /// As encoded, or the dictionary's in implicit VR; `None` for items, delimiters and unknown tags.
    pub vr: Option<Vr>,
    pub length: u32,
    /// Bytes of the header itself.
    pub size: u8,
    /// Something wrong with the header that did not stop us.
    pub odd: Option<Reason>,
}

impl fmt::Debug for Vr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// The header ahead, which is not passed over; `None` at the end of the input.
pub(crate) fn head(window: &mut Window<'_>, syntax: Syntax) -> Result<Option<Head>, Stop> {
    let offset = window.position();
    let bytes = window.peek(12)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let Some((&[g0, g1, e0, e1, v0, v1, l0, l1], rest)) = bytes.split_first_chunk::<8>() else {
        return Err(truncated(offset));
    };
    let tag = syntax.tag([g0, g1, e0, e1]);
    let four = syntax.u32([v0, v1, l0, l1]);
    let plain = |vr, length| {
        Ok(Some(Head {
            tag,
            vr,
            length,
            size: 8,
            odd: None,
        }))
    };
    if tag.group() == 0xFFFE {
        return plain(None, four);
    }
    if syntax == Syntax::ImplicitLittle {
        return plain(dictionary_vr(tag), four);
    }
    let vr = Vr([v0, v1]);
    let two = u32::from(syntax.u16([l0, l1]));
    if vr.is_short() {
        return plain(Some(vr), two);
    }
    let long = rest.first_chunk::<4>().map(|length| syntax.u32(*length));
    if vr.is_long() {
        let odd = ([l0, l1] != [0, 0]).then_some(Reason::Malformed);
        let length = long.ok_or_else(|| truncated(offset))?;
        return Ok(Some(Head {
            tag,
            vr: Some(vr),
            length,
            size: 12,
            odd,
        }));
    }
    unknown_vr(window, syntax, tag, two, long).map(Some)
}

/// A value representation that does not exist: whichever length leads to another element is taken.
fn unknown_vr(window: &mut Window<'_>, syntax: Syntax, tag: Tag, short: u32, long: Option<u32>) -> Result<Head, Stop> {
    let offset = window.position();
    let candidates = [Some((8, short)), long.map(|length| (12, length))];
    for (size, length) in candidates.into_iter().flatten() {
        if leads_on(window, syntax, tag, u64::from(size) + u64::from(length))? {
            let odd = Some(Reason::BadVr);
            return Ok(Head {
                tag,
                vr: Some(Vr::UN),
                length,
                size,
                odd,
            });
        }
    }
    Err(Stop {
        reason: Reason::BadVr,
        offset,
        input: false,
    })
}

/// Values of unknown representation are looked across only so far.
const LOOK_AHEAD: u64 = 64 * 1024;

fn leads_on(window: &mut Window<'_>, syntax: Syntax, tag: Tag, ahead: u64) -> Result<bool, Stop> {
    if ahead > LOOK_AHEAD {
        return Ok(false);
    }
    let next = window.peek_at(usize::try_from(ahead).unwrap_or(0), 6)?;
    let Some((&next_tag, vr)) = next.split_first_chunk::<4>() else {
        return Ok(false);
    };
    let next_tag = syntax.tag(next_tag);
    let known = vr
        .first_chunk::<2>()
        .is_some_and(|vr| Vr(*vr).is_short() || Vr(*vr).is_long());
    Ok((known && next_tag > tag) || next_tag == Tag::ITEM_END)
}

/// The dictionary's value representation; the first choice where it leaves one.
pub(crate) fn dictionary_vr(tag: Tag) -> Option<Vr> {
    if tag.element() == 0 {
        return Some(Vr(*b"UL"));
    }
    if tag.is_private() {
        return None;
    }
    let entry = StandardDataDictionary.by_tag(dicom_core::Tag(tag.group(), tag.element()))?;
    let name = entry.vr().relaxed().to_string();
    name.as_bytes().first_chunk::<2>().map(|vr| Vr(*vr))
}
