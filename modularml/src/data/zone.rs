//! Zones: what a clock shows at a point in time, and the other way round.

use chrono::{DateTime, LocalResult, Offset as _, TimeZone as _};
use chrono_tz::Tz;

use super::{Date, TimeOfDay, Timestamp, Twice};
use crate::spec::time::{self, DAY, SECOND};

/// Where a clock stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Zone {
    /// So many seconds ahead of UTC.
    Ahead(i64),
    Named(Tz),
}

/// Why there is no point in time at which a clock shows something.
pub(crate) enum NoTime {
    /// It would lie beyond what nanoseconds in 64 bits hold.
    OutOfRange(String),
    /// The clock shows it twice, or never.
    Refused(String),
}

impl Zone {
    /// The zone of that name, which a rule has checked; UTC of an empty one.
    pub(crate) fn of(name: &str) -> Self {
        match (time::offset(name), name.parse()) {
            (Some(seconds), _) => Self::Ahead(seconds),
            (None, Ok(named)) => Self::Named(named),
            (None, Err(_)) => Self::Ahead(0),
        }
    }

    pub(crate) const fn is_utc(self) -> bool {
        matches!(self, Self::Ahead(0))
    }

    /// What its clock shows at a point in time: nanoseconds since it showed 1970-01-01T00:00:00.
    pub(crate) fn clock(self, nanos: i64) -> i64 {
        let ahead = match self {
            Self::Ahead(seconds) => seconds,
            Self::Named(zone) => {
                let utc = DateTime::from_timestamp_nanos(nanos).naive_utc();
                zone.offset_from_utc_datetime(&utc).fix().local_minus_utc().into()
            }
        };
        nanos.saturating_add(ahead.saturating_mul(SECOND))
    }

    /// The point in time at which its clock shows a day, as days since 1970-01-01, and a time, as nanoseconds; none where
    /// it shows that twice and the value is to be missing then.
    pub(crate) fn instant(self, days: i64, clock: i64, twice: Twice) -> Result<Option<Timestamp>, NoTime> {
        let shown = || {
            let day =
                i32::try_from(days).map_or_else(|_| format!("day {days}"), |days| Date::from_days(days).to_string());
            format!("`{day} {}`", TimeOfDay::from_nanos(clock).unwrap_or_default())
        };
        let offset = match self {
            Self::Ahead(seconds) => seconds,
            Self::Named(zone) => {
                let seconds = days.checked_mul(DAY / SECOND).and_then(|seconds| seconds.checked_add(clock / SECOND));
                let local = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
                let local = local.ok_or_else(|| NoTime::OutOfRange(shown()))?.naive_utc();
                match zone.offset_from_local_datetime(&local) {
                    LocalResult::Single(offset) => offset.fix().local_minus_utc().into(),
                    LocalResult::Ambiguous(one, other) => {
                        let (one, other) = (one.fix().local_minus_utc(), other.fix().local_minus_utc());
                        match twice {
                            // The further ahead of UTC a clock is, the earlier it shows something.
                            Twice::Earlier => one.max(other).into(),
                            Twice::Later => one.min(other).into(),
                            Twice::Missing => return Ok(None),
                            Twice::Refuse => {
                                let problem = "twice; write the offset from UTC as well, or say which one is meant: twice = \
                                               earlier, later or missing (in the schema, or by Reader::twice)";
                                return Err(NoTime::Refused(format!("clocks in {zone} showed {} {problem}", shown())));
                            }
                        }
                    }
                    LocalResult::None => {
                        let problem = "correct it, or the zone";
                        return Err(NoTime::Refused(format!("clocks in {zone} never showed {}; {problem}", shown())));
                    }
                }
            }
        };
        let time = time::Written { days, clock, offset: Some(offset) }.in_utc();
        time.map(Some).map_err(|_| NoTime::OutOfRange(shown()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zones_that_rules_know_are_those_of_the_database() {
        let names: Vec<&str> = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
        assert_eq!(time::ZONES.to_vec(), names);
    }
}
