//! JPEG (ITU-T T.81): baseline and extended of 8 bits, lossless of up to 16; of 12 bits in `jpeg_12`.

use jpeg_decoder::{Decoder, PixelFormat};

use super::{Codec, Context, Reader, Samples};
use crate::frame::FrameFailure;

/// Decodes one image; baseline at a fraction of its size where less will do.
pub(crate) fn decode(bytes: &[u8], context: Context<'_>) -> Result<Samples, FrameFailure> {
    let frame = start_of_frame(bytes).ok_or(FrameFailure::Codec)?;
    context.same_size(frame.width, frame.height)?;
    if frame.precision > 8 && !frame.lossless {
        return match frame.precision {
            12 => super::jpeg_12::decode(bytes, context),
            _ => Err(FrameFailure::Unsupported),
        };
    }
    let mut decoder = Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(context.pixels().saturating_mul(8));
    decoder.read_info().map_err(|_| FrameFailure::Codec)?;
    if !frame.lossless && context.may_reduce {
        let (width, height) = context.limits.at_least(context.width, context.height);
        let sides = u16::try_from(width).ok().zip(u16::try_from(height).ok());
        let (width, height) = sides.ok_or(FrameFailure::TooLarge)?;
        decoder.scale(width, height).map_err(|_| FrameFailure::Codec)?;
    }
    let data = decoder.decode().map_err(|_| FrameFailure::Codec)?;
    let info = decoder.info().ok_or(FrameFailure::Codec)?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    let samples = |channels, values, codec| Samples {
        width,
        height,
        channels,
        planar: false,
        values,
        codec,
    };
    Ok(match info.pixel_format {
        PixelFormat::L8 => samples(1, data.iter().map(|v| u16::from(*v)).collect(), Codec::Patterns),
        PixelFormat::L16 => samples(1, words(&data), Codec::Patterns),
        PixelFormat::RGB24 => samples(
            3,
            data.iter().map(|v| u16::from(*v)).collect(),
            Codec::Colour { bits: 8 },
        ),
        PixelFormat::CMYK32 => return Err(FrameFailure::Unsupported),
    })
}

fn words(data: &[u8]) -> Vec<u16> {
    let words = data.chunks_exact(2).filter_map(|w| w.first_chunk::<2>());
    words.map(|w| u16::from_ne_bytes(*w)).collect()
}

struct Start {
    precision: u8,
    width: usize,
    height: usize,
    lossless: bool,
}

/// Finds the frame header without decoding anything.
fn start_of_frame(bytes: &[u8]) -> Option<Start> {
    let mut reader = Reader::new(bytes);
    loop {
        match reader.marker()? {
            0xD8 => {}
            // C4, C8 and CC are tables and a reserved code.
            code @ (0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF) => {
                let &[precision, h0, h1, w0, w1] = reader.segment()?.first_chunk::<5>()?;
                return Some(Start {
                    precision,
                    width: usize::from(u16::from_be_bytes([w0, w1])),
                    height: usize::from(u16::from_be_bytes([h0, h1])),
                    lossless: code == 0xC3,
                });
            }
            0xDA | 0xD9 => return None,
            _ => {
                reader.segment()?;
            }
        }
    }
}
