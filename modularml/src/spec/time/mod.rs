//! Points in time, days, times of day and spans of time, as columns hold them and as people write them.

mod calendar;
mod cursor;
mod day;
mod delta;
mod format;
mod stamp;
mod zones;

pub(crate) use calendar::{Civil, civil, first_of_year, is_leap, weekday};
pub use day::{Date, TimeOfDay};
pub use delta::TimeDelta;
pub(crate) use format::Format;
pub use stamp::Timestamp;
pub(crate) use stamp::{Written, says_offset, written};
#[cfg(test)]
pub(crate) use zones::ZONES;
pub(crate) use zones::{offset, zone};

use super::Dtype;

/// How many nanoseconds a second and a day have.
pub(crate) const SECOND: i64 = 1_000_000_000;
pub(crate) const DAY: i64 = 86_400 * SECOND;

/// What a text stands for in a column of times, as a whole number that has the order of the times: nanoseconds, or days
/// of a [`Date`]. None where it is no such time, or the column holds none.
pub(crate) const fn number(dtype: Dtype, text: &str) -> Option<i64> {
    match dtype {
        Dtype::Timestamp => match Timestamp::parse(text) {
            Some(time) => Some(time.nanos()),
            None => None,
        },
        Dtype::Date => match Date::parse(text) {
            Some(date) => Some(date.days() as i64),
            None => None,
        },
        Dtype::TimeOfDay => match TimeOfDay::parse(text) {
            Some(time) => Some(time.nanos()),
            None => None,
        },
        Dtype::TimeDelta => match TimeDelta::parse(text) {
            Some(span) => Some(span.nanos()),
            None => None,
        },
        _ => None,
    }
}

/// A time that such a column holds, as a text that reads back as the same.
pub(crate) fn text(dtype: Dtype, number: i64) -> Option<String> {
    Some(match dtype {
        Dtype::Timestamp => Timestamp::from_nanos(number).to_string(),
        Dtype::Date => Date::from_days(i32::try_from(number).ok()?).to_string(),
        Dtype::TimeOfDay => TimeOfDay::from_nanos(number)?.to_string(),
        Dtype::TimeDelta => TimeDelta::from_nanos(number).to_string(),
        _ => return None,
    })
}

/// How a time of such a column is written.
pub(crate) const fn example(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::Date => "\"2026-01-31\"",
        Dtype::TimeOfDay => "\"12:30:00\"",
        Dtype::TimeDelta => "\"90 min\"",
        _ => "\"2026-01-31\" or \"2026-01-31T12:30:00\"",
    }
}
