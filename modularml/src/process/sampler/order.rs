//! Rows sorted so that those which meet a condition stand side by side.

use std::collections::HashMap;
use std::ops::Range;

use super::Similar;
use crate::Result;
use crate::data::{Dtype, Representation, View};
use crate::random::Rng;

/// A column as conditions compare it.
pub(super) enum Compared {
    /// Numbers; NaN where they are missing.
    Numbers(Vec<f64>),
    /// Equal values have equal numbers.
    Groups(Vec<u32>),
}

impl Compared {
    /// Reads the column of a condition. Whole numbers without a tolerance are compared exactly, however large.
    pub(super) fn read(rows: &View, condition: &Similar) -> Result<Self> {
        let dtype = rows.schema().column(condition.column()).map(|column| column.dtype);
        let is_exact =
            condition.tolerance() <= 0.0 && !condition.has_metric() && dtype.is_some_and(|it| !it.is_float());
        Ok(match dtype {
            Some(Dtype::Text | Dtype::Class | Dtype::Bool) | None => Self::Groups(rows.groups(condition.column())?),
            Some(_) if is_exact => Self::Groups(rows.groups(condition.column())?),
            Some(_) => Self::Numbers(rows.numbers(condition.column(), Representation::Raw)?),
        })
    }

    /// How much the values of two rows differ.
    pub(super) fn difference(&self, condition: &Similar, a: u32, b: u32) -> f64 {
        match self {
            Self::Numbers(values) => condition.difference(at(values, a), at(values, b)),
            Self::Groups(groups) if at(groups, a) == at(groups, b) => 0.0,
            Self::Groups(_) => f64::INFINITY,
        }
    }
}

/// The value of a row; the default for one that is not there, which no caller asks for.
pub(super) fn at<T: Copy + Default>(values: &[T], position: u32) -> T {
    values.get(position as usize).copied().unwrap_or_default()
}

/// Where the candidates of a row stand: in one range, a second one within it left out.
#[derive(Clone, Default)]
pub(super) struct Span {
    outer: Range<u32>,
    hole: Range<u32>,
}

impl Span {
    /// How many candidates there are.
    pub(super) fn len(&self) -> usize {
        self.outer.len() - self.hole.len()
    }

    /// The places of all.
    fn places(self) -> impl Iterator<Item = u32> {
        (self.outer.start..self.hole.start).chain(self.hole.end..self.outer.end)
    }
}

/// Positions in an order, and for each row the span of its candidates.
pub(super) struct Order {
    sorted: Vec<u32>,
    spans: Vec<Span>,
}

impl Order {
    /// The other rows of the same group.
    pub(super) fn of_groups(groups: &[u32]) -> Self {
        let sorted = sort_by(groups, |_, _| std::cmp::Ordering::Equal);
        let mut order = Self { spans: vec![Span::default(); groups.len()], sorted };
        order.mark(groups, |run, start| {
            let outer = start..start + count(run);
            (start..).map(|place| Span { outer: outer.clone(), hole: place..place + 1 }).take(run.len()).collect()
        });
        order
    }

    /// The rows of the same group that meet a condition with the row.
    pub(super) fn of_condition(groups: &[u32], condition: &Similar, column: &Compared) -> Self {
        match column {
            Compared::Numbers(values) => Self::of_numbers(groups, condition, values),
            Compared::Groups(values) => Self::of_other_groups(groups, values),
        }
    }

    /// The rows of the same group that are in another group of a second column.
    fn of_other_groups(groups: &[u32], others: &[u32]) -> Self {
        let sorted = sort_by(groups, |a, b| at(others, a).cmp(&at(others, b)));
        let mut order = Self { spans: vec![Span::default(); groups.len()], sorted };
        order.mark(groups, |run, start| {
            let outer = start..start + count(run);
            let mut spans = Vec::with_capacity(run.len());
            let mut first = start;
            for same in run.chunk_by(|&a, &b| at(others, a) == at(others, b)) {
                let hole = first..first + count(same);
                first = hole.end;
                spans.extend(same.iter().map(|_| Span { outer: outer.clone(), hole: hole.clone() }));
            }
            spans
        });
        order
    }

    /// The rows of the same group within the tolerance, or beyond it.
    fn of_numbers(groups: &[u32], condition: &Similar, values: &[f64]) -> Self {
        // Missing numbers come last, so that the others are one range.
        let key = |position| (at(values, position).is_nan(), at(values, position));
        let sorted = sort_by(groups, |a, b| {
            let ((no_a, a), (no_b, b)) = (key(a), key(b));
            no_a.cmp(&no_b).then(a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal))
        });
        let tolerance = condition.tolerance();
        let mut order = Self { spans: vec![Span::default(); groups.len()], sorted };
        order.mark(groups, |run, start| {
            let mut spans = Vec::with_capacity(run.len());
            let known = run.partition_point(|&position| !at(values, position).is_nan());
            let known = run.get(..known).unwrap_or_default();
            for (place, &position) in (start..).zip(known) {
                let value = at(values, position);
                let low = start + count_until(known, |&other| value - at(values, other) > tolerance);
                let high = start + count_until(known, |&other| at(values, other) - value <= tolerance);
                spans.push(if condition.is_alike() {
                    Span { outer: low..high, hole: place..place + 1 }
                } else {
                    Span { outer: start..start + count(known), hole: low..high }
                });
            }
            spans.resize(run.len(), Span { outer: start..start, hole: start..start });
            spans
        });
        order
    }

    /// Gives each row the span that `spans` finds for it among the run of its group, which starts at a place.
    fn mark(&mut self, groups: &[u32], spans: impl Fn(&[u32], u32) -> Vec<Span>) {
        let mut start = 0;
        for run in self.sorted.chunk_by(|&a, &b| at(groups, a) == at(groups, b)) {
            for (&position, span) in run.iter().zip(spans(run, start)) {
                if let Some(place) = self.spans.get_mut(position as usize) {
                    *place = span;
                }
            }
            start += count(run);
        }
    }

    /// Where the candidates of a row stand.
    pub(super) fn span(&self, anchor: u32) -> Span {
        self.spans.get(anchor as usize).cloned().unwrap_or_default()
    }

    /// One of them, each equally likely.
    pub(super) fn draw(&self, span: &Span, rng: &mut Rng) -> u32 {
        let below = u32::try_from(rng.below(span.len())).unwrap_or_default();
        let place = span.outer.start + below;
        at(&self.sorted, if place >= span.hole.start { place + (span.hole.end - span.hole.start) } else { place })
    }

    /// All of them.
    pub(super) fn rows(&self, span: Span) -> impl Iterator<Item = u32> + '_ {
        span.places().map(|place| at(&self.sorted, place))
    }
}

/// Positions sorted by group, and within it by `then`; equal ones keep their order.
fn sort_by(groups: &[u32], then: impl Fn(u32, u32) -> std::cmp::Ordering) -> Vec<u32> {
    let mut sorted: Vec<u32> = (0u32..).take(groups.len()).collect();
    sorted.sort_by(|&a, &b| at(groups, a).cmp(&at(groups, b)).then_with(|| then(a, b)));
    sorted
}

/// A length as places count; views have no more rows than that.
fn count<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}

fn count_until<T>(items: &[T], before: impl Fn(&T) -> bool) -> u32 {
    u32::try_from(items.partition_point(before)).unwrap_or(u32::MAX)
}

/// Groups of rows that are equal in both of two groupings.
pub(super) fn join_groups(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut numbers = HashMap::new();
    a.iter()
        .zip(b)
        .map(|pair| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(pair).or_insert(next)
        })
        .collect()
}
