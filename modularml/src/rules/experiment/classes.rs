//! Rules at settings of losses and metrics that are about the classes of their target.

use super::context::Context;
use super::threshold::is_chosen;
use crate::plan::deciding::one_score;
use crate::plan::ending::Kind;
use crate::plan::operand::{Named, column, named, push_operand};
use crate::plan::site::{Measured, Site, measured};
use crate::rules::part::Part;
use crate::spec::{Agreement, ColumnSpec, Dtype, ExperimentSpec, GraphSpec, Takes, Value};
use crate::text::{Message, Verdict, same};

/// The settings that hold the number of a class.
const NUMBERS: [&str; 2] = ["class", "ignored_class"];

/// The column of classes or bools that a loss or metric compares with, and its input.
const fn target<'a>(experiment: &'a ExperimentSpec, measured: &Measured<'_>) -> Option<(&'a str, &'a ColumnSpec)> {
    let graph: &GraphSpec = &experiment.graph;
    if measured.operands.len() < 2 || !matches!(measured.agreement, Agreement::OnePerClass) {
        return None;
    }
    match named(graph, &measured.operands[1]) {
        Named::Column { input, column: key } => {
            let column = column(graph, input, key);
            let has_classes = matches!(column.dtype, Dtype::Class | Dtype::Bool);
            if has_classes { Some((graph.inputs.items()[input].name, column)) } else { None }
        }
        _ => None,
    }
}

/// How many classes or labels a column has.
const fn count_of(column: &ColumnSpec) -> usize {
    match column.dtype {
        Dtype::Bool if column.shape.rank() == 0 => 2,
        Dtype::Bool => column.shape.axis(0),
        _ => column.classes.len(),
    }
}

/// Whether each row of a column has several labels.
const fn has_labels(column: &ColumnSpec) -> bool {
    matches!(column.dtype, Dtype::Bool) && column.shape.rank() > 0
}

