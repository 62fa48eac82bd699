//! Rules at the grid of rows at a fixed step.

use super::context::Context;
use crate::rules::recordings;
use crate::spec::{ColumnSpec, Dtype, TimeStep};
use crate::text::{Message, Verdict};

/// The step is above 0, and said in the unit of the times.
pub const fn every(resampled: Context<'_>) -> Verdict {
    step(resampled, "every", resampled.every)
}

/// The longest gap that is filled is above 0, and said in the unit of the times.
pub const fn limit(resampled: Context<'_>) -> Verdict {
    step(resampled, "limit", resampled.limit)
}

const fn step(resampled: Context<'_>, word: &str, step: TimeStep) -> Verdict {
    match (in_order_of(resampled), order(resampled)) {
        (Ok(()), Some(order)) => match step.units(word, order) {
            Ok(_) => Ok(()),
            Err(message) => Err(message),
        },
        _ => Ok(()),
    }
}

/// The longest gap that is filled is a step or more.
pub const fn limit_of_a_step(resampled: Context<'_>) -> Verdict {
    let Some(order) = order(resampled) else { return Ok(()) };
    let (Ok(limit), Ok(every)) = (resampled.limit.units("limit", order), resampled.every.units("every", order)) else {
        return Ok(());
    };
    if !limit.is_below(every) {
        return Ok(());
    }
    let message = resampled.limit.push(Message::new().text("limit = "));
    let message = resampled.every.push(message.text(" is less than a step, every = "));
    Err(message.text(": rows at that step would be gaps; say how far rows may be apart, a step or more"))
}

/// The column that says of which recording a row is, is known.
pub const fn known_by(resampled: Context<'_>) -> Verdict {
    recordings::known(&resampled.of, resampled.by)
}

/// The column that says of which recording a row is, has one value a row, which can be compared.
pub const fn by(resampled: Context<'_>) -> Verdict {
    recordings::by(&resampled.of, resampled.by)
}

/// Rows at a fixed step know their recording.
pub const fn carried_by(resampled: Context<'_>) -> Verdict {
    if self::by(resampled).is_err() {
        return Ok(());
    }
    let Some(by) = resampled.by else { return Ok(()) };
    let Some(column) = resampled.of.column(by) else { return Ok(()) };
    let mut i = 0;
    while i < resampled.columns.len() {
        if resampled.columns[i].is_recording(resampled) {
            return Ok(());
        }
        i += 1;
    }
    let message = Message::new().name(resampled.schema.name).text(" does not say of which ").name(by);
    Err(message.text(" a row is; add #[tag(group)] ").text(by).text(": ").text(column.dtype.name()))
}

/// The column of times is known.
pub const fn known_order(resampled: Context<'_>) -> Verdict {
    recordings::known(&resampled.of, Some(resampled.in_order_of))
}

/// The column of times holds a number or a time, one a row.
pub const fn in_order_of(resampled: Context<'_>) -> Verdict {
    recordings::in_order_of(&resampled.of, Some(resampled.in_order_of))
}

/// Rows at a fixed step know their times.
pub const fn carried_order(resampled: Context<'_>) -> Verdict {
    let (Ok(()), Some(column)) = (in_order_of(resampled), order(resampled)) else { return Ok(()) };
    let mut i = 0;
    while i < resampled.columns.len() {
        if resampled.columns[i].is_time(resampled) {
            return Ok(());
        }
        i += 1;
    }
    let message =
        Message::new().name(resampled.schema.name).text(" does not hold the times of its rows, by which windows");
    let message = message.text(" know where rows are missing; add #[tag] ").text(column.key).text(": ");
    Err(message.text(column.dtype.name()))
}

/// The column of times.
pub(super) const fn order(resampled: Context<'_>) -> Option<&'static ColumnSpec> {
    resampled.of.column(resampled.in_order_of)
}

/// Whether a type is that of numbers, between which others lie.
pub(super) const fn is_number(dtype: Dtype) -> bool {
    dtype.is_float() || dtype.is_integer()
}
