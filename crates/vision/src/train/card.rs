//! `MODEL_CARD.md` of a fitted model.

use super::examined::Examined;
use super::metrics::{Figures, Metrics};
use crate::{Labels, Manifest};

/// The card.
pub(crate) fn card(metrics: &Metrics, labels: &Labels, examined: &Examined, manifest: &Manifest) -> String {
    let images = &metrics.images;
    let relabelled = examined.suspects.iter().filter(|s| s.relabelled).count();
    let sections = [
        format!(
            "# {}\n\nFitted by `bodysite train` from `{}`, whose network is unchanged: only the heads and the",
            metrics.model, metrics.started_from
        ),
        format!(
            "calibration are its own. Licence of the network: {}. The card of `{}` applies to what is",
            manifest.licence, metrics.started_from
        ),
        "not said here.\n".to_owned(),
        "## Data\n".to_owned(),
        format!(
            "{} labelled images; {} unreadable, {} too small or constant, {} with a label that is no output.",
            images.labelled, images.unreadable, images.unsuitable, images.without_output
        ),
        format!(
            "Divided by patient or study ({} of them): {} to learn from, {} to tune, {} kept back.\n",
            images.groups, images.train, images.validation, images.test
        ),
        "## Labels\n".to_owned(),
        "Given labels may be wrong. Confident learning (five folds by patient or study, two rounds) questioned those"
            .to_owned(),
        format!(
            "that no reviewer decided and took {:.1} % of all labels for wrong: {} images were learnt from with the",
            metrics.suspected_labels * 100.0,
            relabelled
        ),
        format!(
            "proposed label, {} were left out.\n",
            examined.suspects.len() - relabelled
        ),
        "## Recipe\n".to_owned(),
        format!(
            "A linear correction to the examined head, drawn toward zero with strength {}, chosen by validation loss; classes",
            examined.decay
        ),
        "weighted by the square root of their rarity. Temperature and operating point set on the validation images;"
            .to_owned(),
        "the visible head likewise where that lowered its validation loss.\n".to_owned(),
        "## Figures\n".to_owned(),
        "On the images kept back, against the labels given: a model that is always right can't reach 1 where"
            .to_owned(),
        "labels are wrong.\n".to_owned(),
        table(metrics),
        "## Label by label\n".to_owned(),
        by_label(metrics, labels),
    ];
    sections.join("\n")
}

fn table(metrics: &Metrics) -> String {
    let mut text = format!("| | {} | {} |\n|---|---|---|\n", metrics.model, metrics.started_from);
    let row = |name: &str, value: fn(&Figures) -> f64| {
        format!(
            "| {name} | {:.3} | {:.3} |\n",
            value(&metrics.fitted),
            value(&metrics.before)
        )
    };
    text += &row("accuracy", |f| f.accuracy);
    text += &row("share answered", |f| f.coverage);
    text += &row("accuracy of answers", |f| f.accuracy_of_answers);
    text += &row("expected calibration error", |f| f.calibration_error);
    text += &row("visible parts judged rightly, of those known", |f| f.visible_accuracy);
    if let Some(reviewed) = &metrics.fitted_on_reviewed {
        let (n, accuracy) = (reviewed.images, reviewed.accuracy);
        text += &format!("\nOn the {n} of them that a reviewer labelled: accuracy {accuracy:.3}.\n");
    }
    text
}

fn by_label(metrics: &Metrics, labels: &Labels) -> String {
    let mut text = "| label | images kept back | right | 95 % interval |\n|---|---|---|---|\n".to_owned();
    for label in &labels.examined {
        let line = match metrics.fitted.labels.get(&label.key) {
            Some(f) => {
                let (low, high) = wilson(f.right, f.images);
                format!("{} | {} | {low:.2} to {high:.2}", f.images, f.right)
            }
            None => "0 | | not tested here".to_owned(),
        };
        text += &format!("| {} | {line} |\n", label.concept.display);
    }
    text
}

/// Wilson's interval for a share.
fn wilson(right: usize, of: usize) -> (f64, f64) {
    const Z: f64 = 1.96;
    let n = of as f64;
    let p = right as f64 / n;
    let centre = p + Z * Z / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (
        ((centre - spread) / scale).max(0.0),
        ((centre + spread) / scale).min(1.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilsons_interval_is_the_published_one() {
        // Newcombe 1998, table I: 81 of 263.
        let (low, high) = wilson(81, 263);
        assert!((low - 0.2553).abs() < 1e-3 && (high - 0.3662).abs() < 1e-3);
        assert!(wilson(10, 10).1 <= 1.0 && wilson(0, 10).0 >= 0.0);
    }
}
