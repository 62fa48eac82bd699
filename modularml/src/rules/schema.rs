//! Rules over one schema.

use crate::spec::{ColumnSpec, Domain, Dtype, SchemaSpec};
use crate::text::{Message, Verdict, contains};

/// Names with a meaning of their own where columns are written.
const RESERVED: [&str; 5] = ["raw", "transformed", "sample_uuids", "shape", "dtype"];

/// Rule: a column's axes, classes and names are usable.
///
/// # Errors
/// "`voltage` has shape `[0]`; every axis must be at least 1".
pub const fn column(column: &ColumnSpec) -> Verdict {
    if let Err(message) = axes(column) {
        return Err(message);
    }
    if let Err(message) = classes(column) {
        return Err(message);
    }
    if column.sequence.is_some() && (column.shape.rank() == 0 || matches!(column.dtype, Dtype::Text | Dtype::Class)) {
        let message = Message::new().name(column.key).text(" is a sequence of ").text(column.dtype.name());
        return Err(message.text(" and has no length; sequences hold numbers, and their shape begins with a length"));
    }
    if column.groups && !matches!(column.domain, Domain::Tag) {
        let message = Message::new().text("only a #[tag] groups rows, and ").name(column.key).text(" is a ");
        return Err(message.text(column.domain.attribute()).text("; remove `group`"));
    }
    if contains(&RESERVED, column.key) || contains(&RESERVED, column.stored_as) {
        return Err(Message::new().name(column.stored_as).text(" is a reserved name; give the column another"));
    }
    if has_separator(column.stored_as) {
        let message = Message::new().text("column name ").name(column.stored_as);
        return Err(message.text(" contains `.`, which separates domain.key.rep; use another name"));
    }
    Ok(())
}

/// Rule: a key that a file names can stand in names of columns, of nodes and of files.
///
/// # Errors
/// "the name contains a space; give it another, `Reader::rename("Body Mass", "body_mass")`".
pub(crate) fn column_name(column: &ColumnSpec) -> Result<(), String> {
    let key = column.key;
    if contains(&RESERVED, key) {
        return Err(format!("`{key}` is a reserved name; give it another, Reader::rename(\"{key}\", \"{key}_value\")"));
    }
    let parts = |c: char| matches!(c, '.' | '/' | '\\' | ':') || c.is_whitespace();
    let Some(part) = key.chars().find(|&c| parts(c)) else {
        return if key.is_empty() { Err("a column without a name; give it one".to_owned()) } else { Ok(()) };
    };
    let what = if part.is_whitespace() { "a space".to_owned() } else { format!("`{part}`") };
    let instead = key.to_lowercase().replace(parts, "_");
    Err(format!("the name contains {what}; give it another, Reader::rename(\"{key}\", \"{instead}\")"))
}

/// Rule: a type whose rows differ in length has a greatest length, and no other has.
///
/// # Errors
/// "`current` is a Vec, whose rows may differ in length; say how long they can be: #[feat(length = 50)]".
pub const fn length(column: &ColumnSpec, is_sequence: bool) -> Verdict {
    let message = Message::new().name(column.key);
    match (is_sequence, column.sequence.is_some()) {
        (true, false) => {
            let message = message.text(" is a Vec, whose rows may differ in length; write #[");
            let message = message.text(column.domain.word()).text("(length = 50)], the greatest length, or an array");
            Err(message)
        }
        (false, true) => {
            let message = message.text(" is no Vec, so all rows have one length; remove `length`, or write Vec<");
            Err(message.text(column.dtype.name()).text(">"))
        }
        _ => Ok(()),
    }
}

/// Every mistake in a schema.
#[must_use]
pub fn all(schema: &SchemaSpec) -> Vec<Message> {
    let mut found: Vec<Message> = schema.columns.iter().filter_map(|spec| column(spec).err()).collect();
    for (i, second) in schema.columns.iter().enumerate() {
        if let Some(first) = schema.columns.iter().take(i).find(|first| first.stored_as == second.stored_as) {
            let message = Message::new().name(first.key).text(" and ").name(second.key);
            let message = message.text(" are both stored as column ").name(second.stored_as);
            found.push(message.text("; give one another name"));
        }
    }
    found
}

