//! Times of a file as the declared type, without changing one.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, ArrowPrimitiveType, AsArray as _, PrimitiveArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, DurationNanosecondType, Float64Type, Int64Type, Time64NanosecondType, TimeUnit,
    TimestampNanosecondType,
};
use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{Datelike as _, NaiveDate, NaiveTime, Timelike as _};

use super::numerals::Numerals;
use super::options::Said;
use super::wrong::Wrong;
use crate::data::zone::{NoTime, Zone};
use crate::data::{ColumnSpec, Date, Dtype, TimeDelta, TimeOfDay, Timestamp, Twice};
use crate::rules;
use crate::spec::time::{self, DAY, Format, SECOND};
use crate::text::intern;

/// How many days after the first of the calendar 1970 begins.
const FROM_CE: i32 = 719_163;

/// How a file writes the times of a column.
#[derive(Debug)]
pub(super) struct Written<'a> {
    dtype: Dtype,
    /// The format as it was given; empty for ISO 8601.
    text: &'a str,
    format: Option<Format>,
    /// What the format consists of.
    items: Vec<Item<'static>>,
    zone: Zone,
    /// Which time is meant where that clock showed it twice.
    twice: Twice,
    /// How the file writes numbers.
    numerals: Numerals,
}

impl<'a> Written<'a> {
    /// What is said of the times of a column.
    ///
    /// # Errors
    /// When the format or the zone is none, or something is not said of the column's type.
    pub(super) fn of(spec: &ColumnSpec, said: Said<'a>, numerals: Numerals) -> Result<Self, Wrong> {
        let Said { format, zone, twice } = said;
        let refused = |message: crate::text::Message| Wrong::all(message.to_string());
        let dtype = spec.dtype;
        let told = ColumnSpec { format: intern(format), zone: intern(zone), twice, ..*spec };
        rules::schema::written(&told).map_err(refused)?;
        let read = (!format.is_empty()).then(|| Format::of(format)).transpose().map_err(refused)?;
        let items = match read {
            // As Python writes fractions of a second.
            Some(Format::Written { .. }) => {
                StrftimeItems::new(&format.replace(".%f", "%.f")).map(Item::to_owned).collect()
            }
            _ => Vec::new(),
        };
        Ok(Self { dtype, text: format, format: read, items, zone: Zone::of(zone), twice, numerals })
    }

    /// The elements of a file as times; none where they are of a type that holds no times.
    pub(super) fn read(&self, found: &ArrayRef, text: Option<&StringArray>) -> Result<Option<ArrayRef>, Wrong> {
        Ok(match self.dtype {
            Dtype::Timestamp => self.numbers::<TimestampNanosecondType>(found, text)?,
            Dtype::TimeOfDay => self.numbers::<Time64NanosecondType>(found, text)?,
            Dtype::TimeDelta => self.numbers::<DurationNanosecondType>(found, text)?,
            _ => {
                let Some(days) = self.numbers::<Int64Type>(found, text)? else { return Ok(None) };
                let day = |(element, days): (usize, Option<i64>)| {
                    let beyond =
                        |_| Wrong::at(element, "lies beyond the days that a Date counts in 32 bits".to_owned());
                    days.map(|days| i32::try_from(days).map_err(beyond)).transpose()
                };
                let days = days.as_primitive::<Int64Type>().iter().enumerate();
                let days: PrimitiveArray<Date32Type> = days.map(day).collect::<Result<_, _>>()?;
                Some(Arc::new(days))
            }
        })
    }

