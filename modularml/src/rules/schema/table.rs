//! The places of a schema, and the rules that stand there.

pub use super::context::Context;
use super::{column, time};
use crate::rules::places::places;
use crate::text::Verdict;

places! {
    /// A field, at its type.
    field() {
        column::axes, column::digits, column::classes, column::sequence, column::groups, column::positions, column::name, time::single, time::target,
    }

    /// How a file writes the times of a field: `format = "%d.%m.%Y"`.
    format() { time::format }

    /// The zone of a field: `zone = "Europe/Berlin"`.
    zone() { time::zone }

    /// What is meant where the clock of a zone showed a time twice: `twice = earlier`.
    twice() { time::twice }
}