const fn axes(column: &ColumnSpec) -> Verdict {
    let mut axis = 0;
    while axis < column.shape.rank() {
        if column.shape.axis(axis) == 0 {
            let message = Message::new().name(column.key).text(" has shape ").shape(&column.shape);
            return Err(message.text("; every axis must be at least 1"));
        }
        axis += 1;
    }
    Ok(())
}

const fn classes(column: &ColumnSpec) -> Verdict {
    let message = Message::new().name(column.key);
    if !matches!(column.dtype, Dtype::Class) {
        return if column.classes.is_empty() {
            Ok(())
        } else {
            let message = message.text(" is ").text(column.dtype.name());
            Err(message.text(", and only a Class has classes; write Class, or remove #[classes(..)]"))
        };
    }
    match column.classes.len() {
        0 => return Err(message.text(" is a Class without its classes; add #[classes(\"..\", \"..\")]")),
        1 => return Err(message.text(" lists one class; a class list needs two or more names")),
        _ => {}
    }
    let mut rest = column.classes;
    while let [first, others @ ..] = rest {
        if contains(others, first) {
            let message = message.text(" lists class ").name(first);
            return Err(message.text(" twice; a class list needs two or more different names"));
        }
        rest = others;
    }
    Ok(())
}

const fn has_separator(name: &str) -> bool {
    let mut bytes = name.as_bytes();
    while let [first, rest @ ..] = bytes {
        if *first == b'.' {
            return true;
        }
        bytes = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{all, column};
    use crate::spec::{ColumnSpec, Domain, Dtype, SchemaSpec};
    use crate::text::Shape;

    const STATE: ColumnSpec = ColumnSpec {
        key: "state",
        stored_as: "state",
        domain: Domain::Target,
        dtype: Dtype::Class,
        shape: Shape::SCALAR,
        classes: &["fresh", "worn"],
        allows_missing: false,
        groups: false,
        sequence: None,
    };

    #[track_caller]
    fn refused(spec: ColumnSpec, words: &str) {
        assert_eq!(column(&spec).unwrap_err().as_str(), words);
    }

    #[test]
    fn a_column_is_refused_in_the_derives_words() {
        assert!(column(&STATE).is_ok());
        let float = ColumnSpec { dtype: Dtype::F32, classes: &[], ..STATE };
        refused(
            ColumnSpec { shape: Shape::new(&[3, 0]), ..float },
            "`state` has shape [3, 0]; every axis must be at least 1",
        );
        refused(
            ColumnSpec { classes: &[], ..STATE },
            "`state` is a Class without its classes; add #[classes(\"..\", \"..\")]",
        );
        refused(
            ColumnSpec { dtype: Dtype::F32, ..STATE },
            "`state` is f32, and only a Class has classes; write Class, or remove #[classes(..)]",
        );
        refused(
            ColumnSpec { classes: &["a", "b", "a"], ..STATE },
            "`state` lists class `a` twice; a class list needs two or more different names",
        );
        refused(
            ColumnSpec { groups: true, ..float },
            "only a #[tag] groups rows, and `state` is a #[target]; remove `group`",
        );
        refused(
            ColumnSpec { sequence: Some(crate::spec::Longer::Refuse), ..float },
            "`state` is a sequence of f32 and has no length; sequences hold numbers, and their shape begins with a length",
        );
        refused(ColumnSpec { stored_as: "raw", ..float }, "`raw` is a reserved name; give the column another");
    }

    #[test]
    fn two_columns_cannot_share_a_name() {
        static COLUMNS: [ColumnSpec; 2] = [STATE, ColumnSpec { key: "other", ..STATE }];
        let found = all(&SchemaSpec { name: "Pulse", columns: &COLUMNS });
        let found: Vec<&str> = found.iter().map(crate::text::Message::as_str).collect();
        assert_eq!(found, ["`state` and `other` are both stored as column `state`; give one another name"]);
    }
}
