//! The places of rows at a fixed step, and the rules that stand there.

pub use super::context::Context;
use super::{column, grid};
use crate::rules::places::places;
use crate::text::Verdict;

places! {
    /// The step: `#[resampled(every = "10 s")]`.
    every() { grid::every }
    /// How long a gap may be that is filled: `#[resampled(limit = "1 min")]`.
    limit() { grid::limit, grid::limit_of_a_step }
    /// The column that says of which recording a row is: `#[resampled(by = cell)]`.
    by() { #[field] grid::known_by, grid::by, grid::carried_by }
    /// The column of times: `#[resampled(in_order_of = at)]`.
    in_order_of() { #[field] grid::known_order, grid::in_order_of, grid::carried_order }
    /// A field of the row, at its type.
    column(column: usize) {
        #[field] column::known, column::said, column::takes, column::element, column::shape, column::classes
    }
}
