//! UIDs of synthetic studies: `2.25.` and a number derived from a seed and a place (PS3.5 section B.2).

/// Implementation Class UID of the synthetic files.
pub const IMPLEMENTATION: &str = "2.25.286461037301205371720641730297463109";

/// A UID that depends on the seed and the words only, so that the same demo has the same UIDs everywhere.
pub fn uid(seed: u64, words: &[&str]) -> String {
    // FNV-1a over 128 bits: stable, and wide enough that synthetic UIDs never meet.
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let bytes = seed.to_le_bytes();
    let text = words.iter().flat_map(|w| w.bytes().chain([0]));
    for byte in bytes.into_iter().chain(text) {
        hash ^= u128::from(byte);
        hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    format!("2.25.{}", hash >> 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_are_stable_and_differ_by_place() {
        assert_eq!(uid(1, &["study", "1"]), uid(1, &["study", "1"]));
        assert_ne!(uid(1, &["study", "1"]), uid(1, &["study1", ""]));
        assert_ne!(uid(1, &["a"]), uid(2, &["a"]));
        assert!(uid(u64::MAX, &["x"]).len() <= 64);
    }
}
