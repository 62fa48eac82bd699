//! Rules over rows at a fixed step, made of the rows of a recording: the places are in `table`.

mod column;
mod context;
mod grid;
pub mod table;

use crate::rules::places::Finding;
use crate::spec::ResampledSpec;
use crate::text::Message;
use table::Findings;

/// Every mistake in rows at a fixed step, and in their schema.
#[must_use]
pub fn all(resampled: &ResampledSpec) -> Vec<Message> {
    let found = findings(resampled).into_iter().map(|finding| finding.message);
    super::schema::all(&resampled.schema).into_iter().chain(found).collect()
}

/// Every mistake in rows at a fixed step, and the rule that refuses it.
#[must_use]
pub fn findings(resampled: &ResampledSpec) -> Vec<Finding> {
    let mut at = Findings { context: resampled, found: Vec::new() };
    at.every();
    at.limit();
    at.by();
    at.in_order_of();
    for column in 0..resampled.columns.len() {
        at.column(column);
    }
    at.found
}
