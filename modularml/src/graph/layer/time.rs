//! Numbers of times: what a clock and a calendar show, and how long something takes.

mod calendar;

use std::f64::consts::TAU;

use candle_core::{DType, Tensor};

use super::{BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, Times, only, only_value};
use crate::data::{Dtype, Timestamp, Zone};
use crate::onnx::{Element, OnnxGraph, OnnxValue};
use crate::spec::Label;
use crate::spec::time::{Civil, DAY, SECOND, civil, first_of_year, is_leap, weekday};
use crate::{Error, Result};

/// The nanoseconds of an hour.
const HOUR: i64 = 3600 * SECOND;

/// The width of a part of time: the number, or sine and cosine of where it stands in its cycle.
const fn width(cyclic: bool) -> usize {
    if cyclic { 2 } else { 1 }
}

/// The hour of the day with its fraction: 13.5 at half past one in the afternoon.
///
/// It reads a column of [`Timestamp`](crate::data::Timestamp) or [`TimeOfDay`](crate::data::TimeOfDay), and hours are
/// those of the column's zone. The output is `[1]`; with `cyclic` it is `[2]`, sin(2 pi h / 24) and cos(2 pi h / 24), in
/// which midnight is near eleven at night.
///
/// ```
/// use modularml::graph::layer::Hour;
///
/// let as_a_clock = Hour::new().cyclic();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::OfTime { times: Times::OfDay, width: width(self.cyclic) }, learns = Learns::Nothing, passes_gradient = false, padding = OnPadding::Refuses)]
pub struct Hour {
    /// Sine and cosine of the hour instead of the hour.
    #[setting(default = false)]
    cyclic: bool,
}

/// The day of the week: 0 on Monday to 6 on Sunday.
///
/// It reads a column of [`Timestamp`](crate::data::Timestamp) or [`Date`](crate::data::Date), and days are those of the column's zone. The
/// output is `[1]`; with `cyclic` it is `[2]`, sin(2 pi d / 7) and cos(2 pi d / 7).
///
/// ```
/// use modularml::graph::layer::DayOfWeek;
///
/// let in_a_circle = DayOfWeek::new().cyclic();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::OfTime { times: Times::OfCalendar, width: width(self.cyclic) }, learns = Learns::Nothing, passes_gradient = false, padding = OnPadding::Refuses)]
pub struct DayOfWeek {
    /// Sine and cosine of the day instead of the day.
    #[setting(default = false)]
    cyclic: bool,
}

/// The day of the year: 1 on the first of January to 365, or 366 in leap years.
///
/// It reads a column of [`Timestamp`](crate::data::Timestamp) or [`Date`](crate::data::Date), and days are those of the column's zone. The
/// output is `[1]`; with `cyclic` it is `[2]`, sine and cosine of 2 pi (d - 1) / n in a year of n days.
///
/// ```
/// use modularml::graph::layer::DayOfYear;
///
/// let season = DayOfYear::new().cyclic();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::OfTime { times: Times::OfCalendar, width: width(self.cyclic) }, learns = Learns::Nothing, passes_gradient = false, padding = OnPadding::Refuses)]
pub struct DayOfYear {
    /// Sine and cosine of the day instead of the day.
    #[setting(default = false)]
    cyclic: bool,
}

/// The month: 1 in January to 12 in December.
///
/// It reads a column of [`Timestamp`](crate::data::Timestamp) or [`Date`](crate::data::Date), and months are those of the column's zone. The
/// output is `[1]`; with `cyclic` it is `[2]`, sin(2 pi (m - 1) / 12) and cos(2 pi (m - 1) / 12).
///
/// ```
/// use modularml::graph::layer::Month;
///
/// let in_a_circle = Month::new().cyclic();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::OfTime { times: Times::OfCalendar, width: width(self.cyclic) }, learns = Learns::Nothing, passes_gradient = false, padding = OnPadding::Refuses)]
pub struct Month {
    /// Sine and cosine of the month instead of the month.
    #[setting(default = false)]
    cyclic: bool,
}

