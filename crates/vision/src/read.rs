//! Frames from PNG and JPEG files.

use std::io::Cursor;

use bodysite_core::Frame;
use image::{DynamicImage, ImageError, ImageReader, Limits};

/// Longest side of an image that is read.
const LONGEST_SIDE: u32 = 20_000;

/// Memory that decoding may take.
const MOST_MEMORY: u64 = 1 << 30;

/// Difference between a pixel's colours from which it is not grey. Film is often tinted and JPEG blurs colour.
const COLOURED: u8 = 48;

/// Why a file gives no frame.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Not a PNG or JPEG file that can be decoded.
    #[error("no image could be decoded: {0}")]
    Image(#[from] ImageError),
    /// More than a tenth of the pixels are coloured.
    #[error("the image is not grey")]
    NotGrey,
    /// The image has no pixels.
    #[error("the image is empty")]
    Empty,
}

/// Reads a PNG or JPEG file; white is taken as bright.
pub fn frame_from_image(bytes: &[u8]) -> Result<Frame, ReadError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(ImageError::IoError)?;
    reader.limits(limits);
    let image = reader.decode()?;
    if is_coloured(&image) {
        return Err(ReadError::NotGrey);
    }
    let grey = image.into_luma16();
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    Frame::new(width, height, grey.into_raw()).map_err(|_| ReadError::Empty)
}

fn is_coloured(image: &DynamicImage) -> bool {
    if !image.color().has_color() {
        return false;
    }
    let rgb = image.to_rgb8();
    let spread = |p: &[u8; 3]| p.iter().max().zip(p.iter().min()).map_or(0, |(high, low)| high - low);
    let coloured = rgb.pixels().filter(|p| spread(&p.0) > COLOURED).count();
    coloured * 10 > rgb.len() / 3
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Luma, Rgb};

    use super::*;

    fn png(image: DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn sixteen_bits_are_kept() {
        let image = image::ImageBuffer::from_fn(40, 30, |x, y| Luma([(x * 1000 + y) as u16]));
        let frame = frame_from_image(&png(image.into())).unwrap();
        assert_eq!((frame.width(), frame.height()), (40, 30));
        assert_eq!(frame.values()[2 * 40 + 3], 3002);
    }

    #[test]
    fn grey_in_three_channels_is_read_and_a_photograph_is_not() {
        let grey = image::RgbImage::from_fn(40, 30, |x, _| Rgb([x as u8 * 5; 3]));
        assert_eq!(frame_from_image(&png(grey.into())).unwrap().values()[1], 5 * 257);
        let photograph = image::RgbImage::from_fn(40, 30, |x, _| Rgb([200, x as u8, 30]));
        assert!(matches!(
            frame_from_image(&png(photograph.into())),
            Err(ReadError::NotGrey)
        ));
    }

    #[test]
    fn other_bytes_are_refused() {
        assert!(matches!(frame_from_image(b"no image"), Err(ReadError::Image(_))));
        let whole = png(image::GrayImage::new(40, 30).into());
        assert!(matches!(frame_from_image(&whole[..40]), Err(ReadError::Image(_))));
    }
}
