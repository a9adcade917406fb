//! Exponential and logarithm for whole planes: short polynomials that the compiler turns into vector code.
//!
//! Unlike those of a platform's mathematics library they give the same bits everywhere.

/// Adding and taking away this rounds a small number to a whole one.
const ROUNDER: f32 = 12_582_912.0;

/// `e` to the power of `x`, with a relative error below 1e-5; `x` beyond ±87 is held there.
#[must_use]
pub fn exp(x: f32) -> f32 {
    let t = x.clamp(-87.0, 87.0) * std::f32::consts::LOG2_E;
    let rounded = t + ROUNDER;
    let f = t - (rounded - ROUNDER);
    let tail = 0.240_226_5 + f * (0.055_503_3 + f * (0.009_618_1 + f * 0.001_339_8));
    let power = 1.0 + f * (std::f32::consts::LN_2 + f * tail);
    f32::from_bits(power.to_bits().wrapping_add(rounded.to_bits() << 23))
}

/// The natural logarithm of a normal positive number, with an error below 1e-6 (or relative to the result, where larger).
#[must_use]
pub fn ln(x: f32) -> f32 {
    // Splits off the power of two so that what is left lies between the roots of one half and of two.
    let bits = x.to_bits().wrapping_sub(0x3f35_04f3);
    let exponent = (bits.cast_signed() >> 23) as f32;
    let m = f32::from_bits((bits & 0x007f_ffff).wrapping_add(0x3f35_04f3)) - 1.0;
    // The inverse hyperbolic tangent of s, in odd powers.
    let s = m / (2.0 + m);
    let z = s * s;
    let series = 2.0 + z * (0.666_666_7 + z * (0.4 + z * (0.285_714_3 + z * 0.222_222_2)));
    exponent * std::f32::consts::LN_2 + s * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_and_logarithm_are_those_of_the_textbook() {
        for k in -8000..=8000 {
            let x = k as f32 * 0.01;
            let (e, exact) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((e / exact - 1.0).abs() < 1e-5, "exp {x}: {e} {exact}");
            let (back, exact) = (f64::from(ln(exp(x))), f64::from(exp(x)).ln());
            assert!(
                (back - exact).abs() < 1e-6 * exact.abs().max(1.0),
                "ln {x}: {back} {exact}"
            );
        }
        assert!(exp(-1e9).is_finite() && exp(1e9).is_finite());
    }
}
