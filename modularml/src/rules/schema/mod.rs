//! Rules over one schema: the places are in `table`.

mod column;
mod context;
pub mod table;
#[cfg(test)]
mod tests;
mod time;

pub use column::length;
pub(crate) use column::refused_name;

use crate::rules::places::Finding;
use crate::spec::SchemaSpec;
use crate::text::Message;
use table::Findings;

/// Every mistake in a schema.
#[must_use]
pub fn all(schema: &SchemaSpec) -> Vec<Message> {
    let mut found: Vec<_> = findings(schema).into_iter().map(|finding| finding.message).collect();
    for (i, second) in schema.columns.iter().enumerate() {
        if let Some(first) = schema.columns.iter().take(i).find(|first| first.stored_as == second.stored_as) {
            let message = Message::new().name(first.key).text(" and ").name(second.key);
            let message = message.text(" are both stored as column ").name(second.stored_as);
            found.push(message.text("; give one another name"));
        }
    }
    found
}

/// Every mistake in one column of a schema, and the rule that refuses it.
#[must_use]
pub fn findings(schema: &SchemaSpec) -> Vec<Finding> {
    let of = |column| {
        let mut at = Findings { context: column, found: Vec::new() };
        at.field();
        at.format();
        at.zone();
        at.found
    };
    schema.columns.iter().flat_map(of).collect()
}
