//! Rules at what a column takes of a window.

use super::context::Context;
use crate::rules::condition;
use crate::spec::{ColumnSpec, Dtype, Take, WindowColumn, WindowsSpec};
use crate::text::{Message, Shape, Verdict, same};

/// The columns of a row that a column of windows is made of are known.
pub const fn known(windows: Context<'_>, column: usize) -> Verdict {
    let of = windows.columns[column].of;
    let mut i = 0;
    while i < of.len() {
        if windows.of.column(of[i]).is_none()
            && let Err(message) = condition::column(&windows.of, of[i])
        {
            return Err(message);
        }
        i += 1;
    }
    Ok(())
}

/// A column says which values of a window it takes.
pub const fn said(windows: Context<'_>, column: usize) -> Verdict {
    let (spec, from) = at(windows, column);
    if from.take.is_some() {
        return Ok(());
    }
    let of = if from.of.is_empty() { spec.key } else { from.of[0] };
    let message = Message::new().name(spec.key).text(" does not say which values of a window it takes; write #[");
    let message = message.text(spec.domain.word()).text("(window = ").text(of).text(")] for all of them, or #[");
    let message = message.text(spec.domain.word()).text("(window = ").text(of).text(", last)] for one: first, last, ");
    Err(message.text("mean, min, max, any or all"))
}

/// What is ahead of a window lies in its horizon.
pub const fn ahead(windows: Context<'_>, column: usize) -> Verdict {
    let (spec, from) = at(windows, column);
    if !from.ahead || windows.horizon > 0 {
        return Ok(());
    }
    let message = Message::new().name(spec.key).text(" reads ahead, and windows of ").name(windows.schema.name);
    Err(message.text(" have no horizon; say how many rows behind a window belong to it: horizon = 10"))
}

/// Several columns of a row are read as all their values, each one number a row and all of one type.
pub const fn several(windows: Context<'_>, column: usize) -> Verdict {
    let (spec, from) = at(windows, column);
    let message = Message::new().name(spec.key);
    if from.of.is_empty() {
        return Err(message.text(" is made of no column; name one or more: window = [current, voltage]"));
    }
    let several = from.of.len() > 1;
    if several && !matches!(from.take, Some(Take::Every) | None) {
        return Err(message.text(" takes one value of several columns; name one column, or take all values"));
    }
    if from.columns_first && !several {
        return Err(message.text(" is made of one column, so columns_first changes nothing; remove it"));
    }
    let Some(first) = windows.of.column(from.of[0]) else { return Ok(()) };
    let mut i = 1;
    while i < from.of.len() {
        let Some(other) = windows.of.column(from.of[i]) else { return Ok(()) };
        if !same(other.dtype.name(), first.dtype.name()) || first.shape.rank() > 0 || other.shape.rank() > 0 {
            let message = push_type(message.text(" reads ").name(first.key).text(", "), first);
            let message = push_type(message.text(", and ").name(other.key).text(", "), other);
            return Err(message.text(", side by side; that takes one number a row each, of one type"));
        }
        i += 1;
    }
    Ok(())
}

/// The element type of a column is that of the values that it takes.
pub const fn element(windows: Context<'_>, column: usize) -> Verdict {
    let (spec, from) = at(windows, column);
    let (Some(of), Some(take)) = (source(windows, from), from.take) else { return Ok(()) };
    if several(windows, column).is_err() {
        return Ok(());
    }
    let message = Message::new().name(spec.key);
    if of.sequence.is_some() {
        let message = message.text(" reads ").name(of.key);
        return Err(message.text(", whose rows differ in length; windows read rows of one length"));
    }
    let is_number = of.dtype.is_float() || of.dtype.is_integer();
    let is_single = of.shape.rank() == 0;
    let takes = match take {
        Take::Every => is_number || matches!(of.dtype, Dtype::Bool),
        Take::First | Take::Last => is_single || is_number || matches!(of.dtype, Dtype::Bool),
        Take::Mean | Take::Min | Take::Max => is_number && is_single,
        Take::Any | Take::All => matches!(of.dtype, Dtype::Bool) && is_single,
    };
    if !takes {
        let message = message.text(" takes ").text(words(take)).text(" ").name(of.key).text(", which is ");
        let message = push_type(message, of);
        return Err(message.text(match take {
            Take::Every | Take::First | Take::Last => "; take its first or last value, of a column of one value a row",
            Take::Any | Take::All => "; that is of a column of one bool a row",
            Take::Mean | Take::Min | Take::Max => "; that is of a column of one number a row",
        }));
    }
    if matches!((spec.dtype, of.dtype), (Dtype::Decimal, Dtype::Decimal)) && spec.scale != of.scale {
        let message =
            message.text(" has ").count(spec.scale as usize).text(" digits behind the point, and ").name(of.key);
        return Err(message.text(" has ").count(of.scale as usize).text("; declare as many"));
    }
    let fits = if matches!(take, Take::Mean) {
        spec.dtype.is_float() && spec.sequence.is_none()
    } else {
        same(spec.dtype.name(), of.dtype.name()) && spec.sequence.is_none()
    };
    if fits {
        return Ok(());
    }
    let message = message.text(" is ").text(if spec.sequence.is_some() { "a Vec of " } else { "" });
    let message = message.text(spec.dtype.name()).text(", and ").text(words(take)).text(" ").name(of.key);
    let wanted = if matches!(take, Take::Mean) { "f32 or f64" } else { of.dtype.name() };
    Err(message.text(" is ").text(wanted).text("; declare it so"))
}

