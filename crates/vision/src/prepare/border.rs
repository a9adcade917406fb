//! Removal of flat borders: collimation, film edges, padding.

use bodysite_core::Frame;

use super::levels::{Levels, rank};

/// A line with less contrast than this is border.
const FLAT: f32 = 0.06;

/// Share of a line's values left out at either end, so that a marker's or a dust pixel's few values do not count.
const EXTREME: f64 = 0.02;

/// At most this part of a side's length is dropped from either of its ends.
const MOST: f64 = 0.4;

/// The part of a frame that is kept: columns `left..right`, rows `top..bottom`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crop {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) right: usize,
    pub(crate) bottom: usize,
}

impl Crop {
    pub(crate) fn width(&self) -> usize {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> usize {
        self.bottom - self.top
    }

    /// The frame without flat lines at its top, bottom, left and right, in this order.
    pub(crate) fn without_border(frame: &Frame, levels: Levels) -> Crop {
        let (width, height) = (frame.width(), frame.height());
        let row = |y: usize| frame.values()[y * width..(y + 1) * width].to_vec();
        let top = flat_lines(height, levels, row);
        let bottom = height - flat_lines(height, levels, |i| row(height - 1 - i));
        let column = |x: usize| (top..bottom).map(|y| frame.values()[y * width + x]).collect();
        let left = flat_lines(width, levels, column);
        let right = width - flat_lines(width, levels, |i| column(width - 1 - i));
        Crop {
            left,
            top,
            right,
            bottom,
        }
    }
}

/// How many of the first lines are flat, up to the most that may go.
fn flat_lines(length: usize, levels: Levels, line: impl Fn(usize) -> Vec<u16>) -> usize {
    let most = (MOST * length as f64).floor() as usize;
    (0..most).take_while(|i| is_flat(line(*i), levels)).count()
}

fn is_flat(mut line: Vec<u16>, levels: Levels) -> bool {
    let n = line.len();
    let high = *line.select_nth_unstable(rank(1.0 - EXTREME, n)).1;
    let low = *line.select_nth_unstable(rank(EXTREME, n)).1;
    levels.apply(high) - levels.apply(low) < FLAT
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A textured rectangle on a flat ground.
    fn framed(width: usize, height: usize, inside: Crop) -> Frame {
        let value = |x: usize, y: usize| {
            let within = (inside.left..inside.right).contains(&x) && (inside.top..inside.bottom).contains(&y);
            if within {
                (((x * 31 + y * 17) % 64) * 1000) as u16
            } else {
                500
            }
        };
        let values = (0..width * height).map(|i| value(i % width, i / width)).collect();
        Frame::new(width, height, values).unwrap()
    }

    fn check(inside: Crop, expect: Crop) {
        let frame = framed(100, 80, inside);
        let levels = Levels::of(frame.values()).unwrap();
        assert_eq!(Crop::without_border(&frame, levels), expect);
    }

    #[test]
    fn flat_lines_on_all_sides_are_dropped() {
        let inside = Crop {
            left: 10,
            top: 5,
            right: 88,
            bottom: 79,
        };
        check(inside, inside);
    }

    #[test]
    fn no_more_than_forty_percent_of_a_side_is_dropped() {
        let inside = Crop {
            left: 60,
            top: 0,
            right: 100,
            bottom: 40,
        };
        let expect = Crop {
            left: 40,
            top: 0,
            right: 100,
            bottom: 48,
        };
        check(inside, expect);
    }

    #[test]
    fn a_marker_in_the_border_does_not_keep_it() {
        let mut values = framed(
            100,
            80,
            Crop {
                left: 10,
                top: 10,
                right: 90,
                bottom: 70,
            },
        )
        .values()
        .to_vec();
        values[5 * 100 + 50] = 65_535;
        let frame = Frame::new(100, 80, values).unwrap();
        let crop = Crop::without_border(&frame, Levels::of(frame.values()).unwrap());
        assert_eq!(crop.top, 10);
    }
}
