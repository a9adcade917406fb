//! Confident learning: which given labels are probably wrong (Northcutt, Jiang and Chuang 2021,
//! <https://arxiv.org/abs/1911.00068>).
//!
//! Each image is judged by a head that has not learnt from it or from its study. A class's threshold is the mean
//! probability that images labelled with it get for it; an image whose probability for another class reaches that
//! class's threshold, and is higher than for any other such class, was probably meant to be of that one. Chosen over
//! small-loss selection because it needs no guess of how many labels are wrong and treats rare classes by their own
//! threshold.

/// A relabelled image must reach this out-of-fold probability; otherwise it is left out.
const RELABEL: f64 = 0.8;

/// What is to be done with a label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    /// It stands.
    Keep,
    /// Probably wrong, and unclear what would be right.
    LeaveOut,
    /// Probably wrong; this class is right.
    Relabel(usize),
}

/// Judges labels by out-of-fold probabilities, one row of `classes` an image.
pub(crate) fn judge(labels: &[usize], probabilities: &[Vec<f64>]) -> Vec<Verdict> {
    let thresholds = thresholds(labels, probabilities);
    labels
        .iter()
        .zip(probabilities)
        .map(|(label, p)| verdict(*label, p, &thresholds))
        .collect()
}

/// The mean probability of each class over the images labelled with it; infinite for a class without images.
fn thresholds(labels: &[usize], probabilities: &[Vec<f64>]) -> Vec<f64> {
    let classes = probabilities.first().map_or(0, Vec::len);
    let mut sums = vec![(0.0, 0); classes];
    for (label, p) in labels.iter().zip(probabilities) {
        sums[*label].0 += p[*label];
        sums[*label].1 += 1;
    }
    let mean = |(sum, n): (f64, u32)| if n == 0 { f64::INFINITY } else { sum / f64::from(n) };
    sums.into_iter().map(mean).collect()
}

fn verdict(label: usize, p: &[f64], thresholds: &[f64]) -> Verdict {
    let confident = (0..p.len()).filter(|j| p[*j] >= thresholds[*j]);
    match confident.max_by(|a, b| p[*a].total_cmp(&p[*b])) {
        Some(other) if other != label && p[other] > p[label] => {
            if p[other] >= RELABEL {
                Verdict::Relabel(other)
            } else {
                Verdict::LeaveOut
            }
        }
        _ => Verdict::Keep,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_judged_by_its_own_classes_thresholds() {
        let labels = [0, 0, 0, 1, 1];
        let p = [[0.9, 0.1], [0.8, 0.2], [0.05, 0.95], [0.4, 0.6], [0.2, 0.8]].map(|p| p.to_vec());
        let expect = [
            Verdict::Keep,
            Verdict::Keep,
            Verdict::Relabel(1),
            Verdict::Keep,
            Verdict::Keep,
        ];
        assert_eq!(judge(&labels, &p), expect);
    }

    #[test]
    fn an_unclear_label_is_left_out() {
        let labels = [0, 0, 1, 1];
        let p = [[0.9, 0.1], [0.3, 0.7], [0.4, 0.6], [0.3, 0.7]].map(|p| p.to_vec());
        assert_eq!(judge(&labels, &p)[1], Verdict::LeaveOut);
    }

    #[test]
    fn a_class_without_images_takes_none() {
        let p = [[0.1, 0.0, 0.9], [0.1, 0.0, 0.9]].map(|p| p.to_vec());
        assert_eq!(judge(&[0, 0], &p), [Verdict::Keep, Verdict::Keep]);
    }
}
