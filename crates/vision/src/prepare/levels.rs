//! Robust intensity: the 1st and 99th percentiles become black and white.

/// Least difference between the two percentiles, as a part of the whole range.
const LEAST_CONTRAST: f32 = 0.02;

/// What becomes black and what becomes white.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Levels {
    low: f32,
    high: f32,
}

fn unit(value: u16) -> f32 {
    f32::from(value) / 65535.0
}

/// The index at a fraction of a sorted list of `n`.
pub(crate) fn rank(fraction: f64, n: usize) -> usize {
    (fraction * (n - 1) as f64).floor() as usize
}

impl Levels {
    /// The levels of some values; none where there is too little contrast.
    pub(crate) fn of(values: &[u16]) -> Option<Levels> {
        let histogram = histogram(values);
        let at = |fraction| percentile(&histogram, rank(fraction, values.len()));
        let (low, high) = (unit(at(0.01)), unit(at(0.99)));
        (high - low >= LEAST_CONTRAST).then_some(Levels { low, high })
    }

    /// [`Self::apply`] of every value.
    pub(crate) fn table(self) -> Vec<f32> {
        (0..=u16::MAX).map(|value| self.apply(value)).collect()
    }

    /// A value between these levels, 0 to 1.
    pub(crate) fn apply(self, value: u16) -> f32 {
        ((unit(value) - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// How often each value occurs. Two tables by turns: neighbours are often alike, and a count waits for the one before.
fn histogram(values: &[u16]) -> Vec<u32> {
    let [mut even, mut odd] = [vec![0_u32; 65536], vec![0_u32; 65536]];
    let (pairs, last) = values.as_chunks::<2>();
    for [a, b] in pairs {
        even[usize::from(*a)] += 1;
        odd[usize::from(*b)] += 1;
    }
    for value in last {
        even[usize::from(*value)] += 1;
    }
    even.iter_mut().zip(odd).for_each(|(sum, n)| *sum += n);
    even
}

/// The value at an index of the sorted values.
fn percentile(histogram: &[u32], index: usize) -> u16 {
    let mut seen = 0;
    for (value, count) in histogram.iter().enumerate() {
        seen += *count as usize;
        if seen > index {
            return value as u16;
        }
    }
    u16::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_values_of_the_sorted_list() {
        let values: Vec<u16> = (0..=200).map(|i| i * 300).rev().collect();
        // Indices 2 and 198 of 201 values.
        let levels = Levels::of(&values).unwrap();
        assert_eq!(
            levels,
            Levels {
                low: unit(600),
                high: unit(59_400)
            }
        );
        assert_eq!(levels.apply(600), 0.0);
        assert_eq!(levels.apply(0), 0.0);
        assert_eq!(levels.apply(65_535), 1.0);
        assert!((levels.apply(30_000) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn contrast_under_two_percent_is_none() {
        let step = |difference: u16| Levels::of(&[vec![1000_u16; 50], vec![1000 + difference; 50]].concat());
        assert!(step(1310).is_none());
        assert!(step(1312).is_some());
    }
}
