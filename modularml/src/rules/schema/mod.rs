//! Rules over one schema: the places are in `table`.

mod column;
mod context;
pub mod table;
#[cfg(test)]
mod tests;
mod time;

pub use column::length;
pub(crate) use column::{digits, refused_name};

use crate::rules::places::Finding;
use crate::spec::{ColumnSpec, SchemaSpec};
use crate::text::{Message, Verdict, contains, same};
use table::Findings;

/// How the times of a column are written, and in which zone, go with its type.
///
/// # Errors
/// As the rules at a format, at a zone, and at times that are shown twice.
pub const fn written(column: &ColumnSpec) -> Verdict {
    match (table::format(column), table::zone(column)) {
        (Ok(()), Ok(())) => table::twice(column),
        (Err(refused), _) | (_, Err(refused)) => Err(refused),
    }
}

/// No position of an array is a column of its own as well, nor one of another array.
///
/// # Errors
/// "`soh` is a position of `signals` and a column of its own; leave it out of one".
pub const fn apart(columns: &[&ColumnSpec]) -> Verdict {
    let mut i = 0;
    while i < columns.len() {
        let mut position = 0;
        while position < columns[i].positions.len() {
            let name = columns[i].positions[position];
            let mut k = 0;
            while k < columns.len() {
                let message = Message::new().name(name).text(" is a position of ").name(columns[i].key).text(" and ");
                if k != i && same(columns[k].stored_as, name) {
                    return Err(message.text("a column of its own; leave it out of one"));
                }
                if k != i && contains(columns[k].positions, name) {
                    return Err(message.text("of ").name(columns[k].key).text("; leave it out of one"));
                }
                k += 1;
            }
            position += 1;
        }
        i += 1;
    }
    Ok(())
}

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
    let columns: Vec<&ColumnSpec> = schema.columns.iter().collect();
    found.extend(apart(&columns).err());
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
        at.twice();
        at.found
    };
    schema.columns.iter().flat_map(of).collect()
}
