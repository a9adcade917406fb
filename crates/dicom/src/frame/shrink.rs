//! Averages an image down by area, in whole numbers, so that the result is the same everywhere.

use std::ops::Range;

/// Shrinks an image of `width * height` values, each shown as `display` has it, to `to`, which is no larger on either
/// side. No value is left out: each counts by the part of its area that is inside.
pub(crate) fn shrink(
    values: &[u16],
    (width, height): (usize, usize),
    to: (usize, usize),
    display: impl Fn(u16) -> u16,
) -> Vec<u16> {
    if to == (width, height) {
        return values.iter().map(|value| display(*value)).collect();
    }
    let area = (width as u64) * (height as u64);
    let columns: Vec<Column> = (0..to.0).map(|x| Column::new(x, width, to.0)).collect();
    let mut out = Vec::with_capacity(to.0 * to.1);
    let mut line = vec![0u64; to.0];
    let mut sums = vec![0u64; to.0];
    for (y, row) in values.chunks_exact(width).take(height).enumerate() {
        let down = Share::new(y, height, to.1);
        for (sum, column) in line.iter_mut().zip(&columns) {
            *sum = column.sum(row, to.0 as u64, &display);
        }
        add(&mut sums, &line, down.here);
        if down.completes {
            out.extend(
                sums.iter()
                    .map(|sum| u16::try_from((sum + area / 2) / area).unwrap_or(u16::MAX)),
            );
            sums.fill(0);
            add(&mut sums, &line, down.beyond);
        }
    }
    out
}

fn add(sums: &mut [u64], line: &[u64], weight: u64) {
    for (sum, value) in sums.iter_mut().zip(line) {
        *sum += value * weight;
    }
}

/// The values of a row that go into one of fewer, in units of which each value has as many as there are few.
struct Column {
    values: Range<usize>,
    /// How much of the first goes here.
    first: u64,
    /// How much of the last goes here, where that is another one.
    last: u64,
}

impl Column {
    fn new(at: usize, many: usize, few: usize) -> Column {
        let (start, end) = (at * many, (at + 1) * many);
        let values = start / few..end.div_ceil(few);
        Column {
            first: (end.min((values.start + 1) * few) - start) as u64,
            last: (end - (values.end - 1) * few) as u64,
            values,
        }
    }

    /// The weighted sum; those between the first and the last are here whole.
    fn sum(&self, row: &[u16], whole: u64, display: impl Fn(u16) -> u16) -> u64 {
        let values = row.get(self.values.clone()).unwrap_or_default();
        let shown = |value: &u16| u64::from(display(*value));
        let Some((first, others)) = values.split_first() else {
            return 0;
        };
        let Some((last, between)) = others.split_last() else {
            return shown(first) * self.first;
        };
        let between: u64 = between.iter().map(shown).sum();
        shown(first) * self.first + between * whole + shown(last) * self.last
    }
}

/// Where one of many rows goes when they are averaged into fewer.
#[derive(Clone, Copy)]
struct Share {
    /// How much goes to the one at hand, in units of which each of the many has as many as there are few.
    here: u64,
    /// How much goes to the next one.
    beyond: u64,
    /// Nothing after this goes there.
    completes: bool,
}

impl Share {
    fn new(at: usize, many: usize, few: usize) -> Share {
        let (start, end) = (at * few, (at + 1) * few);
        let border = (start / many + 1) * many;
        Share {
            here: (end.min(border) - start) as u64,
            beyond: end.saturating_sub(border) as u64,
            completes: end >= border,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_means_of_four() {
        let values = [0u16, 2, 10, 10, 4, 6, 10, 30];
        assert_eq!(shrink(&values, (4, 2), (2, 1), |v| v), [3, 15]);
        assert_eq!(shrink(&values, (4, 2), (2, 1), |v| 100 - v), [97, 85]);
    }

    #[test]
    fn fractions_are_weighted_by_their_area() {
        // Three columns to two: the middle one is shared.
        assert_eq!(shrink(&[0, 30, 60], (3, 1), (2, 1), |v| v), [10, 50]);
        assert_eq!(shrink(&[0, 30, 60], (1, 3), (1, 2), |v| v), [10, 50]);
    }

    #[test]
    fn what_is_even_stays_even() {
        let shrunk = shrink(&vec![65_535; 37 * 53], (37, 53), (11, 16), |v| v);
        assert_eq!(shrunk, vec![65_535; 11 * 16]);
    }

    /// The mean over every unit that the many and the few have in common, one by one.
    fn by_units(values: &[u16], (width, height): (usize, usize), to: (usize, usize)) -> Vec<u16> {
        let mut sums = vec![0u64; to.0 * to.1];
        for (y, x) in (0..height * to.1).flat_map(|y| (0..width * to.0).map(move |x| (y, x))) {
            let value = values[y / to.1 * width + x / to.0];
            sums[y / height * to.0 + x / width] += u64::from(value);
        }
        let area = (width * height) as u64;
        sums.iter().map(|sum| ((sum + area / 2) / area) as u16).collect()
    }

    #[test]
    fn every_value_counts_by_its_area() {
        for (size, to) in [
            ((7, 5), (3, 2)),
            ((10, 9), (10, 4)),
            ((9, 10), (5, 10)),
            ((8, 8), (7, 7)),
            ((13, 1), (1, 1)),
            ((6, 6), (3, 2)),
        ] {
            let values: Vec<u16> = (0..size.0 * size.1).map(|i| (i * i * 977 % 65_536) as u16).collect();
            assert_eq!(
                shrink(&values, size, to, |v| v),
                by_units(&values, size, to),
                "{size:?} {to:?}"
            );
        }
    }
}
