//! Native pixel data, and frames that are deflated and otherwise native (PS3.5 section 8.1.1, A.4.12).

use std::io::Read;

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

pub(crate) fn decode(bytes: &[u8], vr: [u8; 2], context: Context<'_>) -> Result<Samples, FrameFailure> {
    let length = usize::try_from(frame_bytes(context)?).map_err(|_| FrameFailure::TooLarge)?;
    let bytes = bytes.get(..length).ok_or(FrameFailure::Truncated)?;
    let swapped = context.syntax == Syntax::ExplicitBig && vr == *b"OW";
    let mut values: Vec<u16> = match context.value_bytes()? {
        1 if swapped => bytes
            .chunks(2)
            .flat_map(|pair| pair.iter().rev())
            .map(|b| u16::from(*b))
            .collect(),
        1 => bytes.iter().map(|b| u16::from(*b)).collect(),
        _ => {
            let words = bytes.chunks_exact(2).filter_map(|w| w.first_chunk::<2>());
            words.map(|w| context.syntax.u16(*w)).collect()
        }
    };
    let mut channels = context.channels;
    if is_subsampled(context) {
        // Luminance, luminance, blue difference, red difference.
        values = values
            .chunks_exact(4)
            .flat_map(|four| four.iter().take(2))
            .copied()
            .collect();
        channels = 1;
    }
    Ok(Samples {
        width: context.width,
        height: context.height,
        channels,
        planar: context.image.planar_configuration == Some(1),
        values,
        codec: Codec::Patterns,
    })
}

pub(crate) fn decode_deflated(bytes: &[u8], context: Context<'_>) -> Result<Samples, FrameFailure> {
    let length = frame_bytes(context)?;
    let mut inflated = Vec::new();
    DeflateDecoder::new(bytes)
        .take(length)
        .read_to_end(&mut inflated)
        .map_err(|_| FrameFailure::Codec)?;
    decode(&inflated, *b"OB", context)
}
