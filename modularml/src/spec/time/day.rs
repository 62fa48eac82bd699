//! Days, and times of day.

use std::fmt;

use super::calendar::{civil, days};
use super::cursor::Cursor;
use super::{DAY, SECOND};

/// A day of the Gregorian calendar.
///
/// ```
/// use modularml::data::Date;
///
/// let day = Date::parse("2026-01-31").unwrap();
/// assert_eq!(day, Date::new(2026, 1, 31).unwrap());
/// assert_eq!((day.days(), day.to_string()), (20_484, "2026-01-31".to_owned()));
/// assert!(Date::parse("2026-02-30").is_none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

impl Date {
    /// The day that is so many days after 1970-01-01.
    #[must_use]
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// A day by its year, month (1 to 12) and day of the month; none where there is no such day.
    #[must_use]
    pub const fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        match days(year as i64, month as i64, day as i64) {
            #[allow(clippy::cast_possible_truncation, reason = "the bounds are tested")]
            Some(days) if days >= i32::MIN as i64 && days <= i32::MAX as i64 => Some(Self(days as i32)),
            _ => None,
        }
    }

    /// The days since 1970-01-01, negative before.
    #[must_use]
    pub const fn days(self) -> i32 {
        self.0
    }

    /// The day that is written as `2026-01-31`; none where there is no such day.
    #[must_use]
    pub const fn parse(text: &str) -> Option<Self> {
        let mut cursor = Cursor::new(text);
        match take_date(&mut cursor) {
            #[allow(clippy::cast_possible_truncation, reason = "a year of six digits at most")]
            Some(days) if cursor.is_at_end() => Some(Self(days as i32)),
            _ => None,
        }
    }
}

/// `2026-01-31`; `-000044-03-15` and `+012026-01-31` for years of more than four digits.
pub(super) const fn take_date(cursor: &mut Cursor<'_>) -> Option<i64> {
    let (is_negative, is_positive) = (cursor.take(b'-'), cursor.take(b'+'));
    let digits = if is_negative || is_positive { cursor.take_digits(4, 6) } else { cursor.take_digits(4, 4) };
    let Some(year) = digits else { return None };
    if !cursor.take(b'-') {
        return None;
    }
    let Some(month) = cursor.take_digits(2, 2) else { return None };
    if !cursor.take(b'-') {
        return None;
    }
    let Some(day) = cursor.take_digits(2, 2) else { return None };
    days(if is_negative { -year } else { year }, month, day)
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = civil(self.0.into());
        let sign = if day.year < 0 {
            "-"
        } else if day.year > 9999 {
            "+"
        } else {
            ""
        };
        let digits = if sign.is_empty() { 4 } else { 6 };
        write!(f, "{sign}{:0digits$}-{:02}-{:02}", day.year.abs(), day.month, day.day)
    }
}

/// A time of day, as a clock shows it: nanoseconds since midnight, less than a day.
///
/// ```
/// use modularml::data::TimeOfDay;
///
/// let noon = TimeOfDay::parse("12:00").unwrap();
/// assert_eq!((noon.nanos(), noon.to_string()), (43_200_000_000_000, "12:00:00".to_owned()));
/// assert!(TimeOfDay::parse("24:00").is_none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(i64);

impl TimeOfDay {
    /// The time that is so many nanoseconds after midnight; none where the day is over by then.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Option<Self> {
        if nanos >= 0 && nanos < DAY { Some(Self(nanos)) } else { None }
    }

    /// The nanoseconds since midnight.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The time that is written as `12:30`, `12:30:15` or `12:30:15.250`; none where a clock shows no such time.
    #[must_use]
    pub const fn parse(text: &str) -> Option<Self> {
        let mut cursor = Cursor::new(text);
        match take_clock(&mut cursor) {
            Some(nanos) if cursor.is_at_end() => Some(Self(nanos)),
            _ => None,
        }
    }
}

/// `12:30`, `12:30:15`, `12:30:15.250`.
pub(super) const fn take_clock(cursor: &mut Cursor<'_>) -> Option<i64> {
    let Some(hour) = cursor.take_digits(1, 2) else { return None };
    if !cursor.take(b':') {
        return None;
    }
    let Some(minute) = cursor.take_digits(2, 2) else { return None };
    let (mut second, mut fraction) = (0, 0);
    if cursor.take(b':') {
        let (Some(whole), Some(rest)) = (cursor.take_digits(2, 2), cursor.take_fraction()) else { return None };
        (second, fraction) = (whole, rest);
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(((hour * 60 + minute) * 60 + second) * SECOND + fraction)
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0 / SECOND, self.0 % SECOND);
        write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        write_fraction(nanos, f)
    }
}

/// What is left of a second, with no digit that says nothing.
pub(super) fn write_fraction(nanos: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if nanos == 0 {
        return Ok(());
    }
    write!(f, ".{}", format!("{nanos:09}").trim_end_matches('0'))
}
