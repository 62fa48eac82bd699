//! Rules at the columns that tell recordings apart and order their rows, for all that is made of recordings.

use super::condition::column;
use crate::spec::{Dtype, SchemaSpec};
use crate::text::{Message, Name, Verdict};

/// The column is there.
pub(super) const fn known(of: &SchemaSpec, key: Option<Name>) -> Verdict {
    let Some(key) = key else { return Ok(()) };
    match column(of, key) {
        Err(message) if of.column(key).is_none() => Err(message),
        _ => Ok(()),
    }
}

/// The column that says of which recording a row is, has one value a row.
pub(super) const fn by(of: &SchemaSpec, key: Option<Name>) -> Verdict {
    let Some(key) = key else { return Ok(()) };
    match of.column(key) {
        Some(column) if column.shape.rank() > 0 => {
            let message = Message::new().text("by = ").text(key).text(": ").shape(&column.shape);
            Err(message.text(" is not one value a row; use a class, text or integer column"))
        }
        _ => Ok(()),
    }
}

/// The column by which rows are in order holds a number or a time, one a row.
pub(super) const fn in_order_of(of: &SchemaSpec, key: Option<Name>) -> Verdict {
    let Some(key) = key else { return Ok(()) };
    let Some(column) = of.column(key) else { return Ok(()) };
    let message = Message::new().text("in_order_of = ").text(key).text(": ");
    let message = if column.shape.rank() > 0 {
        message.shape(&column.shape).text(" is not one value a row")
    } else if matches!(column.dtype, Dtype::Decimal) || !(column.dtype.is_number() || column.dtype.is_time()) {
        message.text(column.dtype.name()).text(" has no order in time")
    } else {
        return Ok(());
    };
    Err(message.text("; use a column of numbers or times"))
}
