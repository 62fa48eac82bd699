//! Rules at windows as a whole.

use super::context::Context;
use crate::rules::recordings;
use crate::spec::Take;
use crate::text::{Message, Verdict, contains, same};

/// A window has a row, and no more than can be counted.
pub const fn length(windows: Context<'_>) -> Verdict {
    if windows.length > 0 && windows.span() <= u32::MAX as usize {
        return Ok(());
    }
    let message = Message::new().text("windows of ").count(windows.length).text(" rows and ");
    Err(message.count(windows.horizon).text(" behind them; a window has at least 1 row, and less than 2^32"))
}

/// Windows of rows at a fixed step know their recordings and times, by which they end where rows are missing.
pub const fn rows_at_a_step(windows: Context<'_>) -> Verdict {
    let Some(rows) = windows.resampled else { return Ok(()) };
    let is_ordered = match windows.in_order_of {
        Some(key) => same(key, rows.time()),
        None => false,
    };
    let is_of_a_recording = match (windows.by, rows.recording()) {
        (Some(key), Some(by)) => same(key, by),
        (None, Some(_)) => false,
        (_, None) => true,
    };
    if is_ordered && is_of_a_recording {
        return Ok(());
    }
    let message = rows.every.push(Message::new().text("rows of ").name(windows.of.name).text(" are "));
    let message = message.text(" apart, and windows end where rows are missing; say ");
    let message = match rows.recording() {
        Some(by) => message.text("by = ").text(by).text(", "),
        None => message,
    };
    Err(message.text("in_order_of = ").text(rows.time()))
}

/// A horizon is read by a column.
pub const fn horizon(windows: Context<'_>) -> Verdict {
    let mut i = 0;
    while i < windows.columns.len() {
        if windows.columns[i].ahead {
            return Ok(());
        }
        i += 1;
    }
    if windows.horizon == 0 {
        return Ok(());
    }
    let message = Message::new().text("no column of ").name(windows.schema.name).text(" reads the ");
    let message = message.count(windows.horizon).text(" rows behind a window; write `ahead` at one, ");
    Err(message.text("#[target(window = .., ahead)], or remove `horizon`"))
}

/// The column that says of which recording a row is, is known.
pub const fn known_by(windows: Context<'_>) -> Verdict {
    recordings::known(&windows.of, windows.by)
}

/// The column that says of which recording a row is, has one value a row, which can be compared.
pub const fn by(windows: Context<'_>) -> Verdict {
    recordings::by(&windows.of, windows.by)
}

/// Windows know their recording, so that a split keeps it whole.
pub const fn carried(windows: Context<'_>) -> Verdict {
    if self::by(windows).is_err() {
        return Ok(());
    }
    let Some(by) = windows.by else { return Ok(()) };
    let Some(column) = windows.of.column(by) else { return Ok(()) };
    let mut i = 0;
    while i < windows.columns.len() && i < windows.schema.columns.len() {
        let takes_one = matches!(windows.columns[i].take, Some(Take::First | Take::Last));
        if windows.schema.columns[i].groups && takes_one && contains(windows.columns[i].of, by) {
            return Ok(());
        }
        i += 1;
    }
    let message = Message::new().text("windows of one ").name(by).text(" have rows in common, and ");
    let message = message.name(windows.schema.name).text(" does not say of which one it is; add #[tag(group)] ");
    Err(message.text(by).text(": ").text(column.dtype.name()).text(", so that splits keep it whole"))
}

/// The column by which rows are in order is known.
pub const fn known_order(windows: Context<'_>) -> Verdict {
    recordings::known(&windows.of, windows.in_order_of)
}

/// The column by which rows are in order is a number or a time, one a row.
pub const fn in_order_of(windows: Context<'_>) -> Verdict {
    recordings::in_order_of(&windows.of, windows.in_order_of)
}
