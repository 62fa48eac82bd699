//! Points in time.

use std::fmt;

use super::cursor::Cursor;
use super::day::{take_clock, take_date, write_fraction};
use super::{DAY, Date, SECOND};

/// A point in time, in nanoseconds: from 1677-09-21 to 2262-04-11.
///
/// It is the same point wherever it is looked at. A text without an offset from UTC is taken as UTC, unless its column says
/// in which zone the clock stood.
///
/// ```
/// use modularml::data::Timestamp;
///
/// let noon = Timestamp::parse("2026-01-31T12:00:00").unwrap();
/// assert_eq!(noon, Timestamp::parse("2026-01-31 13:00:00+01:00").unwrap());
/// assert_eq!(noon.to_string(), "2026-01-31T12:00:00Z");
/// assert_eq!(noon.nanos(), 1_769_860_800_000_000_000);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time that is so many nanoseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The nanoseconds since 1970-01-01T00:00:00Z, negative before.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The day in UTC.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "nanoseconds of 64 bits are days of 18")]
    pub const fn date(self) -> Date {
        Date::from_days(self.0.div_euclid(DAY) as i32)
    }

    /// The time that is written as in ISO 8601, `2026-01-31T12:30:00.5+01:00`: with a space for the `T`, without seconds,
    /// time or offset too. None where there is no such time, or it is out of range.
    #[must_use]
    pub const fn parse(text: &str) -> Option<Self> {
        match written(text) {
            Some(written) => match written.in_utc() {
                Ok(time) => Some(time),
                Err(OutOfRange) => None,
            },
            None => None,
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_day = self.0.rem_euclid(DAY);
        let (seconds, nanos) = (of_day / SECOND, of_day % SECOND);
        write!(f, "{}T{:02}:{:02}:{:02}", self.date(), seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        write_fraction(nanos, f)?;
        f.write_str("Z")
    }
}

/// Nanoseconds in 64 bits reach from 1677-09-21 to 2262-04-11.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutOfRange;

/// A date and time as a text says them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// What the calendar shows, as days since 1970-01-01.
    pub(crate) days: i64,
    /// What the clock shows, as nanoseconds since midnight.
    pub(crate) clock: i64,
    /// How many seconds the clock is ahead of UTC, where the text says so.
    pub(crate) offset: Option<i64>,
}

impl Written {
    /// The time that it is, where the clock shows UTC unless the text says otherwise.
    pub(crate) const fn in_utc(self) -> Result<Timestamp, OutOfRange> {
        let offset = match self.offset {
            Some(seconds) => seconds,
            None => 0,
        };
        let nanos = self.days as i128 * DAY as i128 + self.clock as i128 - (offset as i128 * SECOND as i128);
        if nanos < i64::MIN as i128 || nanos > i64::MAX as i128 {
            return Err(OutOfRange);
        }
        #[allow(clippy::cast_possible_truncation, reason = "the bounds are tested")]
        Ok(Timestamp(nanos as i64))
    }
}

/// Whether a text in ISO 8601 says how far its clock is ahead of UTC.
pub(crate) const fn says_offset(text: &str) -> bool {
    matches!(written(text), Some(Written { offset: Some(_), .. }))
}

/// What a text in ISO 8601 says; none where there is no such day or time.
pub(crate) const fn written(text: &str) -> Option<Written> {
    let mut cursor = Cursor::new(text);
    let Some(days) = take_date(&mut cursor) else { return None };
    if cursor.is_at_end() {
        return Some(Written { days, clock: 0, offset: None });
    }
    if !cursor.take(b'T') && !cursor.take(b't') && !cursor.take(b' ') {
        return None;
    }
    let Some(clock) = take_clock(&mut cursor) else { return None };
    cursor.take_spaces();
    if cursor.is_at_end() {
        return Some(Written { days, clock, offset: None });
    }
    match take_offset(&mut cursor) {
        Some(offset) if cursor.is_at_end() => Some(Written { days, clock, offset: Some(offset) }),
        _ => None,
    }
}

/// `Z`, `UTC`, `+01`, `+01:00` or `+0100`, in seconds.
pub(super) const fn take_offset(cursor: &mut Cursor<'_>) -> Option<i64> {
    let is_behind = match cursor.peek() {
        Some(b'+') => !cursor.take(b'+'),
        Some(b'-') => cursor.take(b'-'),
        _ => {
            let word = cursor.take_word();
            let is_utc = matches!(word, b"Z" | b"z" | b"UTC");
            return if is_utc { Some(0) } else { None };
        }
    };
    let Some(hours) = cursor.take_two() else { return None };
    let minutes = if cursor.take(b':') || matches!(cursor.peek(), Some(b'0'..=b'9')) {
        match cursor.take_two() {
            Some(minutes) => minutes,
            None => return None,
        }
    } else {
        0
    };
    if hours > 18 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    Some(if is_behind { -seconds } else { seconds })
}
