//! Preamble and file meta information (PS3.10 chapter 7), and what to do where they are wrong or missing.

use bodysite_core::{Outcome, Reason, Status};

use crate::element::{Head, Syntax, Tag, UNDEFINED, Vr, dictionary_vr, head};
use crate::value_rules::{is_uid, unpadded};
use crate::window::{Stop, Window, truncated};

/// What the file says about itself before its data set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meta {
    pub transfer_syntax: String,
    pub sop_class: String,
    pub sop_instance: String,
    pub oddities: Vec<Reason>,
    /// Where (0002,0003) begins and ends, for whoever wants to change it; more than once in a file that has it so.
    pub sop_instance_spans: Vec<(u64, u64)>,
    /// Where the value of (0002,0000) is.
    pub group_length_at: Option<u64>,
    /// The group length leads elsewhere than to the data set.
    pub group_length_wrong: bool,
    /// Offset of the data set.
    pub end: u64,
    version: bool,
    implementation: bool,
}

/// How the data set is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Encoding {
    pub syntax: Syntax,
    pub deflated: bool,
    /// Pixel data is in fragments.
    pub encapsulated: bool,
}

/// A value of the file meta information is never longer; the longest that the standard has is a UID or a name.
const MOST: u32 = 16 * 1024;

/// Reads up to the data set.
pub(crate) fn read_meta(window: &mut Window<'_>) -> Result<Meta, Outcome> {
    let mut meta = Meta::default();
    match start(window).map_err(failed)? {
        Start::Prefixed(preamble) => meta.oddities.extend(preamble),
        Start::BareMeta => meta.oddities.push(Reason::BadMeta),
        Start::BareDataSet(transfer_syntax) => {
            meta.oddities.push(Reason::BadMeta);
            meta.transfer_syntax = transfer_syntax.to_owned();
            return Ok(meta);
        }
        Start::NotDicom(reason) => return Err(Outcome::new(Status::Skipped, vec![reason])),
    }
    elements(window, &mut meta).map_err(failed)?;
    meta.end = window.position();
    meta.note_missing();
    Ok(meta)
}

pub(crate) fn failed(stop: Stop) -> Outcome {
    Outcome {
        offset: Some(stop.offset),
        ..Outcome::new(Status::Failed, vec![stop.reason])
    }
}

enum Start {
    Prefixed(Option<Reason>),
    BareMeta,
    BareDataSet(&'static str),
    NotDicom(Reason),
}

/// Finds out where the file meta information begins, and passes over what is before it.
fn start(window: &mut Window<'_>) -> Result<Start, Stop> {
    let ahead = window.peek(140)?;
    if ahead.is_empty() {
        return Ok(Start::NotDicom(Reason::Empty));
    }
    if ahead.get(128..132) == Some(b"DICM") {
        // A file may be two things at once (PS3.10 7.1); an executable is not meant to be.
        let executable = ahead.starts_with(b"MZ") || ahead.starts_with(b"\x7fELF") || ahead.starts_with(b"#!");
        window.advance(132);
        return Ok(Start::Prefixed(executable.then_some(Reason::SuspiciousPreamble)));
    }
    if let Some(after) = ahead.strip_prefix(b"DICM".as_slice())
        && begins_meta(after)
    {
        window.advance(4);
        return Ok(Start::BareMeta);
    }
    if begins_meta(ahead) {
        return Ok(Start::BareMeta);
    }
    let size = window.left();
    let ahead = window.peek(140)?;
    Ok(match bare_data_set(ahead, size) {
        Some(transfer_syntax) => Start::BareDataSet(transfer_syntax),
        None => Start::NotDicom(Reason::NotDicom),
    })
}

fn begins_meta(bytes: &[u8]) -> bool {
    matches!(bytes, [2, 0, 0..=2, 0, b'U' | b'O', ..])
}

/// A data set without any of PS3.10, as old devices and `dcmconv --write-dataset` leave it.
fn bare_data_set(bytes: &[u8], size: Option<u64>) -> Option<&'static str> {
    let [8, 0, _, 0 | 1, v0, v1, l0, l1, ..] = bytes else {
        return None;
    };
    let vr = Vr([*v0, *v1]);
    if vr.is_short() {
        return Some("1.2.840.10008.1.2.1");
    }
    let length = u32::from_le_bytes([*v0, *v1, *l0, *l1]);
    let plausible = length < 1024 && size.is_none_or(|size| u64::from(length) < size);
    plausible.then_some("1.2.840.10008.1.2")
}

