//! How much of a frame is wanted, and how much of one is looked at.

/// Bounds of decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameLimits {
    /// The longer side of the frame given is at most this; larger ones are averaged down.
    pub longest_side: usize,
    /// Pixels of one frame as stored.
    pub pixels: u64,
    /// Bytes of one frame as stored.
    pub bytes: u64,
}

impl Default for FrameLimits {
    /// 1,024 pixels on the longer side of at most 64 megapixels; a stitched spine or leg has about 40.
    fn default() -> Self {
        FrameLimits {
            longest_side: 1024,
            pixels: 64 << 20,
            bytes: 256 << 20,
        }
    }
}

impl FrameLimits {
    /// The size of what is given of an image of `width` by `height`.
    pub(crate) fn at_least(&self, width: usize, height: usize) -> (usize, usize) {
        let longest = width.max(height);
        if longest <= self.longest_side {
            return (width, height);
        }
        let side = |side: usize| (side * self.longest_side).div_ceil(longest).max(1);
        (side(width), side(height))
    }

    /// How often the size can be halved and still be enough.
    pub(crate) fn halvings(&self, width: usize, height: usize) -> u32 {
        let longest = width.max(height);
        (longest / self.longest_side.max(1)).max(1).ilog2()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_side_is_bounded_and_the_shorter_follows() {
        let limits = FrameLimits::default();
        assert_eq!(limits.at_least(1024, 700), (1024, 700));
        assert_eq!(limits.at_least(2048, 1000), (1024, 500));
        assert_eq!(limits.at_least(3, 60_000), (1, 1024));
        assert_eq!(
            [900, 1024, 2047, 2048, 4096].map(|side| limits.halvings(side, 5)),
            [0, 0, 0, 1, 2]
        );
    }
}
