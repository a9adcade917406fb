//! JPEG XL (ISO/IEC 18181).
//!
//! jxl-oxide reads the header on its own beforehand: dicom-pixeldata decodes what it is given whatever its size, and
//! spreads values of fewer than 16 bits over all 16 without a word of how many they were.

use jxl_oxide::JxlImage;

use super::library::{self, Form};
use super::{Codec, Context, Samples};
use crate::frame::FrameFailure;

/// Decodes one image.
pub(crate) fn decode(bytes: Vec<u8>, transfer_syntax: &str, context: Context<'_>) -> Result<Samples, FrameFailure> {
    let bits = bits(&bytes, context)?;
    let form = Form {
        samples: context.channels as u16,
        allocated: 16,
    };
    let mut values = library::decode(bytes, transfer_syntax, context, form)?;
    let most = (1u32 << bits) - 1;
    for value in &mut values {
        *value = ((u32::from(*value) * most + 32_767) / 65_535) as u16;
    }
    Ok(Samples {
        width: context.width,
        height: context.height,
        channels: context.channels,
        planar: false,
        values,
        codec: match context.channels {
            1 => Codec::Patterns,
            _ => Codec::Colour { bits },
        },
    })
}

/// Bits of the values of an image of the header's size.
fn bits(bytes: &[u8], context: Context<'_>) -> Result<u32, FrameFailure> {
    let image = JxlImage::read_with_defaults(bytes).map_err(|_| FrameFailure::Codec)?;
    context.same_size(image.width() as usize, image.height() as usize)?;
    let larger = |at: usize| {
        let header = image.frame(at).map(|frame| frame.header());
        header.is_some_and(|frame| u64::from(frame.width) * u64::from(frame.height) > context.pixels() as u64)
    };
    if (0..image.num_loaded_frames()).any(larger) {
        return Err(FrameFailure::TooLarge);
    }
    let header = image.image_header();
    let channels = if header.metadata.grayscale() { 1 } else { 3 };
    if channels != context.channels {
        return Err(FrameFailure::BadModule);
    }
    match header.metadata.bit_depth.bits_per_sample() {
        bits @ 1..=16 if header.metadata.ec_info.is_empty() => Ok(bits),
        _ => Err(FrameFailure::Unsupported),
    }
}
