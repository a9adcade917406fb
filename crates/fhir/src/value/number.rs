//! Integer strings of DICOM as FHIR's `unsignedInt`.

/// The number, if it is one that `unsignedInt` holds (0 to 2,147,483,647).
pub(crate) fn unsigned(text: &str) -> Option<u32> {
    let digits = text.trim();
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u32 = digits.parse().ok()?;
    (number <= i32::MAX as u32).then_some(number)
}

/// A probability with the four decimals that a calibration can bear.
pub(crate) fn probability(value: f64) -> Option<f64> {
    let inside = value.is_finite() && (0.0..=1.0).contains(&value);
    inside.then(|| (value * 10_000.0).round() / 10_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<u32>) {
        assert_eq!(unsigned(text), expect, "{text:?}");
    }

    #[test]
    fn only_unsigned_numbers_pass() {
        check("7", Some(7));
        check(" +007 ", Some(7));
        check("2147483647", Some(2_147_483_647));
        check("2147483648", None);
        check("99999999999999999", None);
        check("-1", None);
        check("1A", None);
        check("1.5", None);
        check("", None);
    }

    #[test]
    fn probabilities_are_finite_and_short() {
        assert_eq!(probability(0.982_349), Some(0.9823));
        assert_eq!(probability(f64::NAN), None);
        assert_eq!(probability(1.2), None);
    }
}
