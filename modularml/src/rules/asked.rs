//! The columns that a split may ask: those of its input, and those of inputs that are joined to it.

use crate::plan::lookup::input_named;
use crate::spec::{AlignSpec, ColumnSpec, GraphSpec, SchemaSpec};
use crate::text::{Message, same};

/// The columns of an input by their keys, and behind a point those of each input that `align` joins to it: `cell.year`. Each
/// row of the left input has one row there, so that it has one value.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The columns of the input itself.
    pub schema: &'a SchemaSpec,
    /// The graph in which others are joined to it, and its name there.
    joined: Option<(&'a GraphSpec, &'a str)>,
}

impl<'a> Asked<'a> {
    /// The columns of a schema alone.
    #[cfg(test)]
    pub(super) const fn of(schema: &'a SchemaSpec) -> Self {
        Self { schema, joined: None }
    }

    /// The columns that a split of an input may ask; none of an input that is not known.
    pub(super) const fn by_split(graph: &'a GraphSpec, input: &'a str) -> Option<Self> {
        match input_named(graph, input) {
            Some(at) => Some(Self { schema: &graph.inputs.items()[at].schema, joined: Some((graph, input)) }),
            None => None,
        }
    }

    /// The column of a key.
    pub(super) const fn column(&self, key: &str) -> Option<&'static ColumnSpec> {
        if let Some(own) = self.schema.column(key) {
            return Some(own);
        }
        let Some((graph, _)) = self.joined else { return None };
        let Some((align, column)) = self.join_of(key) else { return None };
        match input_named(graph, align.right) {
            Some(right) => graph.inputs.items()[right].schema.column(column),
            None => None,
        }
    }

    /// The statement that joins the input in which a key looks for a column, and that column; none of a column of the input's
    /// own.
    pub(super) const fn join_of<'k>(&self, key: &'k str) -> Option<(&'a AlignSpec, &'k str)> {
        let Some((graph, left)) = self.joined else { return None };
        let Some((input, column)) = parted(key) else { return None };
        let aligned = graph.aligned.items();
        let mut i = 0;
        while i < aligned.len() && self.schema.column(key).is_none() {
            if same(aligned[i].right, input) && same(aligned[i].left, left) {
                return Some((&aligned[i], column));
            }
            i += 1;
        }
        None
    }

    /// What is wrong with a column of another input than the one that is split: its input is not joined to that, or has no
    /// such column. Nothing of other keys.
    pub(super) const fn refused(&self, key: &str) -> Option<Message> {
        let Some((graph, left)) = self.joined else { return None };
        if self.column(key).is_some() {
            return None;
        }
        let Some((input, column)) = parted(key) else { return None };
        let Some(at) = input_named(graph, input) else { return None };
        if self.join_of(key).is_some() {
            return Some(crate::plan::lookup::no_column(graph, at, column));
        }
        let message = Message::new().name(key).text(": rows of ").name(input).text(" are not joined to those of ");
        let message = message.name(left).text(", so that a row has no value of it; write `align ").text(left);
        let message = message.text(" with ").text(input).text(" by ..;` in the graph, or name a column of ");
        Some(message.name(left))
    }

    /// Whether rows of equal values in the column `kept` include all that meet in `key`: it is that column, or one of an input
    /// that is joined by it.
    pub(super) const fn keeps(&self, kept: &str, key: &str) -> bool {
        match self.join_of(kept) {
            Some((align, _)) => same(align.key, key),
            None => same(kept, key),
        }
    }

    /// Appends a column as it is written: `` `pulse.cell` ``, or `` `cell.year` `` of a joined input.
    pub(super) const fn push(&self, message: Message, key: &str) -> Message {
        match (self.joined, self.is_other(key)) {
            (Some((_, input)), false) => message.path(input, key),
            _ => message.name(key),
        }
    }

    /// The same without quotes.
    pub(super) const fn push_bare(&self, message: Message, key: &str) -> Message {
        match (self.joined, self.is_other(key)) {
            (Some((_, input)), false) => message.text(input).text(".").text(key),
            _ => message.text(key),
        }
    }

    /// Whether a key looks in another input of the graph.
    const fn is_other(&self, key: &str) -> bool {
        match (self.joined, parted(key)) {
            (Some((graph, _)), Some((input, _))) => {
                self.schema.column(key).is_none() && input_named(graph, input).is_some()
            }
            _ => false,
        }
    }
}

/// `cell` and `year` of `cell.year`.
pub(crate) const fn parted(key: &str) -> Option<(&str, &str)> {
    let bytes = key.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] == b'.' {
            let (input, rest) = key.split_at(i);
            return Some((input, rest.split_at(1).1));
        }
        i += 1;
    }
    None
}