    /// The numbers that times are stored as.
    fn numbers<T: ArrowPrimitiveType<Native = i64>>(
        &self,
        found: &ArrayRef,
        text: Option<&StringArray>,
    ) -> Result<Option<ArrayRef>, Wrong> {
        if let Some(exact) =
            found.as_primitive_opt::<T>().filter(|_| self.dtype != Dtype::Date && !self.is_local(found))
        {
            self.check_all(exact)?;
            return Ok(Some(Arc::new(exact.clone())));
        }
        if let Some(unit) = self.unit().filter(|_| found.data_type().is_floating()) {
            let numbers: PrimitiveArray<T> = self.floats(found, unit)?;
            return Ok(Some(Arc::new(numbers)));
        }
        // 20260131, of a format that is written so; and 1769860800.123, which no float is.
        let are_digits = (found.data_type().is_integer() && self.is_written())
            || (found.data_type().is_decimal() && self.unit().is_some());
        let digits = (text.is_none() && are_digits).then(|| cast(found, &DataType::Utf8).ok()).flatten();
        let text = text.or_else(|| digits.as_ref().and_then(|digits| digits.as_string_opt()));
        let numbers: PrimitiveArray<T> = if let Some(text) = text {
            let one = |(element, value): (usize, Option<&str>)| match value.map(str::trim) {
                None | Some("") => Ok(None),
                Some(value) => self.value(value).map_err(|problem| Wrong::at(element, problem)),
            };
            text.iter().enumerate().map(one).collect::<Result<_, _>>()?
        } else {
            let Some((numbers, reads)) = self.stored(found) else { return Ok(None) };
            let one = |(element, value): (usize, Option<i64>)| {
                let Some(value) = value else { return Ok(None) };
                self.number(reads, value).map_err(|problem| Wrong::at(element, problem))
            };
            numbers.iter().enumerate().map(one).collect::<Result<_, _>>()?
        };
        self.check_all(&numbers)?;
        Ok(Some(Arc::new(numbers)))
    }

    /// The nanoseconds of the unit in which numbers count the times.
    fn unit(&self) -> Option<i64> {
        match (self.dtype, self.format) {
            (Dtype::Timestamp, Some(Format::Since1970(unit))) | (Dtype::TimeDelta, Some(Format::Units(unit))) => {
                Some(unit)
            }
            _ => None,
        }
    }

    /// Floats that count units, each as the nearest nanosecond; NaN is missing.
    fn floats<T: ArrowPrimitiveType<Native = i64>>(
        &self,
        found: &ArrayRef,
        unit: i64,
    ) -> Result<PrimitiveArray<T>, Wrong> {
        let is_narrow = found.data_type() != &DataType::Float64;
        if is_narrow && self.dtype == Dtype::Timestamp {
            let problem = "the file has f32, which tells times since 1970 apart by minutes; write f64 or whole numbers";
            return Err(Wrong::all(problem.to_owned()));
        }
        let wide = cast(found, &DataType::Float64).map_err(|error| Wrong::all(error.to_string()))?;
        let one = |(element, value): (usize, Option<f64>)| {
            let Some(value) = value.filter(|value| !value.is_nan()) else { return Ok(None) };
            let problem = || Wrong::at(element, self.out_of_range(&format!("{value:?} units")));
            nearest(value, unit).map(Some).ok_or_else(problem)
        };
        wide.as_primitive::<Float64Type>().iter().enumerate().map(one).collect()
    }

    fn is_written(&self) -> bool {
        matches!(self.format, Some(Format::Written { .. }))
    }

    /// Rule: a time of day lies in the day.
    fn check_all<T: ArrowPrimitiveType<Native = i64>>(&self, numbers: &PrimitiveArray<T>) -> Result<(), Wrong> {
        if self.dtype != Dtype::TimeOfDay {
            return Ok(());
        }
        let is_beyond =
            |(_, number): &(usize, Option<i64>)| number.is_some_and(|nanos| TimeOfDay::from_nanos(nanos).is_none());
        match numbers.iter().enumerate().find(is_beyond) {
            Some((element, _)) => {
                Err(Wrong::at(element, "lies beyond the end of the day; declare TimeDelta".to_owned()))
            }
            None => Ok(()),
        }
    }

    /// Whether timestamps of a file are what a clock showed, and the clock stood elsewhere than in UTC.
    fn is_local(&self, found: &ArrayRef) -> bool {
        matches!(found.data_type(), DataType::Timestamp(_, None)) && !self.zone.is_utc()
    }