/// The number of a class in a setting is that of one of the target's classes.
pub const fn number(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Some(measured) = measured(context.experiment, phase, site) else { return Ok(()) };
    let Some((input, column)) = target(context.experiment, &measured) else { return Ok(()) };
    let count = count_of(column);
    let mut i = 0;
    while i < NUMBERS.len() {
        if part.holds(NUMBERS[i])
            && measured.settings.has(NUMBERS[i])
            && let Value::Int(class) = measured.settings.get(NUMBERS[i])
            && (class < 0 || class.cast_unsigned() >= count as u64)
        {
            let message = Message::new().text(NUMBERS[i]).text("(").int(class).text(") of ").text(measured.name);
            let message = message.text(": ").path(input, column.key).text(" has the ");
            let message = message.text(if has_labels(column) { "labels" } else { "classes" });
            let message = message.text(" 0 to ").count(count.saturating_sub(1));
            return Err(match column.dtype {
                Dtype::Class if count <= 8 => message.text(": ").list(column.classes),
                Dtype::Bool if !has_labels(column) => message.text(": false, true"),
                _ => message,
            });
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
    if has_labels(column) && count_of(column) > 1 && measured.of_labels {
        let message =
            Message::new().text(measured.name).text(" is a value of each label, and ").path(input, column.key);
        let message = message.text(" has ").count(count_of(column)).text("; say how they become one: .average(");
        let message = message.text("Average::Macro), Average::Micro, Average::Weighted or Average::Samples, or ");
        return Err(message.text(".class(0) for label 0 alone"));
    }
    if column.classes.len() < 3 {
        return Ok(());
    }
    let message = Message::new().text(measured.name).text(" is a value of each class, and ").path(input, column.key);
    let message =
        message.text(" has ").count(column.classes.len()).text(" classes; say how they become one: .average(");
    let message = message.text("Average::Macro), Average::Micro or Average::Weighted, or .class(1) for `");
    Err(message.text(column.classes[1]).text("` alone"))
}

/// The `positive_weights` of a loss name each label of a row, or there are none.
pub const fn positive_weights(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Some(measured) = measured(context.experiment, phase, site) else { return Ok(()) };
    if !part.holds("positive_weights") || measured.operands.len() < 2 {
        return Ok(());
    }
    let graph = &context.experiment.graph;
    let Value::Shares(weights) = measured.settings.get("positive_weights") else { return Ok(()) };
    let Named::Column { input, column: key } = named(graph, &measured.operands[1]) else { return Ok(()) };
    let (input, column) = (graph.inputs.items()[input].name, column(graph, input, key));
    let weights = weights.pairs();
    if weights.is_empty() {
        return Ok(());
    }
    let message = Message::new().text("positive_weights of ").text(measured.name).text(": ").path(input, column.key);
    if column.shape.rank() == 0 {
        return Err(message.text(" is one number a row; write positive_weight(3.0)"));
    }
    if column.sequence.is_some() {
        return Err(
            message.text(" has rows of different lengths, whose numbers are not labels; write positive_weight(3.0)")
        );
    }
    let last = column.shape.axis(column.shape.rank() - 1);
    if weights.len() != last {
        let message = message.text(" has ").count(last).text(" labels, but ").count(weights.len());
        return Err(message.text(" are named; name all of them in their order"));
    }
    let mut i = 0;
    while i < weights.len() {
        if !(weights[i].1 >= 0.0 && weights[i].1 < f64::INFINITY) {
            let message = Message::new().text("positive_weights(").text(weights[i].0).text(": ").number(weights[i].1);
            return Err(message.text(") of ").text(measured.name).text(": must be at least 0 and finite"));
        }
        i += 1;
    }
    Ok(())
}

/// A metric of classes is told one a row, or labels as an array of bools where it takes several.
pub const fn labels(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Some(measured) = measured(context.experiment, phase, site) else { return Ok(()) };
    if !part.is_name() || !measured.is_metric || measured.operands.len() < 2 {
        return Ok(());
    }
    let (Agreement::OnePerClass, Named::Column { input, column: key }) =
        (measured.agreement, named(&context.experiment.graph, &measured.operands[1]))
    else {
        return Ok(());
    };
    let graph = &context.experiment.graph;
    let (input, column) = (graph.inputs.items()[input].name, column(graph, input, key));
    let rank = column.shape.rank();
    // What is neither classes nor bools is told at the column.
    let is_told = match measured.slots[1].takes {
        Takes::Labels => column.dtype.is_float() || matches!(column.dtype, Dtype::Text | Dtype::Decimal),
        _ => !matches!(column.dtype, Dtype::Class | Dtype::Bool),
    };
    if rank == 0 || is_told {
        return Ok(());
    }
    let message = Message::new().text(measured.name).text(" takes one class a row");
    if measured.of_labels {
        if has_labels(column) && rank == 1 {
            return Ok(());
        }
        let message = message.text(", or labels as [bool; N], and ").path(input, column.key).text(" is ");
        let message = message.text(column.dtype.name()).text(" of ").shape(&column.shape);
        return Err(message.text("; declare it as [bool; N]"));
    }
    let message = message.text(", and ").path(input, column.key).text(" is ").text(column.dtype.name());
    let message = message.text(" of ").shape(&column.shape);
    Err(message.text("; of labels use Accuracy, HammingLoss, F1, Jaccard, RocAuc or AveragePrecision"))
}

/// A mean over the labels of each row is of rows that have several.
pub const fn samples(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Some(measured) = measured(context.experiment, phase, site) else { return Ok(()) };
    if !part.holds("average") {
        return Ok(());
    }
    let Value::Choice(average) = measured.settings.get("average") else { return Ok(()) };
    let Some((input, column)) = target(context.experiment, &measured) else { return Ok(()) };
    if !same(average, "Samples") || has_labels(column) {
        return Ok(());
    }
    let message = Message::new().text("average(Average::Samples) of ").text(measured.name);
    let message = message.text(" is the mean over rows of what the labels of each give, but ").path(input, column.key);
    Err(message.text(" is one class a row; use Average::Macro, Average::Micro or Average::Weighted"))
}

/// A threshold is of one score for each yes or no; it is said where the node does not tell which numbers it gives.
pub const fn threshold(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let Some(measured) = measured(experiment, phase, site) else { return Ok(()) };
    if !measured.settings.has("threshold") || measured.operands.len() != 2 {
        return Ok(());
    }
    let Some((input, target)) = target(experiment, &measured) else { return Ok(()) };
    let Named::Node(node) = named(graph, &measured.operands[0]) else { return Ok(()) };
    let Some(shape) = wiring.shape(node) else { return Ok(()) };
    let said = measured.settings.get("threshold");
    let kind = one_score(graph, wiring, measured.operands);
    if part.holds("threshold")
        && let (Value::Float(threshold), None) = (said, kind)
        && (shape.rank() == 1 || count_of(target) > 2)
    {
        let message = Message::new().text("threshold(").number(threshold).text(") of ").text(measured.name);
        return Err(if count_of(target) > 2 && !has_labels(target) {
            let message = message.text(" decides between two classes, and ").path(input, target.key).text(" has ");
            message.count(count_of(target)).text("; remove it")
        } else {
            let message = push_operand(message.text(": "), &measured.operands[0]).text(" is ").shape(&shape);
            message.text(" a sample, a score a class, of which the largest counts; remove it")
        });
    }
    let spec = &graph.nodes.items()[node];
    if part.is_name()
        && let (Value::Unset, Some(Kind::Unknown | Kind::AsRead)) = (said, kind)
        && matches!(target.dtype, Dtype::Bool)
        && !same(spec.layer.name, "ArgMax")
        && !is_chosen(context, phase, site, node)
    {
        let message = Message::new().text(measured.name).text(" cannot tell from which score of ").name(spec.name);
        let message = message.text(" (").text(spec.layer.name).text(") on ").path(input, target.key);
        return Err(message.text(" is true; put a Linear or a Sigmoid behind it, or say the score: .threshold(0.5)"));
    }
    Ok(())
}
