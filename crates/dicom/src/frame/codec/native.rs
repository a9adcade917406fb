//! Native pixel data, and frames that are deflated and otherwise native (PS3.5 section 8.1.1, A.4.12).

use std::io::Read;
use std::ops::Range;

use flate2::read::DeflateDecoder;

use super::{Codec, Context, Samples};
use crate::element::Syntax;
use crate::frame::FrameFailure;

/// Bytes of one frame.
pub(crate) fn frame_bytes(context: Context<'_>) -> Result<u64, FrameFailure> {
    let values = context.pixels() as u64 * context.value_bytes()? as u64;
    Ok(match is_subsampled(context) {
        true => values * 2,
        false => values * context.channels as u64,
    })
}

/// Two pixels share a pair of colour differences.
fn is_subsampled(context: Context<'_>) -> bool {
    let interpretation = context.image.photometric_interpretation.as_str();
    context.channels == 3 && matches!(interpretation, "YBR_FULL_422" | "YBR_PARTIAL_422")
}

/// Takes the bytes of one frame, block after block, and gives its values.
pub(crate) struct Unpacker<'c> {
    context: Context<'c>,
    bytes: usize,
    /// Bytes lie in big-endian words.
    swapped: bool,
    frame: Range<u64>,
    values: Vec<u16>,
}

impl<'c> Unpacker<'c> {
    /// The bytes of the frame, counted from the beginning of the element, are known to exist.
    pub fn new(frame: Range<u64>, vr: [u8; 2], context: Context<'c>) -> Result<Self, FrameFailure> {
        let bytes = context.value_bytes()?;
        let length = usize::try_from(frame.end - frame.start).map_err(|_| FrameFailure::TooLarge)?;
        Ok(Unpacker {
            context,
            bytes,
            swapped: context.syntax == Syntax::ExplicitBig && vr == *b"OW",
            frame,
            values: Vec::with_capacity(length / bytes + 2),
        })
    }

    /// The bytes that `take` wants: whole words where bytes change places inside them.
    pub fn wanted(&self) -> Range<u64> {
        match self.swapped {
            true => self.frame.start & !1..self.frame.end.next_multiple_of(2),
            false => self.frame.clone(),
        }
    }

    /// The next bytes, of an even number but at the end.
    pub fn take(&mut self, block: &[u8]) {
        let (words, _) = block.as_chunks::<2>();
        match (self.bytes, self.swapped) {
            (1, true) => self
                .values
                .extend(words.iter().flat_map(|[a, b]| [u16::from(*b), u16::from(*a)])),
            (1, false) => self.values.extend(block.iter().map(|byte| u16::from(*byte))),
            _ if self.context.syntax == Syntax::ExplicitBig => {
                self.values.extend(words.iter().map(|word| u16::from_be_bytes(*word)));
            }
            _ => self.values.extend(words.iter().map(|word| u16::from_le_bytes(*word))),
        }
    }

    pub fn samples(mut self) -> Samples {
        let context = self.context;
        if self.bytes == 1 {
            self.values.drain(..(self.frame.start - self.wanted().start) as usize);
            self.values.truncate((self.frame.end - self.frame.start) as usize);
        }
        let mut channels = context.channels;
        if is_subsampled(context) {
            // Luminance, luminance, blue difference, red difference.
            let (fours, _) = self.values.as_chunks::<4>();
            self.values = fours.iter().flat_map(|[first, second, ..]| [*first, *second]).collect();
            channels = 1;
        }
        Samples {
            width: context.width,
            height: context.height,
            channels,
            planar: context.image.planar_configuration == Some(1),
            values: self.values,
            codec: Codec::Patterns,
        }
    }
}

/// Decodes a frame that is in memory.
pub(crate) fn decode(bytes: &[u8], context: Context<'_>) -> Result<Samples, FrameFailure> {
    let length = frame_bytes(context)?;
    let whole = usize::try_from(length).ok().and_then(|length| bytes.get(..length));
    let mut unpacker = Unpacker::new(0..length, *b"OB", context)?;
    unpacker.take(whole.ok_or(FrameFailure::Truncated)?);
    Ok(unpacker.samples())
}

pub(crate) fn decode_deflated(bytes: &[u8], context: Context<'_>) -> Result<Samples, FrameFailure> {
    let length = frame_bytes(context)?;
    let mut inflated = Vec::new();
    DeflateDecoder::new(bytes)
        .take(length)
        .read_to_end(&mut inflated)
        .map_err(|_| FrameFailure::Codec)?;
    decode(&inflated, context)
}
