//! One decoded image as it would be displayed: what the DICOM side hands to the image model.

/// Why values are no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{values} values are no frame of {width} × {height} pixels")]
pub struct FrameError {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Values given.
    pub values: usize,
}

/// A grey image, row by row from the top left; 0 is displayed black and 65535 white.
///
/// Values are presentation values: after Modality LUT, VOI LUT or window, and with MONOCHROME1 and an inverse
/// Presentation LUT Shape already turned round, as PS3.4 section N.2 describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    width: usize,
    height: usize,
    values: Vec<u16>,
}

impl Frame {
    /// A frame of `width * height` values, neither of them zero.
    pub fn new(width: usize, height: usize, values: Vec<u16>) -> Result<Self, FrameError> {
        let wanted = width.checked_mul(height).filter(|n| *n > 0);
        if wanted != Some(values.len()) {
            let values = values.len();
            return Err(FrameError { width, height, values });
        }
        Ok(Frame { width, height, values })
    }

    /// A frame from 8-bit grey.
    pub fn from_grey8(width: usize, height: usize, grey: &[u8]) -> Result<Self, FrameError> {
        Frame::new(width, height, grey.iter().map(|g| u16::from(*g) * 257).collect())
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The values, row by row.
    pub fn values(&self) -> &[u16] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_as_many_values_as_pixels() {
        assert!(Frame::new(2, 2, vec![0; 3]).is_err());
        assert!(Frame::new(0, 2, Vec::new()).is_err());
        assert!(Frame::new(usize::MAX, 2, Vec::new()).is_err());
        let frame = Frame::from_grey8(2, 1, &[0, 255]).unwrap();
        assert_eq!(frame.values(), [0, 65535]);
    }
}
