//! JPEG (ITU-T T.81): baseline and extended of 8 bits, lossless of up to 16; of 12 bits in `jpeg_12`.

use super::library::{self, Form};
use super::{Codec, Context, Reader, Samples};
use crate::frame::FrameFailure;

/// Decodes one image.
pub(crate) fn decode(bytes: Vec<u8>, transfer_syntax: &str, context: Context<'_>) -> Result<Samples, FrameFailure> {
    let frame = start_of_frame(&bytes).ok_or(FrameFailure::Codec)?;
    context.same_size(frame.width, frame.height)?;
    let (samples, allocated) = match (frame.lossless, frame.precision, frame.components) {
        (false, 12, _) => return super::jpeg_12::decode(&bytes, context),
        (_, 8, components @ (1 | 3)) => (components, 8),
        // Whatever is not of eight bits comes out as words.
        (true, 2..=16, 1) => (1, 16),
        _ => return Err(FrameFailure::Unsupported),
    };
    let form = Form { samples, allocated };
    Ok(Samples {
        width: context.width,
        height: context.height,
        channels: usize::from(samples),
        planar: false,
        values: library::decode(bytes, transfer_syntax, context, form)?,
        codec: match samples {
            1 => Codec::Patterns,
            _ => Codec::Colour { bits: 8 },
        },
    })
}

struct Start {
    precision: u8,
    width: usize,
    height: usize,
    components: u16,
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
                let &[precision, h0, h1, w0, w1, components] = reader.segment()?.first_chunk::<6>()?;
                return Some(Start {
                    precision,
                    width: usize::from(u16::from_be_bytes([w0, w1])),
                    height: usize::from(u16::from_be_bytes([h0, h1])),
                    components: u16::from(components),
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
