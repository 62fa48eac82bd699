//! Decimals: exact numbers with so many digits behind the point.

use std::fmt;

/// How many digits a decimal has at most, behind the point or before it: so many 64 bits hold.
pub(crate) const DIGITS: u8 = 18;
/// What is too large.
const LIMIT: i64 = 10_i64.pow(DIGITS as u32);
/// From here on `f64` no longer holds every whole number.
const EXACT: u64 = 1 << 53;

/// An exact decimal number with `SCALE` digits behind the point and at most 18 digits in all, as prices and amounts are: as a
/// column it is read, compared, ordered and written without rounding, and what learns of it reads the nearest `f32` or `f64`.
///
/// ```
/// use modularml::data::Decimal;
///
/// let price = Decimal::<2>::parse("12.30").unwrap();
/// assert_eq!((price.units(), price.to_string()), (1230, "12.30".to_owned()));
/// assert_eq!(Decimal::parse("12.3"), Some(price));
/// assert_eq!(price.to_f64(), 12.3);
/// assert!(Decimal::<2>::parse("12.345").is_none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal<const SCALE: u8>(i64);

impl<const SCALE: u8> Decimal<SCALE> {
    /// So many units of its last digit; none of more than 18 digits.
    #[must_use]
    pub const fn from_units(units: i64) -> Option<Self> {
        if units > -LIMIT && units < LIMIT { Some(Self(units)) } else { None }
    }

    /// How many units of its last digit it is: 1230 of 12.30.
    #[must_use]
    pub const fn units(self) -> i64 {
        self.0
    }

    /// The number that is written as `12.30`, `-0.5` or `7`; none where a digit other than 0 stands further behind the point,
    /// or there are too many.
    #[must_use]
    pub const fn parse(text: &str) -> Option<Self> {
        match units(text, SCALE) {
            Some(units) => Some(Self(units)),
            None => None,
        }
    }

    /// The nearest `f64`.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        nearest(self.0, SCALE)
    }
}

impl<const SCALE: u8> fmt::Display for Decimal<SCALE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(self.0, SCALE))
    }
}

/// What a text is in units of the last of so many digits behind the point; none where it is no such number.
pub(crate) const fn units(text: &str, scale: u8) -> Option<i64> {
    let bytes = text.as_bytes().trim_ascii();
    let (is_negative, digits) = match bytes {
        [sign @ (b'-' | b'+'), digits @ ..] => (*sign == b'-', digits),
        digits => (false, digits),
    };
    let (mut value, mut behind, mut count, mut has_point) = (0i64, 0u8, 0usize, false);
    let mut rest = digits;
    while let [first, others @ ..] = rest {
        rest = others;
        match *first {
            b'.' if !has_point => has_point = true,
            digit @ b'0'..=b'9' => {
                count += 1;
                if has_point && behind == scale {
                    if digit != b'0' {
                        return None;
                    }
                    continue;
                }
                if value >= LIMIT / 10 {
                    return None;
                }
                behind += has_point as u8;
                value = value * 10 + (digit - b'0') as i64;
            }
            _ => return None,
        }
    }
    if count == 0 || scale > DIGITS {
        return None;
    }
    while behind < scale {
        if value >= LIMIT / 10 {
            return None;
        }
        value *= 10;
        behind += 1;
    }
    Some(if is_negative { -value } else { value })
}

/// A whole number in such units.
pub(crate) const fn of_whole(number: i128, scale: u8) -> Option<i64> {
    if scale > DIGITS || number <= -(LIMIT as i128) || number >= LIMIT as i128 {
        return None;
    }
    let units = number * 10_i128.pow(scale as u32);
    #[allow(clippy::cast_possible_truncation, reason = "the bounds are tested")]
    if units > -(LIMIT as i128) && units < LIMIT as i128 { Some(units as i64) } else { None }
}

/// A number of units as a text with all digits.
pub(crate) fn text(units: i64, scale: u8) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let scale = usize::from(scale.min(DIGITS));
    let digits = format!("{:0width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, behind) = digits.split_at(digits.len() - scale);
    if behind.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{behind}") }
}

/// The nearest `f64` to a number of units.
#[allow(clippy::cast_precision_loss, reason = "below 2^53 nothing is lost")]
pub(crate) fn nearest(units: i64, scale: u8) -> f64 {
    // Of two numbers that f64 holds, a quotient is rounded once; the powers of ten up to the 22nd are such numbers.
    if units.unsigned_abs() < EXACT {
        return units as f64 / 10_f64.powi(scale.min(DIGITS).into());
    }
    text(units, scale).parse().unwrap_or(units as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_to_the_last_digit_or_not_at_all() {
        for (text, scale, expected) in [
            ("12.3", 2, Some(1230)),
            ("-0.5", 1, Some(-5)),
            ("+.5", 1, Some(5)),
            ("5.", 0, Some(5)),
            ("12.3400", 2, Some(1234)),
            ("12.345", 2, None),
            ("999999999999999999", 0, Some(999_999_999_999_999_999)),
            ("1000000000000000000", 0, None),
            ("9300000000000000000", 0, None),
            ("-9900000000000000000000", 0, None),
            ("950000000000000000", 1, None),
            ("0000000000000000000000000007", 2, Some(700)),
            ("10", 17, None),
            ("0.000000000000000001", 18, Some(1)),
            ("", 2, None),
            (".", 2, None),
            ("-", 2, None),
            ("1e3", 2, None),
            ("1.2.3", 2, None),
            ("NaN", 2, None),
            ("1", 19, None),
        ] {
            assert_eq!(units(text, scale), expected, "{text} with {scale}");
        }
        for units_of in [0, 1, -1, 7, -1230, LIMIT - 1, 1 - LIMIT] {
            for scale in [0, 2, 17, 18] {
                assert_eq!(units(&text(units_of, scale), scale), Some(units_of), "{units_of} with {scale}");
            }
        }
        assert_eq!((of_whole(12, 2), of_whole(-(1 << 70), 2), of_whole(10, 17)), (Some(1200), None, None));
        // `powi` may round where a product would not; the quotient must be that of the digits.
        for (units, scale) in
            [(1, 18), (123_456_789, 9), (-5, 1), (999_999_999_999_999_999, 18), (9_007_199_254_740_993, 2)]
        {
            assert_eq!(
                nearest(units, scale).to_bits(),
                text(units, scale).parse::<f64>().unwrap().to_bits(),
                "{units} {scale}"
            );
        }
    }
}
