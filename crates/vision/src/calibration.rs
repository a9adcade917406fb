//! Probabilities from logits, and the temperature that makes them honest.

/// Softmax of logits divided by a temperature. A logit of minus infinity has probability 0.
pub(crate) fn softmax(logits: &[f64], temperature: f64) -> Vec<f64> {
    let highest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|l| ((l - highest) / temperature).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|p| p / sum).collect()
}

/// The logistic function.
pub(crate) fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// The temperature between 0.1 and 10 at which a loss is least, by golden-section search of its logarithm.
pub(crate) fn best_temperature(loss: impl Fn(f64) -> f64) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let (mut low, mut high) = (0.1_f64.ln(), 10.0_f64.ln());
    for _ in 0..40 {
        let step = (high - low) * GOLDEN;
        if loss((high - step).exp()) < loss((low + step).exp()) {
            high = low + step;
        } else {
            low = high - step;
        }
    }
    f64::midpoint(low, high).exp()
}

/// The lowest threshold above which answers are right at least as often as `wanted`, counted from the surest down;
/// none if even the surest are not. `answers` are probability and whether right.
pub(crate) fn operating_point(answers: &[(f64, bool)], wanted: f64) -> Option<f64> {
    let mut sorted = answers.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut right, mut lowest) = (0, None);
    for (n, (p, is_right)) in sorted.iter().enumerate() {
        right += u32::from(*is_right);
        let last_of_equals = sorted.get(n + 1).is_none_or(|next| next.0 < *p);
        if last_of_equals && f64::from(right) >= wanted * (n + 1) as f64 {
            lowest = Some(*p);
        }
    }
    lowest
}

/// Expected calibration error over fifteen bins of equal width.
pub(crate) fn calibration_error(answers: &[(f64, bool)]) -> f64 {
    const BINS: usize = 15;
    let mut bins = [(0.0, 0.0); BINS];
    for (p, right) in answers {
        let bin = &mut bins[((p * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += p;
        bin.1 += f64::from(u8::from(*right));
    }
    bins.iter().map(|(p, right)| (p - right).abs()).sum::<f64>() / answers.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temperature_flattens() {
        let sharp = softmax(&[2.0, 0.0, f64::NEG_INFINITY], 1.0);
        let flat = softmax(&[2.0, 0.0, f64::NEG_INFINITY], 2.0);
        assert!((sharp[0] - 1.0 / (1.0 + (-2.0_f64).exp())).abs() < 1e-12);
        assert!((flat[0] - 1.0 / (1.0 + (-1.0_f64).exp())).abs() < 1e-12);
        assert_eq!(flat[2], 0.0);
    }

    #[test]
    fn the_logistic_function_is_symmetric() {
        assert_eq!(sigmoid(0.0), 0.5);
        assert!((sigmoid(3.0) + sigmoid(-3.0) - 1.0).abs() < 1e-12);
        assert_eq!(sigmoid(-1000.0), 0.0);
    }

    #[test]
    fn overconfident_logits_get_a_temperature_above_one() {
        // Right three times of four, with logits that claim 0.982.
        let loss = |t: f64| -3.0 * sigmoid(4.0 / t).ln() - sigmoid(-4.0 / t).ln();
        assert!((sigmoid(4.0 / best_temperature(loss)) - 0.75).abs() < 1e-3);
    }

    #[test]
    fn the_operating_point_is_the_lowest_that_keeps_the_promise() {
        let answers = [(0.9, true), (0.8, true), (0.7, false), (0.6, true), (0.5, false)];
        assert_eq!(operating_point(&answers, 1.0), Some(0.8));
        assert_eq!(operating_point(&answers, 0.75), Some(0.6));
        assert_eq!(operating_point(&[(0.9, false)], 0.5), None);
    }

    #[test]
    fn the_calibration_error_is_the_mean_gap() {
        let answers = [(0.9, true), (0.9, false), (0.1, false), (0.1, false)];
        assert!((calibration_error(&answers) - (0.8 + 0.2) / 4.0).abs() < 1e-12);
    }
}
