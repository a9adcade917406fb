//! A share with its counts and its Wilson score interval (Wilson 1927, Journal of the ASA 22:209).

use serde::Serialize;

/// The normal quantile of a 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// So many of so many. Without a denominator there is no value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Proportion {
    /// How many.
    pub count: usize,
    /// Of how many.
    pub of: usize,
    /// The share.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
}

impl Proportion {
    /// `count` of `of`.
    pub fn new(count: usize, of: usize) -> Proportion {
        if of == 0 {
            return Proportion {
                count,
                ..Proportion::default()
            };
        }
        let n = of as f64;
        let p = count as f64 / n;
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let middle = p + Z * Z / (2.0 * n);
        let scale = 1.0 + Z * Z / n;
        Proportion {
            count,
            of,
            value: Some(p),
            low: Some(((middle - spread) / scale).max(0.0)),
            high: Some(((middle + spread) / scale).min(1.0)),
        }
    }
}

/// Harmonic mean of precision and recall, from counts; none where nothing was wanted and nothing found.
pub(crate) fn f1(hits: usize, found: usize, wanted: usize) -> Option<f64> {
    (found + wanted > 0).then(|| 2.0 * hits as f64 / (found + wanted) as f64)
}

pub(crate) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0usize), |(sum, n), v| (sum + v, n + 1));
    (n > 0).then(|| sum / n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_textbook() {
        // Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
        let close = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 5e-5, "{a:?} {b}");
        let p = Proportion::new(81, 263);
        close(p.low, 0.2553);
        close(p.high, 0.3662);
        let p = Proportion::new(0, 20);
        close(p.low, 0.0);
        close(p.high, 0.1611);
        let p = Proportion::new(1, 29);
        close(p.low, 0.0061);
        close(p.high, 0.1718);
        assert_eq!(Proportion::new(0, 0).value, None);
    }
}
