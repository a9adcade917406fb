//! Finds and reads the bytes of the frame that stands for an instance.

use std::io::{self, Read, Seek, SeekFrom};

use flate2::read::DeflateDecoder;

use super::{FrameFailure, FrameLimits};
use crate::pixel_element::PixelElement;
use crate::scan::Scanned;

/// The bytes of an instance, with its data set at offsets even where it is deflated.
pub(crate) struct Source<'s, R> {
    reader: R,
    scanned: &'s Scanned,
    limits: &'s FrameLimits,
}

impl<'s, R: Read + Seek> Source<'s, R> {
    pub fn new(reader: R, scanned: &'s Scanned, limits: &'s FrameLimits) -> Self {
        Source {
            reader,
            scanned,
            limits,
        }
    }

    /// Bytes of the data set, all of which must exist.
    pub fn read(&mut self, at: u64, length: u64) -> Result<Vec<u8>, FrameFailure> {
        let mut bytes = Vec::new();
        self.blocks(at, length, |block| bytes.extend_from_slice(block))?;
        Ok(bytes)
    }

    /// Hands on bytes of the data set, all of which must exist, in blocks of an even number of bytes.
    pub fn blocks(&mut self, at: u64, length: u64, take: impl FnMut(&[u8])) -> Result<(), FrameFailure> {
        if length > self.limits.bytes {
            return Err(FrameFailure::TooLarge);
        }
        let plan = &self.scanned.plan;
        let passed = match plan.encoding.deflated {
            true => self.seek(plan.meta.end).and_then(|()| {
                let mut inflated = DeflateDecoder::new(io::BufReader::new(&mut self.reader));
                io::copy(&mut inflated.by_ref().take(at), &mut io::sink())?;
                pass(inflated, length, take)
            }),
            false => self.seek(at).and_then(|()| pass(&mut self.reader, length, take)),
        };
        match passed {
            Ok(passed) if passed == length => Ok(()),
            Ok(_) => Err(FrameFailure::Truncated),
            Err(_) => Err(FrameFailure::Read),
        }
    }

    fn seek(&mut self, at: u64) -> io::Result<()> {
        self.reader.seek(SeekFrom::Start(at)).map(|_| ())
    }

    /// The compressed bytes of one frame.
    pub fn encapsulated(&mut self, pixels: &PixelElement, frames: u32, index: u32) -> Result<Vec<u8>, FrameFailure> {
        let fragments = self.fragments_of(pixels, frames, index)?;
        let total: u64 = fragments.iter().map(|(_, length)| u64::from(*length)).sum();
        if total > self.limits.bytes {
            return Err(FrameFailure::TooLarge);
        }
        let mut bytes = Vec::new();
        for (at, length) in fragments {
            bytes.append(&mut self.read(at, u64::from(length))?);
        }
        Ok(bytes)
    }

    fn fragments_of(
        &mut self,
        pixels: &PixelElement,
        frames: u32,
        index: u32,
    ) -> Result<Vec<(u64, u32)>, FrameFailure> {
        let all = &pixels.fragments;
        let (count, at) = (frames as usize, index as usize);
        let starts = if count == 1 {
            return Ok(all.clone());
        } else if all.len() == count {
            return all.get(at).map(|one| vec![*one]).ok_or(FrameFailure::Frames);
        } else if pixels.offsets.len() == count {
            offset_starts(pixels)
        } else {
            self.marked_starts(pixels)?
        };
        if starts.len() != count {
            return Err(FrameFailure::Frames);
        }
        let first = starts.get(at).copied().ok_or(FrameFailure::Frames)?;
        let end = starts.get(at + 1).copied().unwrap_or(all.len());
        all.get(first..end).map(<[_]>::to_vec).ok_or(FrameFailure::Frames)
    }

    /// Fragments that begin with the start of an image, as every frame of the JPEG family does.
    fn marked_starts(&mut self, pixels: &PixelElement) -> Result<Vec<usize>, FrameFailure> {
        let mut starts = Vec::new();
        for (number, (at, length)) in pixels.fragments.iter().enumerate() {
            let begins = *length >= 2 && matches!(self.read(*at, 2)?.as_slice(), [0xFF, 0xD8 | 0x4F]);
            if begins {
                starts.push(number);
            }
        }
        Ok(starts)
    }
}

/// Large enough to be read quickly, small enough to stay near the processor.
const BLOCK: u64 = 64 * 1024;

/// Hands on `length` bytes, or those that there are, and says how many; every block but the last is whole.
fn pass(reader: impl Read, length: u64, mut take: impl FnMut(&[u8])) -> io::Result<u64> {
    let mut reader = reader.take(length);
    let mut block = Vec::with_capacity(BLOCK.min(length) as usize);
    let mut passed = 0;
    loop {
        block.clear();
        reader.by_ref().take(BLOCK).read_to_end(&mut block)?;
        if block.is_empty() {
            return Ok(passed);
        }
        take(&block);
        passed += block.len() as u64;
    }
}

/// The fragments that the Basic Offset Table points to, which counts from the first fragment's item.
fn offset_starts(pixels: &PixelElement) -> Vec<usize> {
    let base = pixels.fragments.first().map_or(0, |(at, _)| *at);
    let wanted = |offset: &u32| {
        let place = base + u64::from(*offset);
        pixels.fragments.binary_search_by_key(&place, |(at, _)| *at).ok()
    };
    pixels.offsets.iter().filter_map(wanted).collect()
}
