//! Numbers as people read them.

/// A measured number with four significant digits: `0.9814`, `1,235`, `3.2e−7`.
pub(super) fn measured(number: f64) -> String {
    // What is almost 1, a share of rows or of variance, is not said to be 1.
    let digits = if (0.99995..1.0).contains(&number) { 8 } else { 4 };
    significant(number, digits)
}

/// A number with so many significant digits, without zeros at the end of its decimals.
pub(super) fn significant(number: f64, digits: i32) -> String {
    if !number.is_finite() || number == 0.0 {
        return special(number);
    }
    let magnitude = magnitude(number, digits);
    let text = if (-4..6).contains(&magnitude) {
        let decimals = usize::try_from(digits - 1 - magnitude).unwrap_or_default();
        grouped(trimmed(&format!("{:.decimals$}", number.abs())))
    } else {
        let decimals = usize::try_from(digits - 1).unwrap_or_default();
        let text = format!("{:.decimals$e}", number.abs());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        format!("{}e{}", trimmed(mantissa), exponent.replace('-', "−"))
    };
    if number < 0.0 { format!("−{text}") } else { text }
}

/// A number with so many decimals, as it stands in a column or at an axis.
pub(super) fn fixed(number: f64, decimals: usize) -> String {
    if !number.is_finite() {
        return special(number);
    }
    let text = grouped(&format!("{:.decimals$}", number.abs()));
    if number < 0.0 && text.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) { format!("−{text}") } else { text }
}

/// A count: `167,178`.
pub(super) fn thousands(count: usize) -> String {
    grouped(&count.to_string())
}

/// A share in percent: `98.1 %`, not to be broken in two.
pub(super) fn percent(share: f64) -> String {
    if share.is_finite() { format!("{}\u{a0}%", fixed(100.0 * share, 1)) } else { special(share) }
}

/// So many of something: `1 row`, `1,258 rows`.
pub(super) fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { several })
}

/// A time that something took: `0.42 s`, `3 min 5 s`, `2 h 7 min`.
pub(super) fn duration(seconds: f64) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times are positive and far below 2^53")]
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..=9 => format!("{}\u{a0}s", significant(seconds.max(0.0), 2)),
        10..=59 => format!("{whole}\u{a0}s"),
        60..=3599 => format!("{}\u{a0}min\u{a0}{}\u{a0}s", whole / 60, whole % 60),
        _ => format!("{}\u{a0}h\u{a0}{}\u{a0}min", whole / 3600, whole % 3600 / 60),
    }
}

/// A length in a picture, with one decimal.
pub(super) fn length(number: f64) -> String {
    let text = format!("{:.1}", if number.is_finite() { number } else { 0.0 });
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// A count as a number.
#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn count(count: usize) -> f64 {
    count as f64
}

/// The power of ten of the first digit, once the number is rounded to so many digits.
fn magnitude(number: f64, digits: i32) -> i32 {
    let decimals = usize::try_from(digits - 1).unwrap_or_default();
    let text = format!("{:.decimals$e}", number.abs());
    text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or_default()
}

fn special(number: f64) -> String {
    let text = if number.is_nan() {
        "NaN"
    } else if number == f64::INFINITY {
        "∞"
    } else if number == f64::NEG_INFINITY {
        "−∞"
    } else {
        "0"
    };
    text.to_owned()
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// Thousands of the whole part are set apart.
fn grouped(text: &str) -> String {
    let (whole, rest) = text.find('.').map_or((text, ""), |point| text.split_at(point));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_significant_digits() {
        for (number, expected) in [
            (0.981_412_6, "0.9814"),
            (1234.56, "1,235"),
            (99_999.6, "100,000"),
            (999_999.9, "1e6"),
            (12.0, "12"),
            (0.5, "0.5"),
            (1.0, "1"),
            (0.999_971_3, "0.9999713"),
            (-0.000_123_456, "−0.0001235"),
            (0.000_012_345_6, "1.235e−5"),
            (1.5e300, "1.5e300"),
            (0.0, "0"),
            (-0.0, "0"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "−∞"),
        ] {
            assert_eq!(measured(number), expected, "{number}");
        }
    }

    #[test]
    fn counts_times_and_shares_are_written_as_people_do() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(999), "999");
        assert_eq!(fixed(-0.04, 1), "0.0");
        assert_eq!(fixed(-1234.05, 1), "−1,234.0");
        assert_eq!(percent(0.98141), "98.1\u{a0}%");
        assert_eq!(counted(1, "row", "rows"), "1 row");
        assert_eq!(duration(0.4212), "0.42\u{a0}s");
        assert_eq!(duration(185.2), "3\u{a0}min\u{a0}5\u{a0}s");
        assert_eq!(duration(7640.0), "2\u{a0}h\u{a0}7\u{a0}min");
        assert_eq!(length(12.04), "12");
        assert_eq!(length(-0.01), "0");
    }
}
