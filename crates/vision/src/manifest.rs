//! `model.toml`: what a model folder says about its model.

use serde::{Deserialize, Serialize};

use crate::architecture::REDUCTION;
use crate::prepare::PREPARATION;

/// The file's content. Unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Model id, also the folder's name.
    pub id: String,
    /// Side of the network's input.
    pub size: usize,
    /// Number of the preparation, see [`crate::prepare()`].
    pub preparation: u32,
    /// SHA-256 of `weights.safetensors`.
    pub sha256: String,
    /// Examined logits are divided by it.
    pub temperature_examined: f64,
    /// Visible logits are divided by it.
    pub temperature_visible: f64,
    /// Least calibrated probability with which a part is named as examined.
    pub threshold: f64,
    /// Least calibrated probability with which a part is claimed visible.
    pub visible_threshold: f64,
    /// Calibrated probability of the reject output from which a frame is no radiograph.
    pub reject_threshold: f64,
    /// Energy above which a frame is no radiograph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_energy: Option<f64>,
    /// Distance from all training images above which a frame is no radiograph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_distance: Option<f64>,
    /// Edition of the concept set and of the data, free text.
    pub edition: String,
    /// Licence of the weights.
    pub licence: String,
}

/// Why `model.toml` is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// Not the expected TOML.
    #[error("model.toml: {0}")]
    Toml(#[from] toml::de::Error),
    /// A value is out of its range.
    #[error("model.toml: {key} {problem}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
}

impl Manifest {
    /// Reads and checks the file.
    pub fn read(text: &str) -> Result<Manifest, ManifestError> {
        let manifest: Manifest = toml::from_str(text)?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), ManifestError> {
        let must = |good: bool, key, problem| {
            if good {
                Ok(())
            } else {
                Err(ManifestError::Value { key, problem })
            }
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        let probability = |p: f64| (0.0..=1.0).contains(&p);
        let positive = |t: f64| t.is_finite() && t > 0.0;
        let size = self.size >= REDUCTION && self.size <= 1024 && self.size.is_multiple_of(REDUCTION);
        must(
            !self.id.is_empty() && self.id.chars().all(plain),
            "id",
            "is no plain word",
        )?;
        must(size, "size", "is no multiple of 32 up to 1024")?;
        must(
            self.preparation == PREPARATION,
            "preparation",
            "is not one of this program",
        )?;
        must(
            self.sha256.len() == 64 && self.sha256.chars().all(hex),
            "sha256",
            "is not 64 hexadecimal digits",
        )?;
        must(
            positive(self.temperature_examined),
            "temperature_examined",
            "is not positive",
        )?;
        must(
            positive(self.temperature_visible),
            "temperature_visible",
            "is not positive",
        )?;
        must(probability(self.threshold), "threshold", "is no probability")?;
        must(
            probability(self.visible_threshold),
            "visible_threshold",
            "is no probability",
        )?;
        must(
            probability(self.reject_threshold),
            "reject_threshold",
            "is no probability",
        )?;
        must(
            self.max_energy.is_none_or(f64::is_finite),
            "max_energy",
            "is not finite",
        )?;
        must(
            self.max_distance.is_none_or(positive),
            "max_distance",
            "is not positive",
        )
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample() -> Manifest {
        Manifest {
            id: "sample".to_owned(),
            size: 64,
            preparation: PREPARATION,
            sha256: "0".repeat(64),
            temperature_examined: 1.0,
            temperature_visible: 1.0,
            threshold: 0.5,
            visible_threshold: 0.5,
            reject_threshold: 0.5,
            max_energy: None,
            max_distance: None,
            edition: "test".to_owned(),
            licence: "CC0-1.0".to_owned(),
        }
    }

    fn problem(change: impl FnOnce(&mut Manifest)) -> String {
        let mut manifest = sample();
        change(&mut manifest);
        let text = toml::to_string(&manifest).unwrap();
        Manifest::read(&text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read() {
        let text = toml::to_string(&sample()).unwrap();
        assert_eq!(Manifest::read(&text).unwrap(), sample());
    }

    #[test]
    fn an_unknown_or_missing_key_is_refused_by_name() {
        let text = toml::to_string(&sample()).unwrap();
        let unknown = Manifest::read(&format!("{text}treshold = 0.4\n")).unwrap_err();
        assert!(unknown.to_string().contains("treshold"));
        let missing = Manifest::read(&text.replace("size = 64\n", "")).unwrap_err();
        assert!(missing.to_string().contains("size"));
    }

    #[test]
    fn a_value_out_of_range_is_refused_by_name() {
        assert_eq!(
            problem(|m| m.size = 100),
            "model.toml: size is no multiple of 32 up to 1024"
        );
        assert_eq!(
            problem(|m| m.preparation = 2),
            "model.toml: preparation is not one of this program"
        );
        assert_eq!(
            problem(|m| m.threshold = 1.5),
            "model.toml: threshold is no probability"
        );
        assert_eq!(
            problem(|m| m.temperature_visible = 0.0),
            "model.toml: temperature_visible is not positive"
        );
        assert_eq!(
            problem(|m| m.temperature_examined = f64::NAN),
            "model.toml: temperature_examined is not positive"
        );
        assert_eq!(problem(|m| m.id = "../x".to_owned()), "model.toml: id is no plain word");
    }
}
