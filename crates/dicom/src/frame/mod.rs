//! Decodes the one frame that stands for an instance, as it would be displayed.
//!
//! Codecs give stored values; which of their bits count, padding, Modality LUT, VOI LUT or window, and inversion are
//! applied here (PS3.4 section N.2), then the image is averaged down. Codecs are other people's code on other people's
//! bytes: [`Decoder`](crate::Decoder) runs this where a panic or an abort hurts nobody.

mod codec;
mod failure;
mod limits;
mod presentation;
mod shrink;
mod source;
mod stored;
mod voi;

use std::io::{Cursor, Read, Seek};
use std::path::Path;

use bodysite_core::{Frame, Issue, Reason};

pub use failure::FrameFailure;
pub use limits::FrameLimits;

use crate::image_module::ImageModule;
use crate::pixel_element::PixelElement;
use crate::scan::{Scanned, open, scan};
use crate::window::{BytesFeed, SeekFeed};
use codec::{Codec, Context, Samples};
use source::Source;

/// Decodes the representative frame of a file: the only one, or the middle one of several, which is where a run or a
/// stack of tomosynthesis shows most.
pub fn read_frame(path: &Path, limits: &FrameLimits) -> Result<(Frame, Vec<Issue>), FrameFailure> {
    let (mut file, size) = open(path).map_err(unread)?;
    let scanned = scan(Box::new(SeekFeed::new(&mut file, size)), Some(size), false).map_err(unread)?;
    frame_of(file, &scanned, limits)
}

/// Decodes the representative frame of an instance in memory.
pub fn frame_of_bytes(bytes: &[u8], limits: &FrameLimits) -> Result<(Frame, Vec<Issue>), FrameFailure> {
    let scanned = scan(Box::new(BytesFeed(bytes)), Some(bytes.len() as u64), false).map_err(unread)?;
    frame_of(Cursor::new(bytes), &scanned, limits)
}

fn unread(outcome: bodysite_core::Outcome) -> FrameFailure {
    FrameFailure::Unread(outcome.reasons.first().copied().unwrap_or(Reason::IoError))
}

fn frame_of(
    reader: impl Read + Seek,
    scanned: &Scanned,
    limits: &FrameLimits,
) -> Result<(Frame, Vec<Issue>), FrameFailure> {
    let samples = one_channel(&scanned.image, samples(reader, scanned, limits)?)?;
    let table = presentation::Table::of(&scanned.image, &samples.0, samples.1);
    let samples = samples.0;
    let size = limits.at_least(samples.width, samples.height);
    let whole = (samples.width, samples.height);
    let values = shrink::shrink(&samples.values, whole, size, |container| table.get(container));
    let frame = Frame::new(size.0, size.1, values).map_err(|_| FrameFailure::Codec)?;
    Ok((frame, table.issues))
}

/// Stored values of the representative frame.
fn samples(reader: impl Read + Seek, scanned: &Scanned, limits: &FrameLimits) -> Result<Samples, FrameFailure> {
    let pixels = scanned.pixels.as_ref().ok_or(FrameFailure::NoPixels)?;
    if !pixels.complete {
        return Err(FrameFailure::Truncated);
    }
    let context = context(scanned, limits)?;
    let mut source = Source::new(reader, scanned, limits);
    let frames = scanned.image.frames();
    let index = (frames - 1) / 2;
    match (pixels.length, scanned.plan.encoding.encapsulated) {
        (Some(length), false) => native(&mut source, pixels, u64::from(length), index, context),
        (None, true) => {
            let bytes = source.encapsulated(pixels, frames, index)?;
            codec::decode(bytes, &scanned.header.transfer_syntax, context)
        }
        _ => Err(FrameFailure::BadModule),
    }
}

fn native<R: Read + Seek>(
    source: &mut Source<'_, R>,
    pixels: &PixelElement,
    length: u64,
    index: u32,
    context: Context<'_>,
) -> Result<Samples, FrameFailure> {
    let frame = codec::native_frame_bytes(context)?;
    let start = frame.checked_mul(u64::from(index)).ok_or(FrameFailure::TooLarge)?;
    let end = start.checked_add(frame).filter(|end| *end <= length);
    let end = end.ok_or(FrameFailure::Truncated)?;
    if frame > context.limits.bytes {
        return Err(FrameFailure::TooLarge);
    }
    let mut unpacker = codec::Unpacker::new(start..end, pixels.vr, context)?;
    let wanted = unpacker.wanted();
    let there = wanted.end.min(length) - wanted.start;
    source.blocks(pixels.offset + wanted.start, there, |block| unpacker.take(block))?;
    Ok(unpacker.samples())
}

fn context<'c>(scanned: &'c Scanned, limits: &'c FrameLimits) -> Result<Context<'c>, FrameFailure> {
    let image = &scanned.image;
    let side = |side: Option<u16>| side.filter(|n| *n > 0).map(usize::from).ok_or(FrameFailure::BadModule);
    let (width, height) = (side(image.columns)?, side(image.rows)?);
    let channels = match image.samples_per_pixel {
        Some(channels @ (1 | 3)) => usize::from(channels),
        _ => return Err(FrameFailure::BadModule),
    };
    if width as u64 * height as u64 > limits.pixels {
        return Err(FrameFailure::TooLarge);
    }
    Ok(Context {
        image,
        limits,
        syntax: scanned.plan.encoding.syntax,
        width,
        height,
        channels,
        may_reduce: image.pixel_padding.is_none() && image.photometric_interpretation != "PALETTE COLOR",
    })
}

/// Luminance of colour; says whether it was colour.
fn one_channel(image: &ImageModule, samples: Samples) -> Result<(Samples, bool), FrameFailure> {
    if samples.channels == 1 {
        let was_colour = image.samples_per_pixel == Some(3);
        return Ok((samples, was_colour));
    }
    let pixels = samples.width * samples.height;
    if samples.values.len() != pixels * 3 {
        return Err(FrameFailure::Codec);
    }
    let (pixel_step, channel_step) = if samples.planar { (1, pixels) } else { (3, 1) };
    let channel = |n: usize| {
        samples
            .values
            .iter()
            .skip(n * channel_step)
            .step_by(pixel_step)
            .take(pixels)
    };
    let luminance_first = samples.codec == Codec::Patterns && image.photometric_interpretation.starts_with("YBR");
    let values = match luminance_first {
        true => channel(0).copied().collect(),
        false => channel(0)
            .zip(channel(1))
            .zip(channel(2))
            .map(|((r, g), b)| luminance(*r, *g, *b))
            .collect(),
    };
    let grey = Samples {
        channels: 1,
        values,
        ..samples
    };
    Ok((grey, true))
}

/// ITU-R BT.601.
fn luminance(red: u16, green: u16, blue: u16) -> u16 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    u16::try_from((sum + 500) / 1000).unwrap_or(u16::MAX)
}
