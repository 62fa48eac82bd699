//! Rules at losses and metrics as a whole.

use super::context::Context;
use super::operand::{reads_node, slots};
use super::quantiles;
use super::repeat::is_told_before;
use super::term::terms_at;
use crate::plan::lookup::row_source;
use crate::plan::operand::{Named, column, named, operand_shape, push_operand, push_phase};
use crate::plan::site::{Measured, Site, evaluation, measured};
use crate::plan::wiring::Wiring;
use crate::rules::graph::align::{apart, are_sound};
use crate::rules::part::Part;
use crate::spec::{Agreement, ColumnSpec, Dtype, GraphSpec, MAX_SHARES, MeasureSpec, Takes, Units, Value};
use crate::text::{Message, Shape, Verdict, same};

/// The settings of a loss or metric lie in their ranges.
pub const fn settings(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    match measured(context.experiment, phase, site) {
        Some(measured) => part.in_range(measured.settings, measured.name),
        None => Ok(()),
    }
}

/// A loss or metric has the inputs that it takes, one of them a node.
pub const fn inputs(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    if !part.is_name() {
        return Ok(());
    }
    let Some(measured) = measured(experiment, phase, site) else { return Ok(()) };
    if measured.operands.len() < measured.slots.len() {
        let missing = measured.slots[measured.operands.len()].name;
        return Err(slots(&measured).text("; ").name(missing).text(" is missing"));
    }
    if !reads_node(&experiment.graph, &measured) {
        let message = Message::new().text(measured.name).text(" reads no node, so ");
        return Err(message.text(if measured.is_metric {
            "it would measure the data against itself; name the node that predicts"
        } else {
            "nothing can learn from it; name the node that predicts"
        }));
    }
    Ok(())
}

/// A metric has a value for each row, or one over rows, and none for a node.
pub const fn of_rows(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let (Site::Metric(_) | Site::ValMetric(..)) = site else { return Ok(()) };
    let Some(measured) = measured(context.experiment, phase, site) else { return Ok(()) };
    if !part.is_name() || measured.slots.is_empty() || !matches!(measured.slots[0].takes, Takes::Parameters) {
        return Ok(());
    }
    let message = Message::new().text(measured.name).text(" has one value for a node and none for a row, so it is no ");
    Err(message.text("metric; measure it as a loss: loss = ").text(measured.name).text("(..);"))
}

/// What is measured at each evaluation of a train phase is a number.
pub const fn is_number(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Site::ValMetric(..) = site else { return Ok(()) };
    let Some(measured) = measured(context.experiment, phase, site) else { return Ok(()) };
    if !part.is_name() || measured.gives.is_number() {
        return Ok(());
    }
    let message = Message::new().text(measured.name).text(" gives ").text(measured.gives.words());
    Err(message.text(", which is no number that can be followed over epochs; measure it in an eval phase"))
}

/// What a loss or metric compares are rows of one input, or of inputs that are aligned.
pub const fn rows(context: Context<'_>, phase: usize, site: Site) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let Some(measured) = measured(experiment, phase, site) else { return Ok(()) };
    if !measured.pairs_rows || measured.operands.len() != measured.slots.len() || !are_sound(graph) {
        return Ok(());
    }
    let mut first = None;
    let mut i = 0;
    while i < measured.operands.len() {
        let input = match (measured.slots[i].takes, named(graph, &measured.operands[i])) {
            (Takes::Parameters, _) | (_, Named::Unknown) => None,
            (_, Named::Node(node)) => wiring.input_of(node),
            (_, Named::Column { input, .. }) => Some(row_source(graph, input)),
        };
        match (first, input) {
            (None, _) => first = input,
            (Some(first), Some(input)) if input != first => {
                if is_told_before(context, phase, site) {
                    return Ok(());
                }
                let message = Message::new().text(measured.name).text(" compares rows of ");
                return Err(apart(graph, message, first, input));
            }
            _ => {}
        }
        i += 1;
    }
    Ok(())
}

/// A loss or metric of rows of different lengths is computed of each number by itself.
pub const fn padding(context: Context<'_>, phase: usize, site: Site) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let Some(measured) = measured(experiment, phase, site) else { return Ok(()) };
    if measured.elementwise || measured.operands.len() != measured.slots.len() {
        return Ok(());
    }
    let mut i = 0;
    while i < measured.operands.len() {
        let (is_padded, advice) = match (measured.slots[i].takes, named(graph, &measured.operands[i])) {
            (Takes::Parameters, _) | (_, Named::Unknown) => (false, ""),
            (_, Named::Node(node)) => {
                (wiring.is_padded(node), "put a LastOfSequence or MeanOfSequence behind it, and compare that")
            }
            (_, Named::Column { input, column: key }) => {
                (column(graph, input, key).sequence.is_some(), "compare its numbers one by one, as Mse and L1 do")
            }
        };
        if is_padded {
            if is_told_before(context, phase, site) {
                return Ok(());
            }
            let message = push_operand(Message::new(), &measured.operands[i]);
            let message = message.text(" has rows of different lengths, and ").text(measured.name);
            return Err(message.text(" would count their padding as values; ").text(advice));
        }
        i += 1;
    }
    Ok(())
}

