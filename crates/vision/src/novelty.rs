//! How unlike the training images an image is: energy of the logits, distance of the features.

use crate::weights::{CENTRES, PROJECTION, Weights};

/// Points in a linear image of the feature space, around which the training images lie.
///
/// With a whitening projection the squared distance is Mahalanobis', as in <https://arxiv.org/abs/1807.03888>.
#[derive(Debug, Clone)]
pub(crate) struct Distance {
    projection: Vec<f32>,
    centres: Vec<f32>,
}

impl Distance {
    /// The distance that some weights define, if they do.
    pub(crate) fn of(weights: &Weights) -> Option<Distance> {
        let (projection, centres) = (weights.values(PROJECTION), weights.values(CENTRES));
        (!projection.is_empty() && !centres.is_empty()).then_some(Distance { projection, centres })
    }

    /// The squared distance to the nearest centre.
    pub(crate) fn nearest(&self, features: &[f32]) -> f64 {
        let rows = self.projection.chunks_exact(features.len());
        let point: Vec<f64> = rows.map(|row| dot(row, features)).collect();
        let squared = |centre: &[f32]| -> f64 {
            let difference = point.iter().zip(centre).map(|(p, c)| p - f64::from(*c));
            difference.map(|d| d * d).sum()
        };
        let distances = self.centres.chunks_exact(point.len()).map(squared);
        distances.fold(f64::INFINITY, f64::min)
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// The free energy of some logits: low where one of them is high, <https://arxiv.org/abs/2010.03759>.
pub(crate) fn energy(logits: &[f32]) -> f64 {
    let highest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let sum: f64 = logits.iter().map(|l| (f64::from(*l) - highest).exp()).sum();
    -(highest + sum.ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_to_the_nearest_centre() {
        let distance = Distance {
            projection: vec![1.0, 0.0, 0.0, 0.0, 2.0, 0.0],
            centres: vec![0.0, 0.0, 3.0, 4.0],
        };
        assert_eq!(distance.nearest(&[0.0, 0.0, 9.0]), 0.0);
        assert_eq!(distance.nearest(&[3.0, 1.5, 9.0]), 1.0);
    }

    #[test]
    fn energy_is_low_for_a_high_logit() {
        assert!((energy(&[0.0, 0.0]) + 2.0_f64.ln()).abs() < 1e-9);
        assert!(energy(&[12.0, 0.0]) < energy(&[1.0, 1.0]));
        assert!((energy(&[1000.0, 0.0]) + 1000.0).abs() < 1e-9);
    }
}
