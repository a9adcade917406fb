//! RLE Lossless (PS3.5 Annex G): up to 15 segments, each one byte of every value of a channel.
//!
//! dicom-pixeldata unpacks them. It allocates for as many segments as the frame says there are and for whatever the
//! runs add up to, and panics where they are too few, so that the frame is measured here first.

use super::library::{self, Form};
use super::{Codec, Context, Samples};
use crate::frame::FrameFailure;

pub(crate) fn decode(bytes: &[u8], transfer_syntax: &str, context: Context<'_>) -> Result<Samples, FrameFailure> {
    let form = Form {
        samples: context.channels as u16,
        allocated: 8 * context.value_bytes()? as u16,
    };
    let frame = measured(bytes, context)?;
    Ok(Samples {
        width: context.width,
        height: context.height,
        channels: context.channels,
        planar: false,
        values: library::decode(frame, transfer_syntax, context, form)?,
        codec: Codec::Patterns,
    })
}

/// The same frame, with what follows the last value of a segment left out.
fn measured(bytes: &[u8], context: Context<'_>) -> Result<Vec<u8>, FrameFailure> {
    let segments = segments(bytes).ok_or(FrameFailure::Codec)?;
    if segments.len() != context.value_bytes()? * context.channels {
        return Err(FrameFailure::Codec);
    }
    let mut header = [0u32; 16];
    let mut packed = Vec::with_capacity(bytes.len());
    for (segment, offset) in segments.iter().zip(header.iter_mut().skip(1)) {
        *offset = u32::try_from(64 + packed.len()).map_err(|_| FrameFailure::TooLarge)?;
        let length = packed_length(segment, context.pixels()).ok_or(FrameFailure::Truncated)?;
        packed.extend(segment.iter().take(length));
    }
    header[0] = segments.len() as u32;
    let mut frame: Vec<u8> = header.iter().flat_map(|word| word.to_le_bytes()).collect();
    frame.append(&mut packed);
    Ok(frame)
}

/// The segments that the header of 64 bytes points to.
fn segments(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let header = bytes.get(..64)?;
    let mut words = header
        .chunks_exact(4)
        .filter_map(|w| w.first_chunk::<4>())
        .map(|w| u32::from_le_bytes(*w));
    let count = usize::try_from(words.next()?)
        .ok()
        .filter(|count| (1..=15).contains(count))?;
    let mut ends: Vec<usize> = words.take(count).filter_map(|w| usize::try_from(w).ok()).collect();
    ends.push(bytes.len());
    ends.windows(2)
        .map(|pair| match *pair {
            [start, end] if start >= 64 => bytes.get(start..end),
            _ => None,
        })
        .collect()
}

/// How many bytes of PackBits give at least so many unpacked.
fn packed_length(segment: &[u8], unpacked: usize) -> Option<usize> {
    let (mut at, mut given) = (0, 0);
    while given < unpacked {
        let control = usize::from(*segment.get(at)?);
        let (run, bytes) = match control {
            0..=127 => (control + 1, control + 1),
            128 => (0, 0),
            _ => (257 - control, 1),
        };
        given += run;
        at += 1 + bytes;
    }
    (at <= segment.len()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_literals_are_measured_to_the_length_asked() {
        assert_eq!(packed_length(&[2, 1, 2, 3, 0xFE, 9, 128, 0], 6), Some(6));
        assert_eq!(packed_length(&[0x81, 7, 7, 7], 5), Some(2));
        assert_eq!(packed_length(&[5, 1, 2], 6), None);
        assert_eq!(packed_length(&[128, 128], 1), None);
    }

    #[test]
    fn segments_must_be_inside_and_in_order() {
        let frame = |words: &[u32]| {
            let mut bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
            bytes.resize(70, 0);
            bytes
        };
        assert_eq!(segments(&frame(&[2, 64, 66])).unwrap().len(), 2);
        for broken in [&[0, 64][..], &[16, 64], &[2, 66, 64], &[2, 64, 99], &[1, 0]] {
            assert!(segments(&frame(broken)).is_none(), "{broken:?}");
        }
    }
}
