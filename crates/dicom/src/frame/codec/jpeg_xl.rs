//! JPEG XL (ISO/IEC 18181).

use jxl_oxide::{AllocTracker, JxlImage, JxlThreadPool};

use super::{Codec, Context, Samples};
use crate::frame::FrameFailure;

/// Bytes that the codec may use for each pixel.
const BYTES_PER_PIXEL: usize = 64;

/// Decodes one image.
pub(crate) fn decode(bytes: &[u8], context: Context<'_>) -> Result<Samples, FrameFailure> {
    let most = context.pixels().saturating_mul(BYTES_PER_PIXEL).saturating_add(1 << 20);
    let image = JxlImage::builder()
        .pool(JxlThreadPool::none())
        .alloc_tracker(AllocTracker::with_limit(most))
        .read(bytes)
        .map_err(|_| FrameFailure::Codec)?;
    context.same_size(image.width() as usize, image.height() as usize)?;
    let bits = image.image_header().metadata.bit_depth.bits_per_sample();
    if !(1..=16).contains(&bits) {
        return Err(FrameFailure::Unsupported);
    }
    let render = image.render_frame(0).map_err(|_| FrameFailure::Codec)?;
    let mut stream = render.stream_no_alpha();
    let channels = stream.channels() as usize;
    if channels != context.channels || !matches!(channels, 1 | 3) {
        return Err(FrameFailure::BadModule);
    }
    let (width, height) = (stream.width() as usize, stream.height() as usize);
    let mut values = vec![0f32; width * height * channels];
    stream.write_to_buffer(&mut values);
    let most = ((1u32 << bits) - 1) as f32;
    Ok(Samples {
        width,
        height,
        channels,
        planar: false,
        values: values
            .iter()
            .map(|v| (v * most).round().clamp(0.0, most) as u16)
            .collect(),
        codec: match channels {
            1 => Codec::Patterns,
            _ => Codec::Colour { bits },
        },
    })
}