/// The days since a point in time, with their fraction, negative before it.
///
/// It reads a column of [`Timestamp`](crate::data::Timestamp) or [`Date`](crate::data::Date); a day begins at midnight UTC. The output is
/// `[1]`.
///
/// ```
/// use modularml::graph::layer::Elapsed;
///
/// let since_new_year = Elapsed::since("2026-01-01");
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::OfTime { times: Times::OfCalendar, width: 1 }, learns = Learns::Nothing, passes_gradient = false, padding = OnPadding::Refuses)]
pub struct Elapsed {
    /// The point in time, `2026-01-31` or `2026-01-31T12:30:00Z`.
    #[setting(first)]
    since: Label,
}

/// A span of time as a number of days, with its fraction.
///
/// It reads a column of [`TimeDelta`](crate::data::TimeDelta). The output is `[1]`.
///
/// ```
/// use modularml::graph::layer::Days;
///
/// let rest = Days::new();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::OfTime { times: Times::Spans, width: 1 }, learns = Learns::Nothing, passes_gradient = false, padding = OnPadding::Refuses)]
pub struct Days {}

impl BuildLayer for Hour {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::of(&build, Part::Hour, self.cyclic)
    }
}

impl BuildLayer for DayOfWeek {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::of(&build, Part::DayOfWeek, self.cyclic)
    }
}

impl BuildLayer for DayOfYear {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::of(&build, Part::DayOfYear, self.cyclic)
    }
}

impl BuildLayer for Month {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::of(&build, Part::Month, self.cyclic)
    }
}

impl BuildLayer for Elapsed {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        let Some(first) = Timestamp::parse(self.since) else {
            return Err(Error::Component(format!(
                "`{}` is no point in time; write, for example, 2026-01-31",
                self.since
            )));
        };
        Running::of(&build, Part::Since(first), false)
    }
}

impl BuildLayer for Days {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::of(&build, Part::Days, false)
    }
}

/// Which number of a time is wanted.
#[derive(Clone, Copy)]
enum Part {
    Hour,
    DayOfWeek,
    DayOfYear,
    Month,
    /// The days since a point in time.
    Since(Timestamp),
    Days,
}

impl Part {
    /// The number at what a clock shows, a day since 1970 and nanoseconds, and how far around its cycle that is.
    #[allow(clippy::cast_precision_loss, reason = "days, and nanoseconds of a day, are far below 2^53")]
    fn of(self, days: i64, clock: i64) -> (f64, f64) {
        let of_day = || clock as f64 / DAY as f64;
        match self {
            Self::Hour => (clock as f64 / HOUR as f64, of_day()),
            Self::DayOfWeek => {
                let day = weekday(days) as f64;
                (day, day / 7.0)
            }
            Self::DayOfYear => {
                let Civil { year, .. } = civil(days);
                let before = (days - first_of_year(year)) as f64;
                (before + 1.0, before / if is_leap(year) { 366.0 } else { 365.0 })
            }
            Self::Month => {
                let month = civil(days).month as f64;
                (month, (month - 1.0) / 12.0)
            }
            Self::Since(first) => {
                let (day, rest) = (first.nanos().div_euclid(DAY), first.nanos().rem_euclid(DAY));
                ((days - day) as f64 + (clock - rest) as f64 / DAY as f64, 0.0)
            }
            Self::Days => (days as f64 + of_day(), 0.0),
        }
    }

