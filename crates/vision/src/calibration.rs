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
}