/// The inputs of a loss or metric have shapes that go together.
pub const fn shapes(context: Context<'_>, phase: usize, site: Site) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let Some(measured) = measured(experiment, phase, site) else { return Ok(()) };
    if measured.operands.len() != measured.slots.len() {
        return Ok(());
    }
    match agree(graph, wiring, &measured) {
        Err(message) if !is_told_before(context, phase, site) => Err(message),
        _ => Ok(()),
    }
}

const fn agree(graph: &GraphSpec, wiring: &Wiring, measured: &Measured<'_>) -> Verdict {
    match measured.agreement {
        Agreement::Free => Ok(()),
        Agreement::Equal(pairs) => {
            let mut i = 0;
            while i < pairs.len() {
                if let Err(message) = equal(graph, wiring, measured, pairs[i].0, pairs[i].1) {
                    return Err(message);
                }
                i += 1;
            }
            Ok(())
        }
        Agreement::OnePerClass => one_per_class(graph, wiring, measured),
        Agreement::OnePer(_) | Agreement::Several => quantiles::several(graph, wiring, measured),
    }
}

const fn equal(graph: &GraphSpec, wiring: &Wiring, measured: &Measured<'_>, a: usize, b: usize) -> Verdict {
    let (first, second) = (&measured.operands[a], &measured.operands[b]);
    if let Named::Column { input, column: key } = named(graph, second)
        && matches!(column(graph, input, key).dtype, Dtype::Class)
        && matches!(measured.slots[b].takes, Takes::Numbers)
    {
        return Ok(());
    }
    let (Some(left), Some(right)) = (operand_shape(graph, wiring, first), operand_shape(graph, wiring, second)) else {
        return Ok(());
    };
    if left.same(&right) {
        return Ok(());
    }
    let message = push_operand(Message::new().text(measured.name).text(" needs equal shapes: "), first);
    let message = push_operand(message.text(" is ").shape(&left).text(" a sample, "), second);
    let message = message.text(" is ").shape(&right);
    Err(match (named(graph, first), named(graph, second)) {
        (Named::Node(node), Named::Column { .. }) if graph.nodes.items()[node].target.is_none() => {
            let path = second.path.items();
            let message = message.text("; write `-> ").text(path[0]).text(".").text(path[1]).text("` behind node ");
            message.name(graph.nodes.items()[node].name).text(", which takes the target's shape")
        }
        _ => message.text("; compare values of one shape"),
    })
}

const fn one_per_class(graph: &GraphSpec, wiring: &Wiring, measured: &Measured<'_>) -> Verdict {
    let (prediction, target) = (&measured.operands[0], &measured.operands[1]);
    let Named::Column { input, column: key } = named(graph, target) else { return Ok(()) };
    let column = column(graph, input, key);
    let Some(shape) = operand_shape(graph, wiring, prediction) else { return Ok(()) };
    if matches!(column.dtype, Dtype::Bool) {
        return one_per_bool(measured, &shape, column);
    }
    let classes = column.classes;
    // A metric also takes the number of a class, as `ArgMax` gives it.
    let fits = (shape.rank() == 1 && shape.axis(0) == classes.len()) || (measured.is_metric && shape.rank() == 0);
    if fits || !matches!(column.dtype, Dtype::Class) {
        return Ok(());
    }
    let message = push_operand(Message::new().text(measured.name).text(": "), prediction).text(" is ").shape(&shape);
    let message = push_operand(message.text(" a sample, but "), target).text(" has ").count(classes.len());
    let message = message.text(" classes");
    let message = if classes.len() <= 8 { message.text(" (").list(classes).text(")") } else { message };
    let path = target.path.items();
    Err(message.text("; take the shape from it: -> ").text(path[0]).text(".").text(path[1]))
}

/// What a metric reads has one score a bool, or of a single one a score a class.
const fn one_per_bool(measured: &Measured<'_>, shape: &Shape, column: &ColumnSpec) -> Verdict {
    let (prediction, target) = (&measured.operands[0], &measured.operands[1]);
    let is_one = column.shape.rank() == 0 && shape.rank() == 1 && shape.axis(0) >= 1 && shape.axis(0) <= 2;
    if is_one || shape.same(&column.shape) {
        return Ok(());
    }
    let message = Message::new().text(measured.name).text(": ");
    let message = push_operand(message, prediction).text(" is ").shape(shape).text(" a sample, but ");
    let message = push_operand(message, target);
    let message = if column.shape.rank() == 0 {
        message.text(" is one bool")
    } else {
        message.text(" has ").shape(&column.shape).text(" bools")
    };
    let path = target.path.items();
    Err(message.text("; take the shape from it: -> ").text(path[0]).text(".").text(path[1]))
}

