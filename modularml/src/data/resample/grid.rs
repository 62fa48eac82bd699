//! The steps of a recording, and where times lie among them.

use super::super::recordings::Time;
use super::super::{ColumnSpec, Dtype, Zone};
use crate::spec::time::DAY;
use crate::spec::{Origin, Ticks, Twice};

/// How near to a step, as a part of it, a time of floats is taken to be that of the step: 0.3 is the third tenth.
const NEAR: f64 = 1e-9;

/// Times at a fixed step, counted from where they begin.
#[derive(Clone, Copy, Debug)]
pub(super) enum Grid {
    Whole { origin: i64, every: i64 },
    Real { origin: f64, every: f64 },
}

/// A time: at a step, or so much behind it.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) struct At {
    pub(super) step: i64,
    /// In units of the column, less than a step.
    pub(super) behind: f64,
}

impl At {
    /// The time of a step.
    pub(super) const fn step(step: i64) -> Self {
        Self { step, behind: 0.0 }
    }
}

impl Grid {
    /// The steps of a recording whose first row has that time; none where a time and the step are of different kinds.
    pub(super) fn of(every: Ticks, origin: Origin, order: &ColumnSpec, first: Time) -> Option<Self> {
        Some(match (every, first) {
            (Ticks::Whole(every), Time::Whole(first)) => {
                let origin = match origin {
                    Origin::Start => first,
                    Origin::StartDay if order.dtype == Dtype::Timestamp => midnight(order.zone, first),
                    // A day begins with itself.
                    Origin::StartDay if order.dtype == Dtype::Date => first,
                    Origin::StartDay | Origin::Epoch => 0,
                };
                Self::Whole { origin, every }
            }
            (Ticks::Real(every), Time::Real(first)) => {
                Self::Real { origin: if origin == Origin::Start { first } else { 0.0 }, every }
            }
            _ => return None,
        })
    }

    /// Where a time lies; none where steps cannot be counted so far.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "what is behind a step is small")]
    pub(super) fn at(self, time: Time) -> Option<At> {
        match (self, time) {
            (Self::Whole { origin, every }, Time::Whole(time)) => {
                let (since, every) = (i128::from(time) - i128::from(origin), i128::from(every));
                let step = i64::try_from(since.div_euclid(every)).ok()?;
                Some(At { step, behind: since.rem_euclid(every) as f64 })
            }
            (Self::Real { origin, every }, Time::Real(time)) => {
                let steps = (time - origin) / every;
                // Beyond it floats are no longer apart by one.
                if steps.is_nan() || steps.abs() >= 2f64.powi(53) {
                    return None;
                }
                let nearest = steps.round();
                let slack = NEAR.max(4.0 * f64::EPSILON * steps.abs());
                let step = if (steps - nearest).abs() <= slack { nearest } else { steps.floor() };
                let behind = if (steps - step).abs() <= slack { 0.0 } else { (steps - step) * every };
                Some(At { step: step as i64, behind })
            }
            _ => None,
        }
    }

    /// The time of a step; none where the column cannot hold it.
    #[allow(clippy::cast_precision_loss, reason = "steps of floats are counted to 2^53")]
    pub(super) fn time(self, step: i64) -> Option<Time> {
        match self {
            Self::Whole { origin, every } => {
                let time = i128::from(origin) + i128::from(step) * i128::from(every);
                i64::try_from(time).ok().map(Time::Whole)
            }
            Self::Real { origin, every } => Some(Time::Real((step as f64).mul_add(every, origin))),
        }
    }

    /// How much later than another a time is, in units of the column.
    #[allow(clippy::cast_precision_loss, reason = "it is compared with a limit, and divided by another")]
    pub(super) fn distance(self, from: At, to: At) -> f64 {
        let every = match self {
            Self::Whole { every, .. } => every as f64,
            Self::Real { every, .. } => every,
        };
        (to.step.saturating_sub(from.step) as f64).mul_add(every, to.behind - from.behind)
    }

    /// Whether two times are at most so far apart.
    pub(super) fn is_within(self, limit: Ticks, from: At, to: At) -> bool {
        let slack = match self {
            Self::Whole { .. } => 0.0,
            Self::Real { .. } => limit.real() * NEAR,
        };
        self.distance(from, to) <= limit.real() + slack
    }
}

/// When the day of a time began on the clocks of a zone.
fn midnight(zone: &str, nanos: i64) -> i64 {
    let zone = Zone::of(zone);
    let clock = zone.clock(nanos);
    match zone.instant(clock.div_euclid(DAY), 0, Twice::Missing) {
        Ok(Some(midnight)) => midnight.nanos(),
        // Where clocks showed no midnight on that day, or two, it is as long ago as the clock says, and if nanoseconds do
        // not reach back to it, the epoch begins some day as well.
        _ => nanos.checked_sub(clock.rem_euclid(DAY)).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_that_are_a_step_but_for_their_last_bits_stand_at_it() {
        let grid = Grid::Real { origin: 0.0, every: 0.1 };
        for step in -1000..1000_i64 {
            let time = f64::from(i32::try_from(step).unwrap()) / 10.0;
            assert_eq!(grid.at(Time::Real(time)), Some(At::step(step)), "{time}");
        }
        let between = grid.at(Time::Real(0.35)).unwrap();
        assert!(between.step == 3 && (between.behind - 0.05).abs() < 1e-12, "{between:?}");
    }

    #[test]
    fn whole_numbers_are_exact_to_the_last() {
        let grid = Grid::Whole { origin: 0, every: 1 };
        let last = i64::MAX - 1;
        assert_eq!(grid.at(Time::Whole(last)), Some(At::step(last)));
        assert_eq!(grid.time(last), Some(Time::Whole(last)));
        assert_eq!(Grid::Whole { origin: 0, every: 10 }.at(Time::Whole(-1)), Some(At { step: -1, behind: 9.0 }));
        assert_eq!(Grid::Whole { origin: 5, every: i64::MAX }.time(-2), None);
        assert_eq!(Grid::Whole { origin: i64::MIN, every: 1 }.at(Time::Whole(i64::MAX)), None);
    }
}
