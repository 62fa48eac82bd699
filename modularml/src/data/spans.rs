//! Which rows of recordings the rows of a table are windows of, so that no two splits read the same ones.

use std::sync::Arc;

use super::buffer::Values;
use super::parts::{Parts, Starts};
use crate::text::Name;

/// Which rows the windows of a table read.
#[derive(Debug)]
pub(super) struct Spans {
    /// The schema of those rows.
    pub(super) of: Name,
    /// How many of them there are.
    pub(super) rows: usize,
    /// Where they lie in files.
    pub(super) files: Starts,
    /// The first row of each window, in ascending order.
    pub(super) starts: Arc<[u32]>,
    /// How many rows a window has.
    pub(super) length: u32,
    /// How many rows behind it belong to it.
    pub(super) horizon: u32,
    /// Of columns of windows that hold the time of one of their rows: the times of all rows of the recordings.
    pub(super) times: Vec<(Name, Parts)>,
}

/// Which rows of recordings the rows of a view read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowsOf<'a> {
    spans: &'a Spans,
    rows: &'a [u32],
}

/// Rows of recordings that some windows read.
#[derive(Debug)]
pub(crate) struct Read {
    /// The first row of each window, in ascending order.
    starts: Vec<u32>,
    span: u32,
}

impl Spans {
    /// How many rows belong to a window.
    fn length_of_each(&self) -> u32 {
        self.length.saturating_add(self.horizon)
    }

    /// Of each file of the recordings, whether one of some windows reads it.
    pub(super) fn touched(&self, windows: &[u32]) -> Vec<bool> {
        let last = self.length_of_each().saturating_sub(1);
        let firsts = windows.iter().filter_map(|&window| self.starts.get(window as usize).copied());
        let mut ranges: Vec<(usize, usize)> =
            firsts.map(|first| (self.files.place(first).0, self.files.place(first.saturating_add(last)).0)).collect();
        ranges.sort_unstable();
        ranges.dedup();
        let mut touched = vec![false; self.files.count()];
        for (first, last) in ranges {
            touched.get_mut(first..=last).unwrap_or_default().fill(true);
        }
        touched
    }

    /// "windows of 256 rows of `Reading` and 10 behind them, which read 9984 of 10000".
    pub(super) fn described(&self) -> String {
        let span = self.length_of_each();
        let ends = self.starts.iter().skip(1).copied().chain([u32::MAX]);
        let read: usize = self.starts.iter().zip(ends).map(|(&start, next)| (next - start).min(span) as usize).sum();
        let (length, of, rows) = (self.length, self.of, self.rows);
        let behind = if self.horizon > 0 { format!(" and {} behind them", self.horizon) } else { String::new() };
        format!("windows of {length} rows of {of}{behind}, which read {read} of {rows} rows")
    }
}

impl<'a> WindowsOf<'a> {
    /// Of windows with these numbers.
    pub(super) const fn of(spans: &'a Spans, rows: &'a [u32]) -> Self {
        Self { spans, rows }
    }

    /// How many rows belong to a window: two windows that begin so far apart have none in common.
    pub(crate) fn span(&self) -> u32 {
        self.spans.length_of_each()
    }

    /// The first row of the window at a position of the view.
    pub(crate) fn start(&self, position: u32) -> Option<u32> {
        let row = self.rows.get(position as usize)?;
        self.spans.starts.get(*row as usize).copied()
    }

    /// The times of the first and of the last row that the window at a position of the view reads, as numbers of nanoseconds
    /// or days, given a column of windows that holds the time of one of their rows. None where it holds something else.
    pub(crate) fn times(&self, key: &str, position: u32) -> Option<(i64, i64)> {
        let (_, times) = self.spans.times.iter().find(|(column, _)| *column == key)?;
        let first = self.start(position)?;
        let time = |row: u32| {
            let (data, row) = times.at(row);
            match &data.values {
                _ if !data.holds(row) => None,
                Values::Timestamp(times) | Values::TimeDelta(times) => times.get(row).copied(),
                Values::Date(days) => days.get(row).map(|&days| days.into()),
                _ => None,
            }
        };
        Some((time(first)?, time(first.saturating_add(self.span().saturating_sub(1)))?))
    }

    /// What the windows at some positions of the view read.
    pub(crate) fn read(&self, positions: impl IntoIterator<Item = u32>) -> Read {
        let mut starts: Vec<u32> = positions.into_iter().filter_map(|position| self.start(position)).collect();
        starts.sort_unstable();
        Read { starts, span: self.span() }
    }
}

impl Read {
    /// Whether a window that begins at a row reads one of the rows.
    pub(crate) fn shares(&self, start: u32) -> bool {
        let next = self.starts.partition_point(|&other| other < start);
        let is_near = |other: Option<&u32>| other.is_some_and(|other| other.abs_diff(start) < self.span);
        is_near(self.starts.get(next)) || is_near(next.checked_sub(1).and_then(|before| self.starts.get(before)))
    }
}
