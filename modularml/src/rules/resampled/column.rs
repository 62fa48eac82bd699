//! Rules at what a column at a fixed step is made of.

use super::context::Context;
use super::grid::is_number;
use crate::rules::condition;
use crate::spec::{ColumnSpec, Dtype, Fill, ResampledColumn};
use crate::text::{Message, Verdict, same};

/// The column of a row that a column at a fixed step is made of is known.
pub const fn known(resampled: Context<'_>, column: usize) -> Verdict {
    let of = resampled.columns[column].of;
    match condition::column(&resampled.of, of) {
        Err(message) if resampled.of.column(of).is_none() => Err(message),
        _ => Ok(()),
    }
}

/// A column says how its values are made of those of the rows.
pub const fn said(resampled: Context<'_>, column: usize) -> Verdict {
    let (spec, from) = at(resampled, column);
    if from.fill.is_some() || from.is_time(resampled) || from.is_recording(resampled) {
        return Ok(());
    }
    let message = Message::new().name(spec.key).text(" does not say how its values are made; write #[");
    let message = message.text(spec.domain.word()).text("(last)]");
    let can_lie_between = match resampled.of.column(from.of) {
        Some(of) => is_number(of.dtype),
        None => false,
    };
    Err(if can_lie_between {
        message.text(" for the last known value, (linear) for one between neighbours, or (mean) for that of the step")
    } else {
        message.text(" for the last known value")
    })
}

/// What a column takes, its rows have: numbers have means and others between them.
pub const fn takes(resampled: Context<'_>, column: usize) -> Verdict {
    let (spec, from) = at(resampled, column);
    let Some(of) = resampled.of.column(from.of) else { return Ok(()) };
    let message = Message::new().name(spec.key);
    if of.sequence.is_some() {
        let message = message.text(" reads ").name(of.key);
        return Err(message.text(", whose rows differ in length; rows at a fixed step read values of one shape"));
    }
    let what = match from.fill {
        Some(Fill::Linear) => " takes values between those of ",
        Some(Fill::Mean) => " takes the mean of ",
        _ => return Ok(()),
    };
    if is_number(of.dtype) {
        return Ok(());
    }
    let message = message.text(what).name(of.key).text(", which is ").text(of.dtype.name());
    Err(message.text("; only floats and whole numbers have that: take the last known value, `last`"))
}

/// The element type of a column is that of the values that it takes.
pub const fn element(resampled: Context<'_>, column: usize) -> Verdict {
    let (spec, from) = at(resampled, column);
    let Some(of) = resampled.of.column(from.of) else { return Ok(()) };
    if takes(resampled, column).is_err() {
        return Ok(());
    }
    let is_made = matches!(from.fill, Some(Fill::Linear | Fill::Mean));
    if matches!((spec.dtype, of.dtype), (Dtype::Decimal, Dtype::Decimal)) && !is_made && spec.scale != of.scale {
        let message = Message::new().name(spec.key).text(" has ").count(spec.scale as usize);
        let message = message.text(" digits behind the point, and ").name(of.key).text(" has ");
        return Err(message.count(of.scale as usize).text("; declare as many"));
    }
    let fits = if is_made { spec.dtype.is_float() } else { same(spec.dtype.name(), of.dtype.name()) };
    if fits && spec.sequence.is_none() {
        return Ok(());
    }
    let message =
        Message::new().name(spec.key).text(" is ").text(if spec.sequence.is_some() { "a Vec of " } else { "" });
    let message = message.text(spec.dtype.name()).text(", and ").text(words(from.fill)).name(of.key).text(" is ");
    Err(message.text(if is_made { "f32 or f64" } else { of.dtype.name() }).text("; declare it so"))
}

/// The shape of a column is that of the values that it takes.
pub const fn shape(resampled: Context<'_>, column: usize) -> Verdict {
    let (spec, from) = at(resampled, column);
    let Some(of) = resampled.of.column(from.of) else { return Ok(()) };
    if spec.shape.same(&of.shape) || takes(resampled, column).is_err() || spec.sequence.is_some() {
        return Ok(());
    }
    let message = Message::new().name(spec.key).text(" is ").shape(&spec.shape).text(", and ").name(of.key);
    let message = message.text(" of ").name(resampled.of.name).text(" is ");
    let message = if of.shape.rank() > 0 { message.shape(&of.shape) } else { message.text("one value a row") };
    Err(message.text("; declare it so"))
}

/// A column of classes has those of the column that it takes.
pub const fn classes(resampled: Context<'_>, column: usize) -> Verdict {
    let (spec, from) = at(resampled, column);
    let Some(of) = resampled.of.column(from.of) else { return Ok(()) };
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
    Err(message.name(resampled.of.name).text(", ").list(of.classes).text("; list the same in the same order"))
}

const fn at(resampled: Context<'_>, column: usize) -> (&'static ColumnSpec, &ResampledColumn) {
    (&resampled.schema.columns[column], &resampled.columns[column])
}

const fn words(fill: Option<Fill>) -> &'static str {
    match fill {
        Some(Fill::Last) => "the last value of ",
        Some(Fill::Linear) => "a value between those of ",
        Some(Fill::Mean) => "the mean of ",
        None => "",
    }
}
