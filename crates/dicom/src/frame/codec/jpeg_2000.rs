//! JPEG 2000 and High-Throughput JPEG 2000 (ITU-T T.800, T.814).
//!
//! dicom-pixeldata decodes the full size only. Where a half or less of that will do, jpeg2k (the crate it builds on) is
//! asked for no more: halving the size leaves out three quarters of the entropy decoding, which is nearly all of the
//! time. Measured on lossless images of 9 megapixels: a fifth of the time, where the whole takes seconds.

use jpeg2k::{DecodeParameters, Image};

use super::library::{self, Form};
use super::{Codec, Context, Reader, Samples};
use crate::frame::FrameFailure;

/// Decodes one image, in a JP2 file or as the bare codestream that PS3.5 asks for.
pub(crate) fn decode(bytes: Vec<u8>, transfer_syntax: &str, context: Context<'_>) -> Result<Samples, FrameFailure> {
    let bytes = codestream(bytes).ok_or(FrameFailure::Codec)?;
    let header = main_header(&bytes).ok_or(FrameFailure::Codec)?;
    context.same_size(header.width, header.height)?;
    if usize::from(header.components) < context.channels {
        return Err(FrameFailure::BadModule);
    }
    if header.subsampled || !(1..=16).contains(&header.bits) {
        return Err(FrameFailure::Unsupported);
    }
    let reduce = match context.may_reduce {
        true => context
            .limits
            .halvings(context.width, context.height)
            .min(header.levels),
        false => 0,
    };
    let (width, height, planar, values) = match reduce {
        0 => {
            let values = whole(bytes, transfer_syntax, context, &header)?;
            (context.width, context.height, false, values)
        }
        _ => {
            let (width, height, values) = reduced(&bytes, reduce, context)?;
            (width, height, true, values)
        }
    };
    Ok(Samples {
        width,
        height,
        channels: context.channels,
        planar,
        values,
        codec: header.codec(context),
    })
}

/// Pixel after pixel, of the channels that the header has.
fn whole(
    bytes: Vec<u8>,
    transfer_syntax: &str,
    context: Context<'_>,
    header: &MainHeader,
) -> Result<Vec<u16>, FrameFailure> {
    let form = Form {
        samples: header.components,
        allocated: 16,
    };
    let values = library::decode(bytes, transfer_syntax, context, form)?;
    let components = usize::from(header.components);
    if components == context.channels {
        return Ok(values);
    }
    let pixels = values.chunks_exact(components);
    Ok(pixels
        .flat_map(|pixel| pixel.iter().take(context.channels))
        .copied()
        .collect())
}

/// Channel after channel, of a size halved so often.
fn reduced(bytes: &[u8], halvings: u32, context: Context<'_>) -> Result<(usize, usize, Vec<u16>), FrameFailure> {
    let parameters = DecodeParameters::new().reduce(halvings);
    let image = Image::from_bytes_with(bytes, parameters).map_err(|_| FrameFailure::Codec)?;
    let components = image.components();
    let first = components.first().ok_or(FrameFailure::Codec)?;
    let (width, height) = (first.width() as usize, first.height() as usize);
    let values = components.iter().take(context.channels).flat_map(|one| one.data());
    // Two's complement in 16 bits.
    let values: Vec<u16> = values.map(|v| (*v & 0xFFFF) as u16).collect();
    match !values.is_empty() && values.len() == width * height * context.channels {
        true => Ok((width, height, values)),
        false => Err(FrameFailure::Codec),
    }
}

/// Passes over the boxes of a JP2 file, whose palette and colours are not the instance's.
fn codestream(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let start = bytes.windows(4).position(|w| w == [0xFF, 0x4F, 0xFF, 0x51])?;
    bytes.drain(..start);
    Some(bytes)
}

struct MainHeader {
    width: usize,
    height: usize,
    components: u16,
    /// Of the first component, which the others are like in DICOM.
    bits: u32,
    signed: bool,
    /// A component has fewer samples than the image has pixels.
    subsampled: bool,
    /// Wavelet decompositions, and so how often the size can be halved.
    levels: u32,
}

impl MainHeader {
    fn codec(&self, context: Context<'_>) -> Codec {
        match context.channels {
            1 => Codec::Numbers {
                bits: self.bits,
                signed: self.signed,
            },
            _ if context.image.photometric_interpretation == "YBR_FULL" => Codec::Patterns,
            _ => Codec::Colour { bits: self.bits },
        }
    }
}

/// The SIZ and COD segments (T.800 A.5.1, A.6.1).
fn main_header(bytes: &[u8]) -> Option<MainHeader> {
    let mut reader = Reader::new(bytes);
    let mut header = None;
    loop {
        match reader.marker()? {
            0x4F => {}
            0x51 => header = Some(image_size(reader.segment()?)?),
            0x52 => {
                let levels = u32::from(*reader.segment()?.get(5)?);
                return header.map(|header| MainHeader { levels, ..header });
            }
            0x90 | 0xD9 => return None,
            _ => {
                reader.segment()?;
            }
        }
    }
}

fn image_size(segment: &[u8]) -> Option<MainHeader> {
    let word = |at: usize| {
        segment
            .get(at..at + 4)?
            .first_chunk::<4>()
            .map(|w| u32::from_be_bytes(*w))
    };
    let side = |end, start| word(end)?.checked_sub(word(start)?).map(|side| side as usize);
    let (count, components) = segment.get(34..)?.split_first_chunk::<2>()?;
    let precision = *components.first()?;
    Some(MainHeader {
        width: side(2, 10)?,
        height: side(6, 14)?,
        components: u16::from_be_bytes(*count),
        bits: u32::from(precision & 0x7F) + 1,
        signed: precision & 0x80 != 0,
        subsampled: !components.chunks(3).all(|one| matches!(one, [_, 1, 1])),
        levels: 0,
    })
}
