//! How long after the first time of its group each row is.

use std::collections::HashMap;

use super::buffer::Values;
use super::parts::Parts;
use super::{Domain, Dtype, Dynamic, FeatureSet, TimeDelta};
use crate::spec::time::DAY;
use crate::{Error, Result};

impl<S> FeatureSet<S> {
    /// The same rows with one column more, under a schema that is known at run time: how long after the earliest time of its
    /// group each row is, as a [`TimeDelta`]. `at` is a column of [`Timestamp`](super::Timestamp) or [`Date`](super::Date), and
    /// rows with equal values of `group` are one group. A node makes days of it:
    /// [`Days`](crate::graph::Days). Where the time or the group of a row is missing, so is the value.
    ///
    /// What is the earliest is told by the rows of this set, whatever splits they go to later: of new rows of a group give its
    /// first row too.
    ///
    /// ```
    /// use modularml::data::Domain;
    /// use modularml::prelude::*;
    ///
    /// /// As it is read.
    /// #[derive(SampleSchema)]
    /// struct Reading {
    ///     #[feat]
    ///     volts: f32,
    ///     #[tag]
    ///     cell: i64,
    ///     #[tag]
    ///     at: Timestamp,
    /// }
    ///
    /// /// As the graph reads it.
    /// #[derive(SampleSchema)]
    /// struct Aged {
    ///     #[feat]
    ///     volts: f32,
    ///     #[feat]
    ///     age: TimeDelta,
    /// }
    ///
    /// let reading = |volts, cell, at| Reading { volts, cell, at: Timestamp::parse(at).unwrap() };
    /// let readings = FeatureSet::from_rows([
    ///     reading(3.8, 1, "2026-01-03"),
    ///     reading(3.9, 1, "2026-01-01 12:00"),
    ///     reading(3.7, 2, "2026-05-01"),
    /// ])?;
    /// let aged = readings.with_time_since_first("age", Domain::Feature, "at", "cell")?.typed::<Aged>()?;
    /// let ages = aged.view().values(Aged::COLUMNS.age)?;
    /// assert_eq!(ages, [TimeDelta::hours(36), TimeDelta::hours(0), TimeDelta::hours(0)]);
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no such column, `at` holds no points in time or days, `group` holds arrays, two times of a group are more
    /// than 292 years apart, or as [`with_column`](Self::with_column).
    pub fn with_time_since_first(
        &self,
        key: &str,
        domain: Domain,
        at: &str,
        group: &str,
    ) -> Result<FeatureSet<Dynamic>> {
        let view = self.view();
        let (spec, column) = view.column(at)?;
        if !matches!(spec.dtype, Dtype::Timestamp | Dtype::Date) {
            let found = spec.dtype.name();
            return Err(Error::Data(format!(
                "column `{at}` is {found}; what a row is counted from is a Timestamp or a Date of its group"
            )));
        }
        let times = column.parts(spec)?;
        let (kind, groups) = view.column(group)?;
        let numbers = view.groups(group)?;
        let groups = groups.parts(kind)?;
        let of_row = |&row: &u32| {
            let (data, at) = times.at(row);
            let number = match &data.values {
                Values::Date(days) => i128::from(*days.get(at)?) * i128::from(DAY),
                Values::Timestamp(nanos) => i128::from(*nanos.get(at)?),
                _ => return None,
            };
            Some(number).filter(|_| data.holds(at) && has_value(groups, row))
        };
        let times: Vec<Option<i128>> = view.rows().iter().map(of_row).collect();
        let mut first: HashMap<u32, i128> = HashMap::new();
        for (&number, &time) in numbers.iter().zip(&times) {
            if let Some(time) = time {
                first.entry(number).and_modify(|first| *first = time.min(*first)).or_insert(time);
            }
        }
        let since = |(row, (number, time)): (usize, (&u32, &Option<i128>))| {
            let Some((time, first)) = time.and_then(|time| Some((time, *first.get(number)?))) else { return Ok(None) };
            let since = i64::try_from(time - first).map(TimeDelta::from_nanos).map_err(|_| {
                let problem = "more than 292 years after the first time of its group, which no TimeDelta holds";
                Error::Data(format!("column `{key}`, row {row}: lies {problem}; correct the times of `{at}`"))
            });
            since.map(Some)
        };
        let since = numbers.iter().zip(&times).enumerate().map(since).collect::<Result<Vec<Option<TimeDelta>>>>()?;
        match since.iter().copied().collect::<Option<Vec<TimeDelta>>>() {
            Some(since) => self.with_column(key, domain, since),
            None => self.with_column(key, domain, since),
        }
    }
}

/// Whether a row has a value in a column of groups.
fn has_value(groups: &Parts, row: u32) -> bool {
    let (data, at) = groups.at(row);
    let is_number = match &data.values {
        Values::F32(values) => values.get(at).is_some_and(|value| !value.is_nan()),
        Values::F64(values) => values.get(at).is_some_and(|value| !value.is_nan()),
        _ => true,
    };
    is_number && data.holds(at)
}
