//! Averages an image down by area, in whole numbers, so that the result is the same everywhere.

/// Shrinks `width * height` values to `to`, which is no larger on either side.
pub(crate) fn shrink(
    mut values: impl Iterator<Item = u16>,
    (width, height): (usize, usize),
    to: (usize, usize),
) -> Vec<u16> {
    if to == (width, height) {
        return values.collect();
    }
    let area = (width as u64) * (height as u64);
    let across: Vec<Share> = (0..width).map(|x| Share::new(x, width, to.0)).collect();
    let mut out = Vec::with_capacity(to.0 * to.1);
    let mut line = vec![0u64; to.0 + 1];
    let mut sums = vec![0u64; to.0];
    for y in 0..height {
        let down = Share::new(y, height, to.1);
        add_up(values.by_ref(), &across, &mut line);
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

/// The weighted sums of one row.
fn add_up(values: impl Iterator<Item = u16>, across: &[Share], line: &mut [u64]) {
    line.fill(0);
    for (share, value) in across.iter().zip(values) {
        if let Some([here, beyond]) = line.get_mut(share.to..share.to + 2) {
            *here += u64::from(value) * share.here;
            *beyond += u64::from(value) * share.beyond;
        }
    }
}

fn add(sums: &mut [u64], line: &[u64], weight: u64) {
    for (sum, value) in sums.iter_mut().zip(line) {
        *sum += value * weight;
    }
}

/// Where one of many equal lengths goes when they are divided into fewer.
#[derive(Clone, Copy)]
struct Share {
    to: usize,
    /// How much goes there, in units of which each of the many has as many as there are few.
    here: u64,
    /// How much goes to the next one.
    beyond: u64,
    /// Nothing after this goes there.
    completes: bool,
}

impl Share {
    fn new(at: usize, many: usize, few: usize) -> Share {
        let (start, end) = (at * few, (at + 1) * few);
        let to = start / many;
        let border = (to + 1) * many;
        Share {
            to,
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
        assert_eq!(shrink(values.into_iter(), (4, 2), (2, 1)), [3, 15]);
    }

    #[test]
    fn fractions_are_weighted_by_their_area() {
        // Three columns to two: the middle one is shared.
        assert_eq!(shrink([0u16, 30, 60].into_iter(), (3, 1), (2, 1)), [10, 50]);
        assert_eq!(shrink([0u16, 30, 60].into_iter(), (1, 3), (1, 2)), [10, 50]);
    }

    #[test]
    fn what_is_even_stays_even() {
        let shrunk = shrink(std::iter::repeat_n(65_535u16, 37 * 53), (37, 53), (11, 16));
        assert_eq!(shrunk, vec![65_535; 11 * 16]);
    }
}
