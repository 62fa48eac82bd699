//! Rules over windows of the rows of recordings: the places are in `table`.

mod context;
pub mod table;
mod taken;
mod window;

use crate::rules::places::Finding;
use crate::spec::WindowsSpec;
use crate::text::Message;
use table::Findings;

/// Every mistake in windows, and in the schema of their sample.
#[must_use]
pub fn all(windows: &WindowsSpec) -> Vec<Message> {
    let found = findings(windows).into_iter().map(|finding| finding.message);
    super::schema::all(&windows.schema).into_iter().chain(found).collect()
}

/// Every mistake in windows, and the rule that refuses it.
#[must_use]
pub fn findings(windows: &WindowsSpec) -> Vec<Finding> {
    let mut at = Findings { context: windows, found: Vec::new() };
    at.length();
    at.horizon();
    at.by();
    at.in_order_of();
    for column in 0..windows.columns.len() {
        at.column(column);
    }
    at.found
}
