//! RLE Lossless (PS3.5 Annex G): up to 15 segments, each one byte of every value of a channel.

use super::{Codec, Context, Samples};
use crate::frame::FrameFailure;

pub(crate) fn decode(bytes: &[u8], context: Context<'_>) -> Result<Samples, FrameFailure> {
    let value_bytes = context.value_bytes()?;
    let segments = segments(bytes).ok_or(FrameFailure::Codec)?;
    if segments.len() != value_bytes * context.channels {
        return Err(FrameFailure::Codec);
    }
    let pixels = context.pixels();
    let mut values = vec![0u16; pixels * context.channels];
    for (plane, parts) in values.chunks_exact_mut(pixels).zip(segments.chunks_exact(value_bytes)) {
        // The most significant byte comes first.
        for segment in parts {
            let unpacked = unpack(segment, pixels)?;
            for (value, byte) in plane.iter_mut().zip(unpacked) {
                *value = *value << 8 | u16::from(byte);
            }
        }
    }
    Ok(Samples {
        width: context.width,
        height: context.height,
        channels: context.channels,
        planar: true,
        values,
        codec: Codec::Patterns,
    })
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

/// PackBits, to exactly `length` bytes.
fn unpack(mut segment: &[u8], length: usize) -> Result<Vec<u8>, FrameFailure> {
    let mut out = Vec::with_capacity(length);
    while out.len() < length {
        let (&control, rest) = segment.split_first().ok_or(FrameFailure::Truncated)?;
        let room = length - out.len();
        segment = match control {
            0..=127 => {
                let literal = rest.get(..usize::from(control) + 1).ok_or(FrameFailure::Truncated)?;
                out.extend(literal.iter().take(room));
                rest.get(literal.len()..).unwrap_or_default()
            }
            128 => rest,
            129..=255 => {
                let (&byte, rest) = rest.split_first().ok_or(FrameFailure::Truncated)?;
                out.extend(std::iter::repeat_n(byte, (257 - usize::from(control)).min(room)));
                rest
            }
        };
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_literals_unpack_to_the_length_asked() {
        assert_eq!(unpack(&[2, 1, 2, 3, 0xFE, 9, 128], 6).unwrap(), [1, 2, 3, 9, 9, 9]);
        assert_eq!(unpack(&[0x81, 7], 5).unwrap(), [7; 5]);
        assert_eq!(unpack(&[5, 1, 2], 6), Err(FrameFailure::Truncated));
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
