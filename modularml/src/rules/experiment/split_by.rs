//! Rules at the columns by which a splitter divides: groups, strata, ids and an order.

use super::context::Context;
use super::names::column_name;
use super::split::{chosen_group, statement};
use crate::rules::asked::Asked;
use crate::rules::part::Part;
use crate::spec::{ColumnSpec, Dtype, ExperimentSpec, TimeDelta, Value};
use crate::text::{Message, Verdict, same};

/// A column of a key that a split of an input may ask.
pub(super) const fn asked_of(experiment: &ExperimentSpec, input: &str, key: &str) -> Option<&'static ColumnSpec> {
    match Asked::by_split(&experiment.graph, input) {
        Some(asked) => asked.column(key),
        None => None,
    }
}

/// Appends a column as it is written.
pub(super) const fn written(message: Message, experiment: &ExperimentSpec, input: &str, key: &str) -> Message {
    match Asked::by_split(&experiment.graph, input) {
        Some(asked) => asked.push_bare(message, key),
        None => message.text(input).text(".").text(key),
    }
}

/// Whether a key looks in an input that is not joined, or for a column that it has not.
const fn is_of_another(experiment: &ExperimentSpec, input: &str, key: &str) -> bool {
    match Asked::by_split(&experiment.graph, input) {
        Some(asked) => asked.refused(key).is_some(),
        None => false,
    }
}

/// A column of another input is one that each row has: its input is joined to the one that is split.
pub const fn of_joined(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let spec = statement(context.experiment, split);
    let Some(asked) = Asked::by_split(&context.experiment.graph, spec.input) else { return Ok(()) };
    let mut i = 0;
    while let Some(setting) = spec.splitter.settings.at(i) {
        if let Value::Column(key) = setting.value
            && part.holds(setting.name)
            && let Some(message) = asked.refused(key)
        {
            return Err(message);
        }
        i += 1;
    }
    Ok(())
}

/// The columns that a splitter groups, stratifies and orders by are known.
pub const fn known_columns(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let spec = statement(experiment, split);
    let splitter = &spec.splitter;
    let of = splitter.settings.get("of").as_column();
    let keys = [chosen_group(splitter), splitter.stratify_by, splitter.order_by, of];
    let mut i = 0;
    while i < keys.len() && part.is_name() {
        if let Some(key) = keys[i]
            && asked_of(experiment, spec.input, key).is_none()
            && !is_of_another(experiment, spec.input, key)
            && let Err(message) = column_name(experiment, spec.input, key)
        {
            return Err(message);
        }
        i += 1;
    }
    Ok(())
}

/// The column that a splitter stratifies by has classes, and the splitter does not group as well.
pub const fn stratify_by(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    if !part.holds("stratify_by") {
        return Ok(());
    }
    let spec = statement(experiment, split);
    let Some(key) = spec.splitter.stratify_by else { return Ok(()) };
    if let Some(group) = chosen_group(&spec.splitter)
        // Folds do both as well as they can.
        && (!spec.splitter.folds || same(group, key))
    {
        let message = Message::new();
        return Err(if same(group, key) {
            let message = message.name(group).text(" cannot both stay whole (group_by) and be spread evenly ");
            message.text("(stratify_by); remove one")
        } else {
            message.text("group_by and stratify_by cannot both hold; remove one")
        });
    }
    match asked_of(experiment, spec.input, key) {
        Some(column) if column.dtype.is_float() || column.shape.rank() > 0 => {
            let message = written(Message::new().text("stratify_by("), experiment, spec.input, key).text("): ");
            let message = if column.shape.rank() > 0 {
                message.shape(&column.shape).text(" is not one value a sample")
            } else {
                message.text(column.dtype.name()).text(" has no classes")
            };
            Err(message.text("; use a class, text or integer column"))
        }
        _ => Ok(()),
    }
}

