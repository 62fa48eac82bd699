//! The Gregorian calendar, as days since 1970-01-01.

/// The days between 0000-03-01 and 1970-01-01.
const TO_1970: i64 = 719_468;
/// The days of 400 years.
const ERA: i64 = 146_097;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
}

/// The day that is so many days after 1970-01-01.
///
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
pub(crate) const fn civil(days: i64) -> Civil {
    let days = days + TO_1970;
    let era = days.div_euclid(ERA);
    let of_era = days.rem_euclid(ERA);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Years begin in March here, so that the day of a leap year is the last one.
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    Civil { year: year_of_era + era * 400 + (month <= 2) as i64, month, day }
}

/// The days from 1970-01-01 to a day; none where there is no such day.
///
/// The inverse of [`civil`], `days_from_civil` there.
pub(super) const fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if year.abs() > 9_999_999 || month < 1 || month > 12 || day < 1 || day > length(year, month) {
        return None;
    }
    let year = year - (month <= 2) as i64;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - TO_1970)
}

const fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

pub(crate) const fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

/// The first of January of a year.
pub(crate) const fn first_of_year(year: i64) -> i64 {
    match days(year, 1, 1) {
        Some(days) => days,
        // The years of days in 64 bits of nanoseconds, and of 32 bits of days, all have one.
        None => 0,
    }
}

/// The day of the week, 0 for Monday.
pub(crate) const fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7)
}
