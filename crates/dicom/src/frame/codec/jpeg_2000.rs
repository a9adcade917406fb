//! JPEG 2000 and High-Throughput JPEG 2000 (ITU-T T.800, T.814), at a lower resolution where less will do.

use jpeg2k::{DecodeParameters, Image};

use super::{Codec, Context, Reader, Samples};
use crate::frame::FrameFailure;

/// Decodes one image, in a JP2 file or as the bare codestream that PS3.5 asks for.
pub(crate) fn decode(bytes: &[u8], context: Context<'_>) -> Result<Samples, FrameFailure> {
    let header = main_header(codestream(bytes)).ok_or(FrameFailure::Codec)?;
    context.same_size(header.width, header.height)?;
    let reduce = match context.may_reduce {
        true => context
            .limits
            .halvings(context.width, context.height)
            .min(header.levels),
        false => 0,
    };
    let parameters = DecodeParameters::new().reduce(reduce);
    let image = Image::from_bytes_with(bytes, parameters).map_err(|_| FrameFailure::Codec)?;
    samples(&image, context)
}

fn samples(image: &Image, context: Context<'_>) -> Result<Samples, FrameFailure> {
    let components = image.components();
    let (Some(first), true) = (components.first(), components.len() >= context.channels) else {
        return Err(FrameFailure::BadModule);
    };
    let (width, height) = (first.width() as usize, first.height() as usize);
    let mut values = Vec::with_capacity(width * height * context.channels);
    for component in components.iter().take(context.channels) {
        if (component.width(), component.height()) != (first.width(), first.height()) {
            return Err(FrameFailure::Unsupported);
        }
        // Two's complement in 16 bits; more do not occur in radiographs.
        values.extend(component.data().iter().map(|v| (*v & 0xFFFF) as u16));
    }
    let bits = first.precision();
    if !(1..=16).contains(&bits) || values.is_empty() {
        return Err(FrameFailure::Unsupported);
    }
    let signed = first.is_signed();
    Ok(Samples {
        width,
        height,
        channels: context.channels,
        planar: true,
        values,
        codec: match context.channels {
            1 => Codec::Numbers { bits, signed },
            _ if context.image.photometric_interpretation == "YBR_FULL" => Codec::Patterns,
            _ => Codec::Colour { bits },
        },
    })
}

/// Passes over the boxes of a JP2 file.
fn codestream(bytes: &[u8]) -> &[u8] {
    if bytes.starts_with(&[0xFF, 0x4F]) {
        return bytes;
    }
    let start = bytes.windows(4).position(|w| w == [0xFF, 0x4F, 0xFF, 0x51]);
    start.and_then(|at| bytes.get(at..)).unwrap_or_default()
}

struct MainHeader {
    width: usize,
    height: usize,
    /// Wavelet decompositions, and so how often the size can be halved.
    levels: u32,
}

/// The SIZ and COD segments (T.800 A.5.1, A.6.1).
fn main_header(bytes: &[u8]) -> Option<MainHeader> {
    let mut reader = Reader::new(bytes);
    let mut size = None;
    loop {
        match reader.marker()? {
            0x4F => {}
            0x51 => size = Some(image_size(reader.segment()?)?),
            0x52 => {
                let levels = u32::from(*reader.segment()?.get(5)?);
                let (width, height) = size?;
                return Some(MainHeader { width, height, levels });
            }
            0x90 | 0xD9 => return None,
            _ => {
                reader.segment()?;
            }
        }
    }
}

fn image_size(segment: &[u8]) -> Option<(usize, usize)> {
    let word = |at: usize| {
        segment
            .get(at..at + 4)?
            .first_chunk::<4>()
            .map(|w| u32::from_be_bytes(*w))
    };
    let side = |end, start| word(end)?.checked_sub(word(start)?).map(|side| side as usize);
    Some((side(2, 10)?, side(6, 14)?))
}
