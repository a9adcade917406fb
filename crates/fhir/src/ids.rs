//! Resource ids: stable over runs, versions of the program, machines and thread counts.
//!
//! An id is the UUIDv5 of `Type|part|…` in [`NAMESPACE`]; the parts are UIDs, hashes and fixed words, with `\` and
//! `|` inside a part escaped by `\`. Whoever knows a UID can compute the id, so these ids hide nothing. With an
//! [`IdKey`] they are UUIDv8 of the first 16 bytes of HMAC-SHA256(key, `Type|part|…`), which only its holder can
//! compute.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// The namespace of unkeyed ids: UUIDv5 of `https://github.com/bodysite/bodysite` in the URL namespace.
pub const NAMESPACE: Uuid = Uuid::from_u128(0x60151c19_955c_5bac_a26d_65ec1baef233);

/// Shortest key, in bytes: half the security of SHA-256 is the least worth having.
const SHORTEST_KEY: usize = 16;

/// The secret for keyed ids. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct IdKey(Vec<u8>);

/// Why a key is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id key needs at least {SHORTEST_KEY} bytes, this one has {0}")]
pub struct WeakKey(usize);

impl IdKey {
    /// Takes the bytes of a key file.
    pub fn new(bytes: Vec<u8>) -> Result<Self, WeakKey> {
        if bytes.len() < SHORTEST_KEY {
            return Err(WeakKey(bytes.len()));
        }
        Ok(IdKey(bytes))
    }
}

impl fmt::Debug for IdKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdKey(..)")
    }
}

/// Makes ids.
#[derive(Clone, Copy)]
pub(crate) struct Ids<'a> {
    key: Option<&'a IdKey>,
}

impl<'a> Ids<'a> {
    pub(crate) fn new(key: Option<&'a IdKey>) -> Self {
        Ids { key }
    }

    pub(crate) fn id(&self, kind: &str, parts: &[&str]) -> String {
        self.uuid(kind, parts).to_string()
    }

    pub(crate) fn uuid(&self, kind: &str, parts: &[&str]) -> Uuid {
        let name = name(kind, parts);
        match self.key {
            None => Uuid::new_v5(&NAMESPACE, name.as_bytes()),
            Some(key) => keyed(key, &name),
        }
    }
}

fn name(kind: &str, parts: &[&str]) -> String {
    let length = kind.len() + parts.iter().map(|p| 1 + p.len()).sum::<usize>();
    let mut name = String::with_capacity(length);
    name.push_str(kind);
    for part in parts {
        name.push('|');
        match part.bytes().any(|b| matches!(b, b'\\' | b'|')) {
            true => name.push_str(&part.replace('\\', r"\\").replace('|', r"\|")),
            false => name.push_str(part),
        }
    }
    name
}

fn keyed(key: &IdKey, name: &str) -> Uuid {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).expect("HMAC takes keys of any length");
    mac.update(name.as_bytes());
    let digest: [u8; 32] = mac.finalize().into_bytes().into();
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(first).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_the_documented_one() {
        let url = b"https://github.com/bodysite/bodysite";
        assert_eq!(NAMESPACE, Uuid::new_v5(&Uuid::NAMESPACE_URL, url));
    }

    #[test]
    fn ids_are_stable_and_keyed_ones_differ() {
        let plain = Ids::new(None);
        let id = plain.id("ImagingStudy", &["1.2.3"]);
        assert_eq!(id, plain.id("ImagingStudy", &["1.2.3"]));
        assert_ne!(id, plain.id("Observation", &["1.2.3"]));
        let key = IdKey::new(b"0123456789abcdef".to_vec()).unwrap();
        let other = IdKey::new(b"0123456789abcdeF".to_vec()).unwrap();
        let keyed = Ids::new(Some(&key)).uuid("ImagingStudy", &["1.2.3"]);
        assert_eq!(keyed.get_version_num(), 8);
        assert_ne!(keyed, Ids::new(Some(&other)).uuid("ImagingStudy", &["1.2.3"]));
        assert_ne!(keyed.to_string(), id);
    }

    #[test]
    fn parts_cannot_run_into_each_other() {
        let ids = Ids::new(None);
        assert_ne!(ids.id("X", &["a|b"]), ids.id("X", &["a", "b"]));
        assert_ne!(ids.id("X", &["a\\", "b"]), ids.id("X", &["a|b"]));
    }

    #[test]
    fn a_key_is_long_enough_and_never_printed() {
        assert_eq!(IdKey::new(b"short".to_vec()), Err(WeakKey(5)));
        let key = IdKey::new(b"0123456789abcdef".to_vec()).unwrap();
        assert_eq!(format!("{key:?}"), "IdKey(..)");
    }
}
