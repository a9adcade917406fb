//! A SNOMED CT identifier, validated when it is made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A SNOMED CT concept identifier: 6 to 18 digits, concept partition (`00` or `10`), Verhoeff check digit.
///
/// ```
/// let chest: bodysite_core::Sctid = "816094009".parse().unwrap();
/// assert_eq!(chest.to_string(), "816094009");
/// assert!("816094008".parse::<bodysite_core::Sctid>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sctid(u64);

/// Why a text is not a SNOMED CT concept identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SctidError {
    /// Not 6 to 18 decimal digits without a leading zero.
    #[error("{0:?} is not 6 to 18 digits")]
    Shape(String),
    /// The two digits before the check digit do not name a concept.
    #[error("{0} is not in the concept partition")]
    Partition(String),
    /// The Verhoeff check digit is wrong.
    #[error("{0} has a wrong check digit")]
    CheckDigit(String),
}

// SNOMED CT Technical Implementation Guide, "Verhoeff check": dihedral group D5 and its permutation.
const MULTIPLY: [[u8; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];
const PERMUTE: [[u8; 10]; 8] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
    [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
    [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];

fn verhoeff_holds(digits: &[u8]) -> bool {
    let check = digits.iter().rev().enumerate().fold(0u8, |acc, (i, d)| {
        MULTIPLY[usize::from(acc)][usize::from(PERMUTE[i % 8][usize::from(d - b'0')])]
    });
    check == 0
}

impl FromStr for Sctid {
    type Err = SctidError;

    fn from_str(text: &str) -> Result<Self, SctidError> {
        let digits = text.as_bytes();
        let shaped = (6..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) && digits[0] != b'0';
        if !shaped {
            return Err(SctidError::Shape(text.to_owned()));
        }
        if !verhoeff_holds(digits) {
            return Err(SctidError::CheckDigit(text.to_owned()));
        }
        if !matches!(&digits[digits.len() - 3..digits.len() - 1], b"00" | b"10") {
            return Err(SctidError::Partition(text.to_owned()));
        }
        text.parse().map(Sctid).map_err(|_| SctidError::Shape(text.to_owned()))
    }
}

impl fmt::Display for Sctid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Sctid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl TryFrom<String> for Sctid {
    type Error = SctidError;

    fn try_from(text: String) -> Result<Self, SctidError> {
        text.parse()
    }
}

impl From<Sctid> for String {
    fn from(id: Sctid) -> String {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<(), SctidError>) {
        assert_eq!(text.parse::<Sctid>().map(|_| ()), expect, "{text}");
    }

    #[test]
    fn identifiers_are_validated_when_made() {
        check("816094009", Ok(()));
        check("1217254007", Ok(()));
        // Numbers that circulate in public code with a wrong check digit.
        for wrong in ["71897000", "30251500", "67826004"] {
            check(wrong, Err(SctidError::CheckDigit(wrong.into())));
        }
        check("12345", Err(SctidError::Shape("12345".into())));
        check("0816094009", Err(SctidError::Shape("0816094009".into())));
        check("81609400x", Err(SctidError::Shape("81609400x".into())));
    }

    #[test]
    fn a_description_identifier_is_not_a_concept() {
        check("754786014", Err(SctidError::Partition("754786014".into())));
    }
}