    /// The whole numbers of a file, and what they count; none where they count no such times.
    fn stored(&self, found: &ArrayRef) -> Option<(PrimitiveArray<Int64Type>, Counts)> {
        let counts = match (self.dtype, found.data_type(), self.format) {
            (Dtype::Timestamp, DataType::Timestamp(unit, _), _) => {
                if self.is_local(found) {
                    Counts::Clock(nanos(*unit))
                } else {
                    Counts::Units(nanos(*unit))
                }
            }
            (Dtype::Timestamp, DataType::Date32, _) => Counts::Clock(DAY),
            (Dtype::Timestamp, DataType::Date64, _) => Counts::Clock(SECOND / 1_000),
            (Dtype::Timestamp, number, Some(Format::Since1970(unit))) if number.is_integer() => Counts::Units(unit),
            (Dtype::Date, DataType::Date32, _) => Counts::Units(1),
            (Dtype::Date, DataType::Date64, _) => Counts::Days(DAY / (SECOND / 1_000)),
            (Dtype::Date, DataType::Timestamp(unit, None), _) => Counts::Days(DAY / nanos(*unit)),
            (Dtype::TimeOfDay, DataType::Time32(unit) | DataType::Time64(unit), _)
            | (Dtype::TimeDelta, DataType::Duration(unit), _) => Counts::Units(nanos(*unit)),
            (Dtype::TimeDelta, number, Some(Format::Units(unit))) if number.is_integer() => Counts::Units(unit),
            _ => return None,
        };
        // Through 32 bits where that is what the type has; a number beyond 64 bits becomes none, and is told below.
        let of_32 = matches!(found.data_type(), DataType::Time32(_) | DataType::Date32);
        let numbers = if of_32 { cast(found, &DataType::Int32).ok()? } else { Arc::clone(found) };
        let numbers = cast(&numbers, &DataType::Int64).ok()?;
        let numbers = numbers.as_primitive_opt::<Int64Type>()?.clone();
        (numbers.null_count() == found.null_count()).then_some((numbers, counts))
    }

    fn number(&self, counts: Counts, value: i64) -> Result<Option<i64>, String> {
        match counts {
            Counts::Units(unit) => {
                value.checked_mul(unit).map(Some).ok_or_else(|| self.out_of_range(&format!("{value} units")))
            }
            Counts::Days(of_day) if value.rem_euclid(of_day) == 0 => Ok(Some(value.div_euclid(of_day))),
            Counts::Days(_) => Err("has a time of day, which a Date does not hold; declare Timestamp".to_owned()),
            Counts::Clock(unit) => {
                let of_day = DAY / unit;
                self.instant(self.zone, value.div_euclid(of_day), value.rem_euclid(of_day) * unit)
            }
        }
    }

    /// The number of a time that is written as text.
    fn value(&self, value: &str) -> Result<Option<i64>, String> {
        let number = match (self.format, self.dtype) {
            (Some(Format::Since1970(unit) | Format::Units(unit)), _) => {
                let plain = self.numerals.plain(value);
                plain.and_then(|plain| counted(&plain, unit)).ok_or_else(|| self.unread(value))
            }
            (Some(Format::Written { .. }), _) => return self.formatted(value),
            (None, Dtype::Timestamp) => {
                let written = time::written(value).ok_or_else(|| self.unread(value))?;
                if written.offset.is_none() {
                    return self.instant(self.zone, written.days, written.clock);
                }
                written.in_utc().map(Timestamp::nanos).map_err(|_| self.out_of_range(value))
            }
            (None, Dtype::Date) => match (Date::parse(value), time::written(value)) {
                (Some(date), _) => Ok(date.days().into()),
                // As pandas writes the days of a column of timestamps.
                (None, Some(written)) if written.clock == 0 && written.offset.is_none() => Ok(written.days),
                (None, Some(_)) => {
                    Err(format!("found `{value}`, which has a time of day; declare Timestamp, a Date has none"))
                }
                (None, None) => Err(self.unread(value)),
            },
            (None, Dtype::TimeOfDay) => TimeOfDay::parse(value).map(TimeOfDay::nanos).ok_or_else(|| self.unread(value)),
            (None, _) => TimeDelta::parse(value).map(TimeDelta::nanos).ok_or_else(|| self.unread(value)),
        };
        number.map(Some)
    }

