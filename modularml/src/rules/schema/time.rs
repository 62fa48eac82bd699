//! Rules at a column of times.

use super::context::Context;
use crate::spec::{Dtype, Twice, time};
use crate::text::{Message, Verdict};

/// A column of times has one a sample.
pub const fn single(column: Context<'_>) -> Verdict {
    if !column.dtype.is_time() || (column.shape.rank() == 0 && column.sequence.is_none()) {
        return Ok(());
    }
    let message = Message::new().name(column.key).text(" is an array of ").text(column.dtype.name());
    Err(message.text("; a column holds one time a sample, arrays hold numbers"))
}

/// Nothing learns to predict a time.
pub const fn target(column: Context<'_>) -> Verdict {
    if !column.dtype.is_time() || !matches!(column.domain, crate::spec::Domain::Target) {
        return Ok(());
    }
    let message = Message::new().name(column.key).text(" is a #[target] of ").text(column.dtype.name());
    Err(message.text("; a model predicts numbers: declare f32 or f64, or mark it #[tag]"))
}

/// A format is one of times of the type that the column declares.
pub const fn format(column: Context<'_>) -> Verdict {
    if column.format.is_empty() {
        return Ok(());
    }
    let message = Message::new().name(column.key).text(" is ").text(column.dtype.name());
    if !column.dtype.is_time() {
        return Err(message.text(", and only times have a format; declare Timestamp, Date, TimeOfDay or TimeDelta"));
    }
    let written = match time::Format::of(column.format) {
        Ok(format) => format.dtype(),
        Err(refused) => return Err(refused),
    };
    // A day is the point in time at which it begins.
    let fits = matches!(
        (column.dtype, written),
        (Dtype::Timestamp, Dtype::Timestamp | Dtype::Date)
            | (Dtype::Date, Dtype::Date)
            | (Dtype::TimeOfDay, Dtype::TimeOfDay)
            | (Dtype::TimeDelta, Dtype::TimeDelta)
    );
    if fits {
        return Ok(());
    }
    let message = message.text(", and its format `").text(column.format).text("` is that of a ").text(written.name());
    Err(message.text("; write ").text(example(column.dtype)))
}

const fn example(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::Date => "one such as \"%d.%m.%Y\"",
        Dtype::TimeOfDay => "one such as \"%H:%M:%S\"",
        Dtype::TimeDelta => "the unit that numbers count: ns, us, ms, s, min, h or d",
        _ => "one such as \"%d.%m.%Y %H:%M:%S\" or \"epoch ms\"",
    }
}

/// A zone is known, and stands at a point in time.
pub const fn zone(column: Context<'_>) -> Verdict {
    if column.zone.is_empty() {
        return Ok(());
    }
    if !matches!(column.dtype, Dtype::Timestamp) {
        let message = Message::new().name(column.key).text(" is ").text(column.dtype.name());
        return Err(message.text(", and only a Timestamp has a zone; remove `zone`"));
    }
    time::zone(column.zone)
}

/// What is said of times that a clock showed twice is said of a clock that does so.
pub const fn twice(column: Context<'_>) -> Verdict {
    let word = match column.twice {
        Twice::Refuse => return Ok(()),
        twice => twice.name(),
    };
    let message = Message::new().name(column.key).text(" is ").text(column.dtype.name());
    if !matches!(column.dtype, Dtype::Timestamp) {
        let message = message.text(", and only a Timestamp of a zone may be shown twice; remove `twice = ");
        return Err(message.text(word).text("`"));
    }
    if column.zone.is_empty() || time::offset(column.zone).is_some() {
        let zone = if column.zone.is_empty() { "UTC" } else { column.zone };
        let message = Message::new().text("clocks at ").text(zone).text(" show no time twice; say where the clock of ");
        return Err(message.name(column.key).text(" stood: zone = \"Europe/Berlin\""));
    }
    Ok(())
}
