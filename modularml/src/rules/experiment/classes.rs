//! Rules at settings of losses and metrics that are about the classes of their target.

use super::context::Context;
use crate::plan::operand::{Named, column, named};
use crate::plan::site::{Measured, Site, measured};
use crate::rules::part::Part;
use crate::spec::{Agreement, ColumnSpec, Dtype, ExperimentSpec, GraphSpec, Value};
use crate::text::{Message, Verdict, same};

/// The settings that hold the number of a class.
const NUMBERS: [&str; 2] = ["class", "ignored_class"];

/// The column of classes that a loss or metric compares with, and its input.
const fn target<'a>(experiment: &'a ExperimentSpec, measured: &Measured<'_>) -> Option<(&'a str, &'a ColumnSpec)> {
    let graph: &GraphSpec = &experiment.graph;
    if measured.operands.len() < 2 || !matches!(measured.agreement, Agreement::OnePerClass) {
        return None;
    }
    match named(graph, &measured.operands[1]) {
        Named::Column { input, column: key } => {
            let column = column(graph, input, key);
            if matches!(column.dtype, Dtype::Class) { Some((graph.inputs.items()[input].name, column)) } else { None }
        }
        _ => None,
    }
}

/// The number of a class in a setting is that of one of the target's classes.
pub const fn number(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Some(measured) = measured(context.experiment, phase, site) else { return Ok(()) };
    let Some((input, column)) = target(context.experiment, &measured) else { return Ok(()) };
    let count = column.classes.len();
    let mut i = 0;
    while i < NUMBERS.len() {
        if part.holds(NUMBERS[i])
            && measured.settings.has(NUMBERS[i])
            && let Value::Int(class) = measured.settings.get(NUMBERS[i])
            && (class < 0 || class.cast_unsigned() >= count as u64)
        {
            let message = Message::new().text(NUMBERS[i]).text("(").int(class).text(") of ").text(measured.name);
            let message = message.text(": ").path(input, column.key).text(" has the classes 0 to ").count(count - 1);
            let message = if count <= 8 { message.text(": ").list(column.classes) } else { message };
            return Err(message);
        }
        i += 1;
    }
    Ok(())
}

/// A curve is that of one class against the others, and says of three classes or more which one that is.
pub const fn of_one(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Some(measured) = measured(context.experiment, phase, site) else { return Ok(()) };
    if !part.is_name() || !measured.gives.is_curve() || !matches!(measured.settings.get("class"), Value::Unset) {
        return Ok(());
    }
    let Some((input, column)) = target(context.experiment, &measured) else { return Ok(()) };
    if column.classes.len() < 3 {
        return Ok(());
    }
    let message = Message::new().text(measured.name).text(" is a curve of one class against the others, and ");
    let message = message.path(input, column.key).text(" has ").count(column.classes.len());
    Err(message.text(" classes; say which: .class(1) for `").text(column.classes[1]).text("`"))
}

/// A right class can be missing among the guesses of a top-k accuracy.
pub const fn guesses(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Some(measured) = measured(context.experiment, phase, site) else { return Ok(()) };
    if !part.holds("k") || !same(measured.name, "TopKAccuracy") {
        return Ok(());
    }
    let Some((input, column)) = target(context.experiment, &measured) else { return Ok(()) };
    match measured.settings.get("k") {
        Value::Int(k) if k > 0 && k.cast_unsigned() >= column.classes.len() as u64 => {
            let message = Message::new().text("k(").int(k).text(") of TopKAccuracy: ").path(input, column.key);
            let message = message.text(" has ").count(column.classes.len()).text(" classes, so it would always be 1; ");
            Err(message.text("use at most ").count(column.classes.len().saturating_sub(1)))
        }
        _ => Ok(()),
    }
}

/// A metric that each class has says of three classes or more which one it reports, or how it averages them.
pub const fn average(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Some(measured) = measured(context.experiment, phase, site) else { return Ok(()) };
    let settings = measured.settings;
    if !part.is_name() || !settings.has("class") || !settings.has("average") {
        return Ok(());
    }
    if !matches!((settings.get("class"), settings.get("average")), (Value::Unset, Value::Unset)) {
        return Ok(());
    }
    let Some((input, column)) = target(context.experiment, &measured) else { return Ok(()) };
    if column.classes.len() < 3 {
        return Ok(());
    }
    let message = Message::new().text(measured.name).text(" is a value of each class, and ").path(input, column.key);
    let message =
        message.text(" has ").count(column.classes.len()).text(" classes; say how they become one: .average(");
    let message = message.text("Average::Macro), Average::Micro or Average::Weighted, or .class(1) for `");
    Err(message.text(column.classes[1]).text("` alone"))
}
