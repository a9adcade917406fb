//! Passes over Pixel Data (7FE0,0010), native or in fragments (PS3.5 A.4), reading none of it.

use bodysite_core::Reason;

use crate::element::{Head, Syntax, Tag, UNDEFINED};
use crate::walk::{Notes, stop};
use crate::window::{Stop, Window, truncated};

/// Where the pixels are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PixelElement {
    /// Offset of the value in the data set's own bytes (after inflating, where it is deflated).
    pub offset: u64,
    /// Length of a native value; `None` for fragments.
    pub length: Option<u32>,
    /// Fragments after the offset table: offset and length of each, as many as were looked at.
    pub fragments: Vec<(u64, u32)>,
    /// Basic Offset Table.
    pub offsets: Vec<u32>,
    /// The value representation, or `UN` where there is none.
    pub vr: [u8; 2],
    /// Whether every byte that is promised is there.
    pub complete: bool,
}

/// Fragments remembered; passing over goes on after that.
const MOST_FRAGMENTS: usize = 100_000;

/// Entries of an offset table that are read.
const MOST_OFFSETS: u32 = 64 * 1024;

/// Passes over the value that `window` stands at. What could be learnt is given even where it ends in an error.
pub(crate) fn pass(
    window: &mut Window<'_>,
    syntax: Syntax,
    head: Head,
    notes: &mut Notes,
) -> (PixelElement, Result<(), Stop>) {
    let mut element = PixelElement {
        offset: window.position(),
        length: (head.length != UNDEFINED).then_some(head.length),
        fragments: Vec::new(),
        offsets: Vec::new(),
        vr: head.vr.map_or(*b"UN", |vr| vr.0),
        complete: false,
    };
    let passed = match element.length {
        Some(length) => native(window, length, notes),
        None => fragments(window, syntax, &mut element, notes),
    };
    element.complete = passed.is_ok();
    (element, passed)
}

fn native(window: &mut Window<'_>, length: u32, notes: &mut Notes) -> Result<(), Stop> {
    let at = window.position();
    if length % 2 == 1 {
        notes.add(Reason::OddLength, Some(Tag::PIXEL_DATA));
    }
    if window.left().is_some_and(|left| left < u64::from(length)) {
        return Err(truncated(at));
    }
    window.skip(u64::from(length))
}

fn fragments(
    window: &mut Window<'_>,
    syntax: Syntax,
    element: &mut PixelElement,
    notes: &mut Notes,
) -> Result<(), Stop> {
    let mut first = true;
    let mut bytes = 0u64;
    let mut count = 0u64;
    loop {
        let at = window.position();
        let Some((&tag, length)) = window.need(8)?.split_first_chunk::<4>() else {
            return Err(truncated(at));
        };
        let tag = syntax.tag(tag);
        let length = length.first_chunk::<4>().map_or(0, |l| syntax.u32(*l));
        match tag {
            Tag::ITEM if length != UNDEFINED => window.advance(8),
            Tag::SEQUENCE_END => {
                window.advance(8);
                check(element, count, bytes, notes);
                return Ok(());
            }
            _ => return Err(stop(Reason::Malformed, at)),
        }
        if first {
            offset_table(window, syntax, length, element, notes)?;
        } else {
            if element.fragments.len() < MOST_FRAGMENTS {
                element.fragments.push((window.position(), length));
            }
            bytes += u64::from(length) + 8;
            count += 1;
            if length % 2 == 1 {
                notes.add(Reason::OddLength, Some(Tag::PIXEL_DATA));
            }
        }
        first = false;
        if window.left().is_some_and(|left| left < u64::from(length)) {
            return Err(truncated(at));
        }
        let end = at + 8 + u64::from(length);
        window.skip(end - window.position())?;
    }
}

fn offset_table(
    window: &mut Window<'_>,
    syntax: Syntax,
    length: u32,
    element: &mut PixelElement,
    notes: &mut Notes,
) -> Result<(), Stop> {
    if !length.is_multiple_of(4) {
        notes.add(Reason::Malformed, Some(Tag::PIXEL_DATA));
        return Ok(());
    }
    let bytes = window.peek(length.min(MOST_OFFSETS * 4) as usize)?;
    element.offsets = bytes
        .chunks_exact(4)
        .filter_map(|o| o.first_chunk::<4>())
        .map(|o| syntax.u32(*o))
        .collect();
    Ok(())
}

/// Offsets must ascend from zero and stay inside; something must be in the fragments.
fn check(element: &PixelElement, count: u64, bytes: u64, notes: &mut Notes) {
    let ascending = element.offsets.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
    let from_zero = element.offsets.first().is_none_or(|first| *first == 0);
    let inside = element
        .offsets
        .last()
        .is_none_or(|last| u64::from(*last) < bytes.max(1));
    if !(ascending && from_zero && inside) {
        notes.add(Reason::Malformed, Some(Tag::PIXEL_DATA));
    }
    if bytes == count * 8 {
        notes.add(Reason::BadPixelModule, Some(Tag::PIXEL_DATA));
    }
}