/// The `class_weights` of a loss name all classes, in the order in which the column declares them.
pub const fn class_weights(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    if !part.holds("class_weights") {
        return Ok(());
    }
    let Some(measured) = measured(experiment, phase, site) else { return Ok(()) };
    if measured.operands.len() != measured.slots.len() || !matches!(measured.agreement, Agreement::OnePerClass) {
        return Ok(());
    }
    let target = &measured.operands[1];
    let Named::Column { input, column: key } = named(&experiment.graph, target) else { return Ok(()) };
    let classes = column(&experiment.graph, input, key).classes;
    let Value::Shares(weights) = measured.settings.get("class_weights") else { return Ok(()) };
    let names = weights.names();
    let weights = weights.pairs();
    if weights.is_empty() || classes.is_empty() {
        return Ok(());
    }
    let message = push_operand(Message::new().text(measured.name).text(": "), target).text(" has ");
    if classes.len() > MAX_SHARES {
        let message = message.count(classes.len()).text(" classes, but class_weights can name ").count(MAX_SHARES);
        return Err(message.text("; leave them out"));
    }
    let mut i = 0;
    while i < classes.len() {
        if weights.len() != classes.len() || !same(weights[i].0, classes[i]) {
            let message = message.text("classes ").list(classes).text(", but class_weights names ").list(names.items());
            return Err(message.text("; name all of them in their order"));
        }
        if !(weights[i].1 >= 0.0 && weights[i].1 < f64::INFINITY) {
            let message = Message::new().text("class_weights(").text(weights[i].0).text(": ").number(weights[i].1);
            return Err(message.text(") of ").text(measured.name).text(": must be at least 0 and finite"));
        }
        i += 1;
    }
    Ok(())
}

/// The name of a metric is new in its phase, and not that of another result.
pub const fn name(context: Context<'_>, phase: usize, site: Site) -> Verdict {
    let experiment = context.experiment;
    let (Site::Metric(metric) | Site::ValMetric(_, metric)) = site else { return Ok(()) };
    let Some(eval) = evaluation(experiment, phase, site.evaluation()) else { return Ok(()) };
    let metrics = eval.metrics.items();
    let name = metrics[metric].name;
    let message = Message::new().text("metric ").name(name);
    if same(name, "loss") || same(name, "epoch") {
        return Err(message.text(" has a reserved name; rename it"));
    }
    if eval.predictions && same(name, "predictions") {
        return Err(message.text(" has the name of the table that `predictions;` keeps; rename it"));
    }
    let mut earlier = 0;
    while earlier < metric {
        if same(metrics[earlier].name, name) {
            let message = message.text(" is declared twice in ");
            let message = push_phase(message, &experiment.phases.items()[phase], Some(site.evaluation()));
            return Err(message.text("; rename one"));
        }
        earlier += 1;
    }
    Ok(())
}

/// A metric whose target is scaled says in which units it reports, and raw ones can be had.
pub const fn units(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let (Site::Metric(metric) | Site::ValMetric(_, metric)) = site else { return Ok(()) };
    if !part.is_name() {
        return Ok(());
    }
    let Some(eval) = evaluation(experiment, phase, site.evaluation()) else { return Ok(()) };
    let measure = &eval.metrics.items()[metric];
    let scales = experiment.scales.items();
    let mut i = 0;
    while i < scales.len() {
        if compares_with(measure, scales[i].input, scales[i].column) {
            let message = Message::new().text(measure.name).text(": ").path(scales[i].input, scales[i].column);
            let chain = scales[i].scalers.items();
            let mut k = 0;
            while k < chain.len() {
                if matches!(measure.units, Some(Units::Raw)) && !chain[k].inverts {
                    let message = message.text(" is scaled by ").text(chain[k].name);
                    return Err(message.text(", which has no inverse; use MinMax or Standard, or `in scaled units`"));
                }
                k += 1;
            }
            if measure.metric.has_unit && measure.units.is_none() && !chain.is_empty() {
                let message = message.text(" is scaled by ").text(chain[0].name);
                return Err(message.text("; say `in raw units` or `in scaled units`"));
            }
        }
        i += 1;
    }
    Ok(())
}

const fn compares_with(measure: &MeasureSpec, input: &str, column: &str) -> bool {
    let operands = measure.inputs.items();
    let mut i = 0;
    while i < operands.len() {
        let path = operands[i].path.items();
        if path.len() > 1 && same(path[0], input) && same(path[1], column) {
            return true;
        }
        i += 1;
    }
    false
}

/// The weight of a term is above 0.
pub const fn weight(context: Context<'_>, phase: usize, site: Site) -> Verdict {
    let terms = terms_at(context, phase, site);
    let (Site::Loss(i) | Site::ValLoss(_, i)) = site else { return Ok(()) };
    if i >= terms.len() || (terms[i].weight > 0.0 && terms[i].weight < f64::INFINITY) {
        return Ok(());
    }
    let message = Message::new().text("weight ").number(terms[i].weight).text(" of ").text(terms[i].loss.name);
    Err(message.text(": a weight must be above 0 and finite; remove the term to leave it out"))
}
