//! The exponential function and the hyperbolic tangent of f32 without branches, so that loops over them are vectorized.
//!
//! Both follow Moshier's Cephes library (1989): polynomials on a small interval, right to about two units of the last
//! place. Within `vectorized!` a `mul_add` is one instruction on processors since about 2013; on older ones it is a call.

/// exp(x).
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let bounded = if x < -104.0 { -104.0 } else { x };
    let bounded = if bounded > 89.0 { 89.0 } else { bounded };
    let (power, fraction) = reduced(bounded);
    // In two steps, because 2^128 is too large for one and numbers below 2^-126 have no exponent of their own.
    let half = power >> 1;
    fraction * two_to(half) * two_to(power.wrapping_sub(half))
}

/// exp(x) of x below 0 to be added to a number that is not small: 1e-38 where it would be less.
#[inline(always)]
pub(crate) fn exp_below_one(x: f32) -> f32 {
    let (power, fraction) = reduced(if x < -87.0 { -87.0 } else { x });
    fraction * two_to(power)
}

/// The whole n and the fraction f with exp(x) = 2^n f.
#[inline(always)]
fn reduced(x: f32) -> (i32, f32) {
    // Adding it rounds to a whole number, which then stands in the last bits.
    const ROUNDS: f32 = 12_582_912.0;
    // ln 2 in two parts, so that the product with a whole number is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let rounded = x.mul_add(std::f32::consts::LOG2_E, ROUNDS);
    let whole = rounded - ROUNDS;
    let r = (-whole).mul_add(LN_2[1], (-whole).mul_add(LN_2[0], x));
    let mut sum = 1.987_569_2e-4_f32;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
        sum = sum.mul_add(r, coefficient);
    }
    let power = rounded.to_bits().wrapping_sub(ROUNDS.to_bits()).cast_signed();
    (power, (sum * r).mul_add(r, r) + 1.0)
}

/// 2^n, for n from -126 to 127.
#[inline(always)]
fn two_to(power: i32) -> f32 {
    f32::from_bits((power.wrapping_add(127) << 23).cast_unsigned())
}

/// tanh(x).
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let size = x.abs();
    let small = exp_below_one(-size - size);
    let far = (1.0 - small) / (1.0 + small);
    let square = x * x;
    let mut sum = -5.704_988_7e-3_f32;
    for coefficient in [2.063_908_8e-2, -5.373_971_6e-2, 0.133_314_43, -0.333_332_8] {
        sum = sum.mul_add(square, coefficient);
    }
    let near = (sum * square).mul_add(x, x);
    if size > 0.625 { far.copysign(x) } else { near }
}

#[cfg(test)]
mod tests {
    use super::{exp, tanh};

    /// Against f64, to four units of the last place of f32.
    #[test]
    #[allow(clippy::cast_precision_loss, reason = "steps are far below 2^23")]
    fn values_are_those_of_f64() {
        for step in -100_000..=88_000 {
            let x = step as f32 / 1000.0;
            for (name, found, expected) in [("exp", exp(x), f64::from(x).exp()), ("tanh", tanh(x), f64::from(x).tanh())]
            {
                // Below the smallest normal number, units of the last place are absolute.
                let unit = expected.abs().max(f64::from(f32::MIN_POSITIVE)) * f64::from(f32::EPSILON);
                let off = (f64::from(found) - expected).abs() / unit;
                assert!(off < 4.0, "{name}({x}) = {found}, expected {expected}: {off} units");
            }
        }
    }

    #[test]
    #[allow(clippy::float_cmp, reason = "ends are exact")]
    fn ends_are_exact() {
        assert_eq!(
            [exp(0.0), exp(f32::NEG_INFINITY), exp(-200.0), exp(f32::INFINITY), exp(100.0)],
            [1.0, 0.0, 0.0, f32::INFINITY, f32::INFINITY]
        );
        assert_eq!([tanh(0.0), tanh(f32::NEG_INFINITY), tanh(f32::INFINITY), tanh(50.0)], [0.0, -1.0, 1.0, 1.0]);
        assert!(exp(f32::NAN).is_nan() && tanh(f32::NAN).is_nan());
    }
}
