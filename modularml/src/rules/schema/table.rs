//! The places of a schema, and the rules that stand there.

use super::column;
pub use super::context::Context;
use crate::rules::places::places;
use crate::text::Verdict;

places! {
    /// A field, at its type.
    field() { column::axes, column::classes, column::sequence, column::groups, column::name }
}
