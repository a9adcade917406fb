//! Which images are learnt from, which tune, which are kept back: whole patients or studies, by their name's hash, so
//! that an image stays on its side when an archive grows.

use sha2::{Digest, Sha256};

/// A part of the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Learnt from: about 70 %.
    Train,
    /// Tunes temperature and thresholds: about 15 %.
    Validation,
    /// Kept back for the figures: about 15 %.
    Test,
}

/// A number from a group's name, even over all names.
pub(crate) fn draw(seed: u64, purpose: &str, group: &str, below: u64) -> u64 {
    let digest = Sha256::new()
        .chain_update(seed.to_le_bytes())
        .chain_update(purpose)
        .chain_update([0]);
    let digest = digest.chain_update(group).finalize();
    let bytes = digest.first_chunk::<8>().expect("a SHA-256 has 32 bytes");
    u64::from_le_bytes(*bytes) % below
}

impl Split {
    /// Where a group belongs.
    pub(crate) fn of(seed: u64, group: &str) -> Split {
        match draw(seed, "split", group, 100) {
            0..70 => Split::Train,
            70..85 => Split::Validation,
            _ => Split::Test,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_stays_where_it_is_and_the_shares_are_right() {
        let groups: Vec<String> = (0..4000).map(|i| format!("study-{i}")).collect();
        let share = |split| groups.iter().filter(|g| Split::of(7, g) == split).count() as f64 / 4000.0;
        assert!((share(Split::Train) - 0.70).abs() < 0.03);
        assert!((share(Split::Validation) - 0.15).abs() < 0.03);
        assert!((share(Split::Test) - 0.15).abs() < 0.03);
        assert_eq!(Split::of(7, "study-1"), Split::of(7, "study-1"));
        assert!(groups.iter().any(|g| Split::of(7, g) != Split::of(8, g)));
    }
}
