//! Spans of time.

use std::fmt;

use super::cursor::Cursor;
use super::day::write_fraction;
use super::{DAY, SECOND};

const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// A span of time in nanoseconds, up to 292 years forwards or backwards.
///
/// ```
/// use modularml::data::TimeDelta;
///
/// let span = TimeDelta::parse("1 h 30 min").unwrap();
/// assert_eq!(span, TimeDelta::minutes(90));
/// assert_eq!(span.to_string(), "1h 30min");
/// assert_eq!(TimeDelta::parse("1 days 02:00:00"), Some(TimeDelta::hours(26)));
/// assert_eq!(TimeDelta::parse("PT1.5S").map(TimeDelta::nanos), Some(1_500_000_000));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeDelta(i64);

/// Writes constructors; what is longer than 292 years counts as 292.
macro_rules! of_units {
    ($($unit:ident: $nanos:expr;)*) => {$(
        #[doc = concat!("So many ", stringify!($unit), "; the longest span where it would be longer.")]
        #[must_use]
        pub const fn $unit($unit: i64) -> Self {
            Self($unit.saturating_mul($nanos))
        }
    )*};
}

impl TimeDelta {
    of_units! {
        weeks: 7 * DAY;
        days: DAY;
        hours: HOUR;
        minutes: MINUTE;
        seconds: SECOND;
        millis: SECOND / 1_000;
        micros: SECOND / 1_000_000;
    }

    /// A span of so many nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The span that is written with units, `2 days`, `1h 30min`, `250 ms`; as pandas does, `1 days 02:03:04.5`; or as in
    /// ISO 8601, `P1DT2H`. None where it is none of these, a part of a nanosecond is left, or it is too long. Months and
    /// years are none, because they differ in length.
    #[must_use]
    pub const fn parse(text: &str) -> Option<Self> {
        let mut cursor = Cursor::new(text);
        let sign = take_sign(&mut cursor);
        let nanos = if cursor.take(b'P') { take_iso(&mut cursor) } else { take_parts(&mut cursor, sign) };
        match nanos {
            Some(nanos) if cursor.is_at_end() => {
                let nanos = sign * nanos;
                #[allow(clippy::cast_possible_truncation, reason = "the bounds are tested")]
                if nanos < i64::MIN as i128 || nanos > i64::MAX as i128 { None } else { Some(Self(nanos as i64)) }
            }
            _ => None,
        }
    }
}

const fn take_sign(cursor: &mut Cursor<'_>) -> i128 {
    if cursor.take(b'-') {
        return -1;
    }
    cursor.take(b'+');
    1
}

/// `1 h 30 min`, `02:03:04.5`, `1 days 02:03:04.5`. A sign before a clock is that of the clock alone, as in what pandas
/// writes for one second less than nothing, `-1 days +23:59:59`.
const fn take_parts(cursor: &mut Cursor<'_>, sign: i128) -> Option<i128> {
    let mut nanos = 0;
    loop {
        let is_signed = matches!(cursor.peek(), Some(b'+' | b'-'));
        let own_sign = if is_signed { sign * take_sign(cursor) } else { 1 };
        let Some(number) = cursor.take_digits(1, 18) else { return None };
        if cursor.take(b':') {
            return match take_rest_of_clock(cursor, number) {
                Some(clock) => Some(nanos + own_sign * clock),
                None => None,
            };
        }
        // A sign of its own has a clock alone.
        if is_signed {
            return None;
        }
        let Some(fraction) = cursor.take_fraction() else { return None };
        cursor.take_spaces();
        let Some(part) = part(number, fraction, unit(cursor.take_word())) else { return None };
        nanos += part;
        cursor.take_spaces();
        if cursor.is_at_end() {
            return Some(nanos);
        }
    }
}

/// `03:04.5` behind hours, of which there may be more than a day has. Without seconds it could be minutes and seconds.
const fn take_rest_of_clock(cursor: &mut Cursor<'_>, hours: i64) -> Option<i128> {
    let Some(minutes) = cursor.take_digits(2, 2) else { return None };
    if !cursor.take(b':') {
        return None;
    }
    let (Some(seconds), Some(fraction)) = (cursor.take_digits(2, 2), cursor.take_fraction()) else { return None };
    if minutes > 59 || seconds > 59 {
        return None;
    }
    Some((hours as i128 * 3600 + (minutes * 60 + seconds) as i128) * SECOND as i128 + fraction as i128)
}

/// `1DT2H30M1.5S` behind the `P`.
const fn take_iso(cursor: &mut Cursor<'_>) -> Option<i128> {
    let (mut nanos, mut has_time, mut parts) = (0, false, 0);
    while !cursor.is_at_end() {
        if !has_time && cursor.take(b'T') {
            has_time = true;
        }
        let (Some(number), Some(fraction)) = (cursor.take_digits(1, 18), cursor.take_fraction()) else { return None };
        let unit = match (has_time, cursor.peek()) {
            (false, Some(b'W')) => 7 * DAY,
            (false, Some(b'D')) => DAY,
            (true, Some(b'H')) => HOUR,
            (true, Some(b'M')) => MINUTE,
            (true, Some(b'S')) => SECOND,
            _ => return None,
        };
        cursor.skip();
        let Some(part) = part(number, fraction, Some(unit)) else { return None };
        nanos += part;
        parts += 1;
    }
    if parts == 0 { None } else { Some(nanos) }
}

/// A number of units, with billionths behind its point; none where that is no whole number of nanoseconds.
const fn part(number: i64, fraction: i64, unit: Option<i64>) -> Option<i128> {
    let Some(unit) = unit else { return None };
    let behind = fraction as i128 * unit as i128;
    if behind % SECOND as i128 != 0 { None } else { Some(number as i128 * unit as i128 + behind / SECOND as i128) }
}

/// The nanoseconds of a unit.
const fn unit(word: &[u8]) -> Option<i64> {
    Some(match word {
        b"w" | b"wk" | b"week" | b"weeks" => 7 * DAY,
        b"d" | b"day" | b"days" => DAY,
        b"h" | b"hr" | b"hour" | b"hours" => HOUR,
        b"min" | b"minute" | b"minutes" => MINUTE,
        b"s" | b"sec" | b"second" | b"seconds" => SECOND,
        b"ms" | b"millis" | b"millisecond" | b"milliseconds" => SECOND / 1_000,
        // The last two are the Greek letter, and the sign for micro.
        b"us" | b"micros" | b"microsecond" | b"microseconds" | b"\xCE\xBCs" | b"\xC2\xB5s" => SECOND / 1_000_000,
        b"ns" | b"nanos" | b"nanosecond" | b"nanoseconds" => 1,
        _ => return None,
    })
}

/// The longest units first, `2d 1h 30min`; what is less than a second as a fraction of it.
impl fmt::Display for TimeDelta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, mut rest) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        f.write_str(sign)?;
        let mut space = "";
        for (unit, name) in [(DAY, "d"), (HOUR, "h"), (MINUTE, "min")] {
            let unit = unit.unsigned_abs();
            if rest >= unit {
                write!(f, "{space}{}{name}", rest / unit)?;
                (rest, space) = (rest % unit, " ");
            }
        }
        if rest > 0 || space.is_empty() {
            let (seconds, nanos) = (rest / SECOND.unsigned_abs(), rest % SECOND.unsigned_abs());
            write!(f, "{space}{seconds}")?;
            write_fraction(nanos.cast_signed(), f)?;
            f.write_str("s")?;
        }
        Ok(())
    }
}