/// A splitter that refuses rows of which a value would be missing in a split stratifies by a column.
pub const fn in_every_split(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let spec = statement(context.experiment, split);
    if !part.holds("in_every_split")
        || !matches!(spec.splitter.settings.get("in_every_split").as_bool(), Some(true))
        || spec.splitter.stratify_by.is_some()
    {
        return Ok(());
    }
    let message = Message::new().text("in_every_split() says nothing without stratify_by(..); add .stratify_by(");
    Err(message.text(spec.input).text("...), or remove this"))
}

/// The column that a splitter groups by has one value a sample.
pub const fn group_by(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    if !part.holds("group_by") {
        return Ok(());
    }
    let spec = statement(experiment, split);
    let Some(key) = chosen_group(&spec.splitter) else { return Ok(()) };
    match asked_of(experiment, spec.input, key) {
        Some(column) if column.shape.rank() > 0 => {
            let message = written(Message::new().text("group_by("), experiment, spec.input, key).text("): ");
            let message = message.shape(&column.shape);
            Err(message.text(" is not one value a sample; use a class, text or integer column"))
        }
        _ => Ok(()),
    }
}

/// The column in which a splitter looks for ids holds texts, classes or whole numbers, one a sample.
pub const fn in_column(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let spec = statement(experiment, split);
    if !part.holds("in_column") {
        return Ok(());
    }
    let Some(key) = spec.splitter.settings.get("in_column").as_column() else { return Ok(()) };
    let Some(column) = asked_of(experiment, spec.input, key) else { return Ok(()) };
    let message = written(Message::new().text("in_column("), experiment, spec.input, key).text("): ");
    let message = if column.shape.rank() > 0 {
        message.shape(&column.shape).text(" is not one value a sample")
    } else if column.dtype.is_float() {
        message.text(column.dtype.name()).text(" is no id")
    } else {
        return Ok(());
    };
    Err(message.text("; use a text, class or integer column"))
}

/// A gap in units of time is a span of time, between rows in an order of time.
pub const fn gap_time(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    if !part.holds("gap_time") {
        return Ok(());
    }
    let spec = statement(experiment, split);
    let settings = &spec.splitter.settings;
    let Some(gap) = settings.get("gap_time").as_choice() else { return Ok(()) };
    let message = Message::new().text("gap_time(\"").text(gap).text("\")");
    match TimeDelta::parse(gap) {
        Some(span) if span.nanos() > 0 => {}
        _ => {
            let message = message.text(" is no span of time above 0; write a number and its unit, for example ");
            return Err(message.text("\"7 days\" or \"90 min\""));
        }
    }
    if matches!(settings.get("gap").as_int(), Some(rows) if rows > 0) {
        return Err(message.text(" stands beside .gap(..), which counts rows; remove one"));
    }
    let Some(key) = spec.splitter.order_by else {
        return Err(message.text(" needs an order of time; add .by(").text(spec.input).text("...)"));
    };
    match asked_of(experiment, spec.input, key) {
        Some(column) if !matches!(column.dtype, Dtype::Timestamp | Dtype::Date | Dtype::TimeDelta) => {
            let message = written(message.text(", but "), experiment, spec.input, key).text(" is ");
            Err(message.text(column.dtype.name()).text("; order by a Timestamp or Date, or count rows: .gap(10)"))
        }
        _ => Ok(()),
    }
}

/// The column that a splitter orders rows by is a number or a time, one a sample.
pub const fn order_by(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    if !part.holds("by") {
        return Ok(());
    }
    let spec = statement(experiment, split);
    let Some(key) = spec.splitter.order_by else { return Ok(()) };
    match asked_of(experiment, spec.input, key) {
        Some(column) if column.shape.rank() > 0 || !(column.dtype.is_number() || column.dtype.is_time()) => {
            let message = Message::new().text(spec.splitter.name).text(" by ");
            let message = written(message, experiment, spec.input, key).text(": ");
            let message = if column.shape.rank() > 0 {
                message.shape(&column.shape).text(" is not one value a sample")
            } else {
                message.text(column.dtype.name()).text(" has no order in time")
            };
            Err(message.text("; use a column of numbers or times"))
        }
        _ => Ok(()),
    }
}
