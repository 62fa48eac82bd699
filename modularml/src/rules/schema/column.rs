//! Rules at a column of a schema.

use super::context::Context;
use crate::spec::decimal::DIGITS;
use crate::spec::{ColumnSpec, Domain, Dtype};
use crate::text::{Message, Verdict, contains};

/// Names with a meaning of their own where columns are written.
const RESERVED: [&str; 5] = ["raw", "transformed", "sample_uuids", "shape", "dtype"];

/// Every axis of a column has a length.
pub const fn axes(column: Context<'_>) -> Verdict {
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

/// A decimal has no more digits than its type holds, and stands alone.
pub const fn digits(column: Context<'_>) -> Verdict {
    if !matches!(column.dtype, Dtype::Decimal) {
        return Ok(());
    }
    let message = Message::new().name(column.key);
    if column.scale > DIGITS {
        let message =
            message.text(" has ").count(column.scale as usize).text(" digits behind the point; a Decimal has at most ");
        return Err(message.count(DIGITS as usize).text(" in all: write fewer, or f64"));
    }
    if column.shape.rank() > 0 || column.sequence.is_some() {
        return Err(message.text(" is an array of Decimal; a column holds one a sample, arrays hold numbers"));
    }
    Ok(())
}

/// A column of classes lists two or more, and no other column lists any.
pub const fn classes(column: Context<'_>) -> Verdict {
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
    if matches!(column.domain, Domain::Target) && column.shape.rank() > 0 {
        let message =
            message.text(" is an array of classes, and a target is one class; make each a target of its own, or");
        return Err(message.text(" write [bool; n] if each is a yes or no"));
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

/// Where the positions of an array have names, each has one.
pub const fn positions(column: Context<'_>) -> Verdict {
    let count = match column.shape.elements() {
        Some(count) => count,
        None => 0,
    };
    if column.positions.is_empty() || (column.shape.rank() > 0 && count == column.positions.len()) {
        return Ok(());
    }
    let message = Message::new().name(column.key).text(" is ").shape(&column.shape).text(" and names ");
    Err(message.count(column.positions.len()).text(" positions; name each of them, or none"))
}

/// A column whose rows differ in length holds numbers, and its shape begins with the greatest length.
pub const fn sequence(column: Context<'_>) -> Verdict {
    if column.sequence.is_none() {
        return Ok(());
    }
    let message = Message::new().name(column.key).text(" is a sequence of ").text(column.dtype.name());
    if matches!(column.dtype, Dtype::Text | Dtype::Class) {
        return Err(
            message.text("; sequences hold numbers; write codes, for example Vec<u32>, which Embedding looks up")
        );
    }
    if column.shape.rank() == 0 {
        return Err(message.text(" and has no length; sequences hold numbers, and their shape begins with a length"));
    }
    Ok(())
}

/// Only a tag groups rows.
pub const fn groups(column: Context<'_>) -> Verdict {
    if column.groups && !matches!(column.domain, Domain::Tag) {
        let message = Message::new().text("only a #[tag] groups rows, and ").name(column.key).text(" is a ");
        return Err(message.text(column.domain.attribute()).text("; remove `group`"));
    }
    Ok(())
}

/// The name of a column is not reserved, and can stand between dots.
pub const fn name(column: Context<'_>) -> Verdict {
    if contains(&RESERVED, column.key) || contains(&RESERVED, column.stored_as) {
        return Err(Message::new().name(column.stored_as).text(" is a reserved name; give the column another"));
    }
    if has_separator(column.stored_as) {
        let message = Message::new().text("column name ").name(column.stored_as);
        return Err(message.text(" contains `.`, which separates domain.key.rep; use another name"));
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

/// Why a key that a file names cannot stand in names of columns, of nodes and of files.
///
/// "the name contains a space; give it another, `Reader::rename("Body Mass", "body_mass")`".
pub(crate) fn refused_name(column: &ColumnSpec) -> Option<String> {
    let key = column.key;
    if contains(&RESERVED, key) {
        return Some(format!(
            "`{key}` is a reserved name; give it another, Reader::rename(\"{key}\", \"{key}_value\")"
        ));
    }
    let parts = |c: char| matches!(c, '.' | '/' | '\\' | ':' | '*' | '?') || c.is_whitespace();
    let Some(part) = key.chars().find(|&c| parts(c)) else {
        return key.is_empty().then(|| "a column without a name; give it one".to_owned());
    };
    let what = if part.is_whitespace() { "a space".to_owned() } else { format!("`{part}`") };
    let instead = key.to_lowercase().replace(parts, "_");
    Some(format!("the name contains {what}; give it another, Reader::rename(\"{key}\", \"{instead}\")"))
}

/// A type whose rows differ in length has a greatest length, and no other has.
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