    /// The number of a time that is written in the format.
    fn formatted(&self, value: &str) -> Result<Option<i64>, String> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, value, self.items.iter()).map_err(|_| self.unread(value))?;
        // %Y of a year of two digits would be a year of the first century.
        let has_years = self.text.contains("%Y") || self.text.contains("%F");
        if has_years && parsed.year().is_some_and(|year| (0..1000).contains(&year)) {
            return Err(format!("found `{value}`, whose year has not the four digits of %Y; years of two are %y"));
        }
        let date = || parsed.to_naive_date().map_err(|_| self.unread(value)).map(days);
        let clock = || parsed.to_naive_time().map_err(|_| self.unread(value)).map(since_midnight);
        let has_clock = matches!(self.format, Some(Format::Written { has_clock: true, .. }));
        match self.dtype {
            Dtype::Date => date().map(Some),
            Dtype::TimeOfDay => clock().map(Some),
            _ => {
                let (days, clock) = (date()?, if has_clock { clock()? } else { 0 });
                let zone = parsed.offset().map_or(self.zone, |seconds| Zone::Ahead(seconds.into()));
                self.instant(zone, days, clock)
            }
        }
    }

    fn instant(&self, zone: Zone, days: i64, clock: i64) -> Result<Option<i64>, String> {
        let instant = zone.instant(days, clock, self.twice).map(|instant| instant.map(Timestamp::nanos));
        instant.map_err(|no_time| match no_time {
            NoTime::OutOfRange(shown) => self.out_of_range(&shown),
            NoTime::Refused(problem) => problem,
        })
    }

    fn unread(&self, value: &str) -> String {
        let name = self.dtype.name();
        if !self.text.is_empty() {
            let format = self.text;
            return format!(
                "found `{value}`, expected a {name} written as `{format}`; correct it or the format, or if it means a \
                 missing value say Reader::missing(\"{value}\")"
            );
        }
        let example = time::example(self.dtype).replace('"', "`");
        let instead = match self.dtype {
            Dtype::TimeDelta => "format = \"s\" where numbers count seconds",
            Dtype::TimeOfDay => "format = \"%I:%M %p\"",
            Dtype::Date => "format = \"%d.%m.%Y\"",
            _ => "format = \"%d.%m.%Y %H:%M\", or \"epoch s\" for numbers",
        };
        format!(
            "found `{value}`, expected a {name} as {example}; if it is written otherwise say how: {instead} (in the schema, \
             or by Reader::time_format)"
        )
    }

    fn out_of_range(&self, value: &str) -> String {
        if self.dtype == Dtype::TimeDelta {
            return format!("found {value}, more than 292 years; a TimeDelta counts nanoseconds in 64 bits");
        }
        format!(
            "found {value}, and a Timestamp reaches from 1677-09-21 to 2262-04-11; declare Date, or if it means a missing \
             value say Reader::missing(..)"
        )
    }
}

/// What whole numbers of a file count.
#[derive(Clone, Copy)]
enum Counts {
    /// Units of so many nanoseconds, or of one day where days are wanted.
    Units(i64),
    /// Units of which a day has so many; only whole days are days.
    Days(i64),
    /// Units of so many nanoseconds, as a clock shows them in its zone.
    Clock(i64),
}

fn nanos(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => SECOND,
        TimeUnit::Millisecond => SECOND / 1_000,
        TimeUnit::Microsecond => SECOND / 1_000_000,
        TimeUnit::Nanosecond => 1,
    }
}

fn days(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce() - FROM_CE)
}

fn since_midnight(time: NaiveTime) -> i64 {
    // A leap second is written as the second before it with more than a billion nanoseconds.
    i64::from(time.num_seconds_from_midnight()) * SECOND + i64::from(time.nanosecond())
}

/// So many units as the nearest nanosecond; none where that is beyond what 64 bits hold.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "what is cast is whole, and a unit small"
)]
fn nearest(value: f64, unit: i64) -> Option<i64> {
    // Neither part of the number is rounded.
    let whole = (value.trunc() as i128).checked_mul(unit.into())?;
    i64::try_from(whole.checked_add((value.fract() * unit as f64).round() as i128)?).ok()
}

/// A number of units as nanoseconds; none where it is no number, or a part of a nanosecond is left.
fn counted(value: &str, unit: i64) -> Option<i64> {
    let (is_negative, digits) = match value.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, value.strip_prefix('+').unwrap_or(value)),
    };
    let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 19 || !is_number(whole) || !is_number(behind) {
        return None;
    }
    let mut nanos = i128::from(whole.parse::<u64>().ok()?) * i128::from(unit);
    let behind = behind.trim_end_matches('0');
    if !behind.is_empty() {
        let places = u32::try_from(behind.len()).ok().filter(|places| *places <= 18)?;
        let parts = i128::from(behind.parse::<u64>().ok()?) * i128::from(unit);
        let scale = 10i128.pow(places);
        nanos += (parts % scale == 0).then_some(parts / scale)?;
    }
    i64::try_from(if is_negative { -nanos } else { nanos }).ok()
}