/// Reads elements of group 0002, always Explicit VR Little Endian.
fn elements(window: &mut Window<'_>, meta: &mut Meta) -> Result<(), Stop> {
    let mut group_end = None;
    let mut last = None;
    loop {
        let at = window.position();
        if group_end == Some(at) && !meta.transfer_syntax.is_empty() {
            return Ok(());
        }
        let Some(group) = window.peek(2)?.first_chunk::<2>().map(|g| u16::from_le_bytes(*g)) else {
            return Err(truncated(at));
        };
        if group != 2 {
            return leave(window, meta, last, group_end);
        }
        let Some(head) = head(window, Syntax::ExplicitLittle)? else {
            return Err(truncated(at));
        };
        if head.length == UNDEFINED || head.odd == Some(Reason::BadVr) {
            return Err(Stop {
                reason: Reason::BadMeta,
                offset: at,
                input: false,
            });
        }
        if last >= Some(head.tag) || dictionary_vr(head.tag).is_none() {
            meta.oddities.push(Reason::BadMeta);
        }
        last = Some(head.tag);
        if let Some(length) = element(window, meta, head)? {
            group_end = Some(window.position().saturating_add(u64::from(length)));
        }
    }
}

/// The first element of another group ends the file meta information, whatever the group length says.
fn leave(window: &Window<'_>, meta: &mut Meta, last: Option<Tag>, group_end: Option<u64>) -> Result<(), Stop> {
    if last.is_none() {
        return Err(Stop {
            reason: Reason::BadMeta,
            offset: window.position(),
            input: false,
        });
    }
    if group_end != Some(window.position()) {
        meta.oddities.push(Reason::BadMeta);
        meta.group_length_wrong = group_end.is_some();
    }
    Ok(())
}

/// Takes one element; gives the group length if it is that.
fn element(window: &mut Window<'_>, meta: &mut Meta, head: Head) -> Result<Option<u32>, Stop> {
    window.advance(usize::from(head.size));
    let at = window.position();
    let taken = window.peek(head.length.min(MOST) as usize)?;
    let mut group_length = None;
    match head.tag.0 {
        0x0002_0000 => {
            group_length = taken.first_chunk::<4>().map(|l| u32::from_le_bytes(*l));
            meta.group_length_at = Some(at);
        }
        0x0002_0002 => meta.sop_class = text(taken),
        0x0002_0003 => {
            meta.sop_instance = text(taken);
            let start = at - u64::from(head.size);
            meta.sop_instance_spans.push((start, at + u64::from(head.length)));
        }
        0x0002_0010 => {
            meta.transfer_syntax = text(taken);
            if taken.ends_with(b" ") {
                meta.oddities.push(Reason::BadMeta);
            }
        }
        _ => {}
    }
    let most = head.vr.and_then(Vr::most_characters);
    if most.is_some_and(|most| head.length as usize > most) {
        meta.oddities.push(Reason::BadMeta);
    }
    window.skip(u64::from(head.length))?;
    meta.note_present(head.tag);
    Ok(group_length)
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(unpadded(value)).into_owned()
}

impl Meta {
    fn note_present(&mut self, tag: Tag) {
        match tag.0 {
            0x0002_0001 => self.version = true,
            0x0002_0012 => self.implementation = true,
            _ => {}
        }
    }

    /// All of Table 7.1-1's type 1 elements are asked for; without a transfer syntax nothing can be read.
    fn note_missing(&mut self) {
        let complete = self.version
            && self.implementation
            && self.group_length_at.is_some()
            && !self.sop_class.is_empty()
            && !self.sop_instance.is_empty();
        if !complete {
            self.oddities.push(Reason::BadMeta);
        }
    }

    /// How the data set is encoded.
    pub fn encoding(&self) -> Result<Encoding, Reason> {
        if !is_uid(self.transfer_syntax.as_bytes()) {
            return Err(Reason::UnsupportedTs);
        }
        let native = |syntax, deflated| Encoding {
            syntax,
            deflated,
            encapsulated: false,
        };
        Ok(match self.transfer_syntax.as_str() {
            "1.2.840.10008.1.2" => native(Syntax::ImplicitLittle, false),
            "1.2.840.10008.1.2.1" => native(Syntax::ExplicitLittle, false),
            "1.2.840.10008.1.2.2" => native(Syntax::ExplicitBig, false),
            "1.2.840.10008.1.2.1.99" => native(Syntax::ExplicitLittle, true),
            uid if is_encapsulated(uid) => Encoding {
                encapsulated: true,
                ..native(Syntax::ExplicitLittle, false)
            },
            _ => return Err(Reason::UnsupportedTs),
        })
    }
}

/// Compressed pixel data (PS3.5 A.4): JPEG, JPEG-LS, JPEG 2000, MPEG, HEVC, HTJ2K, JPEG XL, RLE, deflated frames,
/// and uncompressed ones in fragments.
/// JPIP Referenced Deflate (95) is neither.
fn is_encapsulated(uid: &str) -> bool {
    uid == "1.2.840.10008.1.2.5"
        || uid == "1.2.840.10008.1.2.8.1"
        || uid == "1.2.840.10008.1.2.1.98"
        || uid
            .strip_prefix("1.2.840.10008.1.2.4.")
            .is_some_and(|n| n != "95" && n.parse::<u16>().is_ok())
}
