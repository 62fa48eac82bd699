//! The places of windows, and the rules that stand there.

pub use super::context::Context;
use super::{taken, window};
use crate::rules::places::places;
use crate::text::Verdict;

places! {
    /// The length of a window: `#[windows(length = 256)]`.
    length() { window::length, window::rows_at_a_step }
    /// The horizon: `#[windows(horizon = 10)]`.
    horizon() { window::horizon }
    /// The column that says of which recording a row is: `#[windows(by = cell)]`.
    by() { #[field] window::known_by, window::by, window::carried }
    /// The column by which rows are in order: `#[windows(in_order_of = second)]`.
    in_order_of() { #[field] window::known_order, window::in_order_of }
    /// A field of the sample, at its type.
    column(column: usize) {
        #[field] taken::known, taken::said, taken::ahead, taken::several, taken::element, taken::shape,
        taken::missing, taken::classes
    }
}