    /// [`of`](Self::of) in a graph of ONNX, of days since 1970 and nanoseconds of the day as a number.
    #[allow(clippy::cast_precision_loss, reason = "nanoseconds of a day are far below 2^53")]
    fn onnx(self, graph: &mut OnnxGraph, days: &OnnxValue, clock: Option<&OnnxValue>) -> (OnnxValue, OnnxValue) {
        let zero = graph.constant(Element::Double, &[0.0], &[]);
        let clock = clock.cloned().unwrap_or(zero);
        let of_day = graph.with_number("Div", &clock, DAY as f64);
        match self {
            Self::Hour => (graph.with_number("Div", &clock, HOUR as f64), of_day),
            Self::DayOfWeek => {
                let day = calendar::weekday(graph, days);
                (day.clone(), graph.with_number("Div", &day, 7.0))
            }
            Self::DayOfYear => {
                let (before, length) = calendar::day_of_year(graph, days);
                (graph.with_number("Add", &before, 1.0), graph.binary("Div", &before, &length))
            }
            Self::Month => {
                let month = calendar::month(graph, days);
                let before = graph.with_number("Sub", &month, 1.0);
                (month, graph.with_number("Div", &before, 12.0))
            }
            Self::Since(first) => {
                let (day, rest) = (first.nanos().div_euclid(DAY), first.nanos().rem_euclid(DAY));
                let first = graph.integers(&[day], &[]);
                let days = graph.binary("Sub", days, &first);
                let days = graph.cast(&days, Element::Double);
                let clock = graph.with_number("Sub", &clock, rest as f64);
                let share = graph.with_number("Div", &clock, DAY as f64);
                let since = graph.binary("Add", &days, &share);
                (since.clone(), since)
            }
            Self::Days => {
                let days = graph.cast(days, Element::Double);
                let sum = graph.binary("Add", &days, &of_day);
                (sum.clone(), sum)
            }
        }
    }
}

struct Running {
    part: Part,
    cyclic: bool,
    /// Whether the column counts days, and not nanoseconds.
    counts_days: bool,
    zone: Zone,
    dtype: DType,
}

impl Running {
    fn of(build: &LayerBuild, part: Part, cyclic: bool) -> Result<Box<dyn Layer>> {
        let Some(column) = build.column else {
            return Err(Error::Component("it makes numbers of a column of times; name the column".to_owned()));
        };
        // A span between two points in time is the same in every zone.
        let zone = if matches!(part, Part::Since(_)) { "" } else { column.zone };
        let counts_days = column.dtype == Dtype::Date;
        Ok(Box::new(Self { part, cyclic, counts_days, zone: Zone::of(zone), dtype: build.computes_in() }))
    }
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        let x = only(inputs)?;
        if x.dtype() != DType::I64 {
            let found = x.dtype().as_str();
            return Err(Error::Component(format!("it reads times as i64, as View::tensor gives them; found {found}")));
        }
        let times: Vec<i64> = x.flatten_all()?.to_vec1()?;
        let width = width(self.cyclic);
        let mut numbers = Vec::with_capacity(times.len() * width);
        for &time in &times {
            let (days, clock) = if self.counts_days {
                (time, 0)
            } else {
                let shown = self.zone.clock(time);
                (shown.div_euclid(DAY), shown.rem_euclid(DAY))
            };
            let (number, around) = self.part.of(days, clock);
            if self.cyclic {
                let (sin, cos) = (around * TAU).sin_cos();
                numbers.extend([sin, cos]);
            } else {
                numbers.push(number);
            }
        }
        Ok(Tensor::from_vec(numbers, (times.len(), width), x.device())?.to_dtype(self.dtype)?)
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let time = only_value(inputs)?;
        let (days, clock) = if self.counts_days {
            (time.clone(), None)
        } else {
            let Zone::Ahead(seconds) = self.zone else {
                let problem = "what a clock shows where it is put forward and back is not exported to ONNX; put numbers of \
                               the clock into columns of their own";
                return Err(Error::Component(problem.to_owned()));
            };
            let (days, clock) = calendar::shown(graph, time, seconds);
            (days, Some(clock))
        };
        let (number, around) = self.part.onnx(graph, &days, clock.as_ref());
        if !self.cyclic {
            let number = graph.cast(&number, graph.computes_in());
            return Ok(graph.reshape(&number, &[1]));
        }
        let angle = graph.with_number("Mul", &around, TAU);
        let angle = graph.cast(&angle, graph.computes_in());
        let angle = graph.reshape(&angle, &[1]);
        let (sin, cos) = (graph.unary("Sin", &angle), graph.unary("Cos", &angle));
        Ok(graph.concat(&[&sin, &cos], 0))
    }
}
