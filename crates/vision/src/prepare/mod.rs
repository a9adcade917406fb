//! Preparation 1: from a frame of any size and brightness to the square that the network sees.
//!
//! Intensity by percentiles ([`levels`]), removal of flat borders such as collimation ([`border`]), padding to a
//! square and an antialiased triangle filter ([`resize`]). The training recipe under `models/` does the same, step
//! by step; `parity.json` proves it.

mod border;
mod levels;
mod resize;

use bodysite_core::Frame;

use border::Crop;
use levels::Levels;

/// The number of this preparation, as `model.toml` states it.
pub const PREPARATION: u32 = 1;

/// Frames with a shorter side are not looked at.
pub const SMALLEST_SIDE: usize = 32;

const MEAN: f32 = 0.45;
const DEVIATION: f32 = 0.25;

/// Why a frame can't be shown to the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsuitable {
    /// A side is shorter than [`SMALLEST_SIDE`].
    #[error("too small")]
    TooSmall,
    /// Hardly any difference between its brightest and darkest parts.
    #[error("constant")]
    Constant,
}

impl Unsuitable {
    /// The reason as a stable word.
    pub fn word(self) -> &'static str {
        match self {
            Unsuitable::TooSmall => "too_small",
            Unsuitable::Constant => "constant",
        }
    }
}

/// A square as the network takes it, and where in the frame it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// Length of a side.
    pub size: usize,
    /// `size * size` values, row by row.
    pub values: Vec<f32>,
    /// The part of the frame that was kept.
    pub(crate) crop: Crop,
}

impl Prepared {
    /// Left edge, top edge and side length, in pixels of the frame, of the square that became the input.
    /// The edges are negative where the square was padded.
    pub fn square(&self) -> (isize, isize, usize) {
        let side = self.crop.width().max(self.crop.height());
        let start = |at: usize, length: usize| at as isize - ((side - length) / 2) as isize;
        (
            start(self.crop.left, self.crop.width()),
            start(self.crop.top, self.crop.height()),
            side,
        )
    }

    /// The values as brightness between 0 and 1, before standardisation.
    pub(crate) fn brightness(&self) -> impl Iterator<Item = f32> + '_ {
        self.values.iter().map(|v| v * DEVIATION + MEAN)
    }
}

/// Prepares a frame for a network of that input size.
pub fn prepare(frame: &Frame, size: usize) -> Result<Prepared, Unsuitable> {
    if frame.width().min(frame.height()) < SMALLEST_SIDE {
        return Err(Unsuitable::TooSmall);
    }
    let levels = Levels::of(frame.values()).ok_or(Unsuitable::Constant)?;
    let crop = Crop::without_border(frame, levels);
    let mut values = resize::square(frame, levels, crop, size);
    for value in &mut values {
        *value = (*value - MEAN) / DEVIATION;
    }
    Ok(Prepared { size, values, crop })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: usize, height: usize) -> Frame {
        let values = (0..width * height).map(|i| ((i * 7919) % 65536) as u16).collect();
        Frame::new(width, height, values).unwrap()
    }

    #[test]
    fn a_small_frame_and_a_constant_one_are_unsuitable() {
        assert_eq!(prepare(&ramp(31, 400), 64), Err(Unsuitable::TooSmall));
        let grey = Frame::new(64, 64, vec![30_000; 64 * 64]).unwrap();
        assert_eq!(prepare(&grey, 64), Err(Unsuitable::Constant));
    }

    #[test]
    fn one_bright_pixel_does_not_make_a_frame_suitable() {
        let mut values = vec![30_000; 64 * 64];
        values[77] = 65_535;
        assert_eq!(
            prepare(&Frame::new(64, 64, values).unwrap(), 64),
            Err(Unsuitable::Constant)
        );
    }

    #[test]
    fn padding_is_black_and_centred() {
        let prepared = prepare(&ramp(128, 64), 64).unwrap();
        let black = (0.0 - MEAN) / DEVIATION;
        assert!(prepared.values[..15 * 64].iter().all(|v| *v == black));
        assert!(prepared.values[17 * 64..47 * 64].iter().all(|v| *v > black));
        assert!(prepared.values[49 * 64..].iter().all(|v| *v == black));
        assert_eq!(prepared.square(), (0, -32, 128));
    }

    #[test]
    fn brightness_and_contrast_of_the_frame_do_not_matter() {
        let bright = ramp(100, 90);
        let dim = bright.values().iter().map(|v| v / 8 + 20_000).collect();
        let dim = Frame::new(100, 90, dim).unwrap();
        let (a, b) = (prepare(&bright, 64).unwrap(), prepare(&dim, 64).unwrap());
        let worst = a.values.iter().zip(&b.values).map(|(a, b)| (a - b).abs());
        assert!(worst.fold(0.0, f32::max) < 0.01);
    }
}
