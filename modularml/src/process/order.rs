//! Rows in the order of a column.

use crate::data::{Dtype, Representation, TimeDelta, View};
use crate::spec::time::DAY;
use crate::{Error, Result};

/// Positions of rows in the order of a column's values, and the values in that order, as integers that compare alike.
pub(super) struct Order {
    pub(super) positions: Vec<u32>,
    values: Vec<i64>,
    /// Whether the values are days, and not nanoseconds or numbers.
    counts_days: bool,
}

impl Order {
    /// The rows sorted by a column of numbers; equal ones keep their order.
    ///
    /// # Errors
    /// When there is no such column, it holds no numbers, or values are missing.
    pub(super) fn by(splitter: &str, rows: &View, key: &str) -> Result<Self> {
        let values = sortable(splitter, rows, key)?;
        let mut sorted: Vec<(i64, u32)> = values.into_iter().zip(0u32..).collect();
        sorted.sort_unstable();
        Ok(Self {
            counts_days: rows.schema().column(key).is_some_and(|column| column.dtype == Dtype::Date),
            positions: sorted.iter().map(|(_, position)| *position).collect(),
            values: sorted.into_iter().map(|(value, _)| value).collect(),
        })
    }

    /// The first row of the run of equal values that the row at a place in the order is in.
    pub(super) fn run_start(&self, place: usize) -> usize {
        let value = self.values.get(place).copied();
        value.map_or(place, |value| self.values.partition_point(|other| *other < value))
    }

    /// The place behind the run of equal values that the row at a place in the order is in.
    pub(super) fn run_end(&self, place: usize) -> usize {
        let value = self.values.get(place).copied();
        value.map_or(place, |value| self.values.partition_point(|other| *other <= value))
    }

    /// The place of the first row that is a span of time or more behind the row at a place.
    pub(super) fn begins_after(&self, place: usize, gap: TimeDelta) -> usize {
        let Some(&value) = self.values.get(place) else { return self.values.len() };
        let earliest = value.saturating_add(self.units(gap));
        self.values.partition_point(|other| *other < earliest)
    }

    /// The place behind the last row that is a span of time or more before the row at a place.
    pub(super) fn ends_before(&self, place: usize, gap: TimeDelta) -> usize {
        let Some(&value) = self.values.get(place) else { return 0 };
        let latest = value.saturating_sub(self.units(gap));
        self.values.partition_point(|other| *other <= latest)
    }

    /// A span in the units of the values; a part of a day counts as one.
    pub(super) fn units(&self, gap: TimeDelta) -> i64 {
        let nanos = gap.nanos().max(0);
        if self.counts_days { nanos / DAY + i64::from(nanos % DAY > 0) } else { nanos }
    }

    /// The border nearest to a place that parts no equal values.
    pub(super) fn border(&self, place: usize) -> usize {
        let (start, end) = (self.run_start(place), self.run_end(place));
        if start < place && end - place < place - start { end } else { start }
    }
}

/// The gap that a setting says.
///
/// # Errors
/// When it is no span of time, or the column that rows are ordered by holds no times.
pub(super) fn gap_of(splitter: &str, rows: &View, key: Option<&str>, text: &str) -> Result<TimeDelta> {
    let fail = |problem: &str| Err(Error::Data(format!("{splitter}: gap_time(\"{text}\") {problem}")));
    let dtype = key.and_then(|key| rows.schema().column(key)).map(|column| column.dtype);
    match (TimeDelta::parse(text).filter(|gap| gap.nanos() > 0), dtype) {
        (None, _) => fail("is no span of time above 0; write, for example, \"7 days\""),
        (Some(gap), Some(Dtype::Timestamp | Dtype::Date | Dtype::TimeDelta)) => Ok(gap),
        (Some(_), _) => fail("needs an order by a Timestamp or Date; or count rows: .gap(10)"),
    }
}

fn sortable(splitter: &str, rows: &View, key: &str) -> Result<Vec<i64>> {
    let shape = rows.shape(key)?;
    let dtype = rows.schema().column(key).map_or(Dtype::F64, |column| column.dtype);
    if shape.rank() > 0 || !(dtype.is_number() || dtype.is_time()) {
        let name = dtype.name();
        return Err(Error::Data(format!(
            "{splitter}: column `{key}` is {name} {shape}; an order needs one number or time a row"
        )));
    }
    if dtype.is_integer() || dtype.is_time() || dtype == Dtype::Decimal {
        // Through f64, times in nanoseconds would lose their last digits.
        return rows.stored_order(splitter, key);
    }
    let values = rows.numbers(key, Representation::Raw)?;
    let missing = values.iter().filter(|value| value.is_nan()).count();
    if missing > 0 {
        return Err(Error::Data(format!(
            "{splitter}: {missing} of {} rows have no `{key}`, so they have no place in its order; leave them out",
            rows.len()
        )));
    }
    Ok(values.into_iter().map(ordered_bits).collect())
}

/// The bits of a number as an integer that is less where the number is less, with one zero.
fn ordered_bits(value: f64) -> i64 {
    let bits = (value + 0.0).to_bits().cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}