/// The shape of a column is that of the values that it takes.
pub const fn shape(windows: Context<'_>, column: usize) -> Verdict {
    let (spec, from) = at(windows, column);
    let (Some(of), Some(take)) = (source(windows, from), from.take) else { return Ok(()) };
    // What cannot be taken, or lies in no horizon, has no shape.
    if ahead(windows, column).is_err() || several(windows, column).is_err() || element(windows, column).is_err() {
        return Ok(());
    }
    let rows = if from.ahead { windows.horizon } else { windows.length };
    let message = Message::new().name(spec.key).text(" is ").shape(&spec.shape).text(", and ");
    if !matches!(take, Take::Every) {
        if spec.shape.same(&of.shape) {
            return Ok(());
        }
        let message = message.text(words(take)).text(" ").name(of.key).text(" is ");
        let message = if of.shape.rank() > 0 { message.shape(&of.shape) } else { message.text("a single one") };
        return Err(message.text("; declare it so, or leave out `").text(take.name()).text("` to take all values"));
    }
    let expected = match (from.of.len(), from.columns_first) {
        (1, _) => of.shape.inside(rows),
        (columns, true) => Some(Shape::new(&[columns, rows])),
        (columns, false) => Some(Shape::new(&[rows, columns])),
    };
    let Some(expected) = expected else { return Ok(()) };
    if spec.shape.same(&expected) {
        return Ok(());
    }
    let message = message.count(rows).text(if from.ahead { " rows behind a window" } else { " rows of a window" });
    let message = if from.of.len() > 1 {
        message.text(" of ").count(from.of.len()).text(" columns are ").shape(&expected)
    } else {
        message.text(" of ").name(of.key).text(" are ").shape(&expected)
    };
    let swapped = Shape::new(&[from.of.len(), rows]);
    Err(if from.of.len() > 1 && !from.columns_first && spec.shape.same(&swapped) {
        message.text("; declare it so, or add columns_first")
    } else {
        message.text("; declare it so")
    })
}

/// A column that may lack values where those of its rows may.
pub const fn missing(windows: Context<'_>, column: usize) -> Verdict {
    let (spec, from) = at(windows, column);
    let mut i = 0;
    while i < from.of.len() {
        if let Some(of) = windows.of.column(from.of[i])
            && of.allows_missing
        {
            let message = Message::new().name(of.key).text(" of ").name(windows.of.name).text(" may be missing");
            let single = matches!(from.take, Some(Take::First | Take::Last)) && of.shape.rank() == 0;
            if !of.dtype.is_float() && !single {
                let message = message.text(", and an array of ").text(of.dtype.name()).text(" has no missing values");
                return Err(message.text("; make it f32 or f64, or leave such rows out"));
            }
            if !spec.allows_missing {
                let message = message.text(", and ").name(spec.key).text(" may not; write #[");
                return Err(message.text(spec.domain.word()).text("(.., missing = allow)], or leave such rows out"));
            }
        }
        i += 1;
    }
    Ok(())
}

/// A column of classes has those of the column that it takes.
pub const fn classes(windows: Context<'_>, column: usize) -> Verdict {
    let (spec, from) = at(windows, column);
    let Some(of) = source(windows, from) else { return Ok(()) };
    if !matches!(of.dtype, Dtype::Class) || !matches!(spec.dtype, Dtype::Class) {
        return Ok(());
    }
    let mut i = 0;
    let mut differ = of.classes.len() != spec.classes.len();
    while !differ && i < of.classes.len() {
        differ = !same(of.classes[i], spec.classes[i]);
        i += 1;
    }
    if !differ {
        return Ok(());
    }
    let message = Message::new().name(spec.key).text(" has other classes than ").name(of.key).text(" of ");
    Err(message.name(windows.of.name).text(", ").list(of.classes).text("; list the same in the same order"))
}

const fn at(windows: &WindowsSpec, column: usize) -> (&ColumnSpec, &WindowColumn) {
    (&windows.schema.columns[column], &windows.columns[column])
}

/// The column of a row that a column is made of, the first of several.
const fn source(windows: &WindowsSpec, from: &WindowColumn) -> Option<&'static ColumnSpec> {
    if from.of.is_empty() { None } else { windows.of.column(from.of[0]) }
}

const fn words(take: Take) -> &'static str {
    match take {
        Take::Every => "every value of",
        Take::First => "the first value of",
        Take::Last => "the last value of",
        Take::Mean => "the mean of",
        Take::Min => "the least value of",
        Take::Max => "the greatest value of",
        Take::Any => "whether any is true of",
        Take::All => "whether all are true of",
    }
}

const fn push_type(message: Message, spec: &ColumnSpec) -> Message {
    let message = message.text(spec.dtype.name());
    if spec.shape.rank() > 0 { message.text(" ").shape(&spec.shape) } else { message }
}
