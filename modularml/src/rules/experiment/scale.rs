//! Rules at scales.

use super::context::Context;
use super::names::{column_name, column_of, input_name, shares_rows, split_name};
use crate::plan::lineage::{fed_with_rows_of, share_rows};
use crate::plan::lookup::{column_named, input_named as input_of, node_count, row_source_name};
use crate::plan::operand::push_phase;
use crate::plan::site::{evaluation, validated_split, validation};
use crate::plan::wiring::Link;
use crate::rules::graph::missing::looks_for_missing;
use crate::rules::part::Part;
use crate::spec::{Domain, Dtype, ExperimentSpec, PhaseKind, ScaleSpec, ScalerSpec, ValidationSpec, Value};
use crate::text::{Message, Name, Shape, Verdict, same};

/// The input and the column that are scaled are known.
pub const fn known(context: Context<'_>, scale: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.scales.items()[scale];
    match input_name(experiment, spec.input) {
        Ok(()) => column_name(experiment, spec.input, spec.column),
        refused => refused,
    }
}

/// A scaled column holds numbers of a feature or target, and is scaled once.
pub const fn column(context: Context<'_>, scale: usize) -> Verdict {
    let experiment = context.experiment;
    let scales = experiment.scales.items();
    let spec = &scales[scale];
    let mut earlier = 0;
    while earlier < scale {
        // Columns differ more often than inputs do.
        if same(scales[earlier].column, spec.column) && same(scales[earlier].input, spec.input) {
            let path = Message::new().path(spec.input, spec.column);
            return Err(path.text(" is scaled twice; write one chain: [First, Second] fitted on .."));
        }
        earlier += 1;
    }
    let Some(column) = column_of(experiment, spec.input, spec.column) else { return Ok(()) };
    if matches!(column.dtype, Dtype::Class) {
        let path = Message::new().path(spec.input, spec.column);
        if matches!(column.domain, Domain::Feature) {
            let message = path.text(" is a class column; its classes become numbers by a node of the graph, OneHot(");
            return Err(message
                .text(spec.input)
                .text(".")
                .text(spec.column)
                .text(") or Embedding::size(n)(..); remove the statement"));
        }
        return Err(path.text(" is a class column; scaling would destroy the class numbers; remove the statement"));
    }
    if matches!(column.domain, Domain::Tag) || !column.dtype.is_number() {
        let path = Message::new().path(spec.input, spec.column);
        let message = if matches!(column.domain, Domain::Tag) { path.text(" is a #[tag]") } else { path.text(" is ") };
        let message = if matches!(column.domain, Domain::Tag) { message } else { message.text(column.dtype.name()) };
        return Err(message.text("; only number features and targets are scaled; remove the statement"));
    }
    Ok(())
}

/// The settings of a scaler lie in their ranges.
pub const fn settings(context: Context<'_>, scale: usize, scaler: usize, part: Part<'_>) -> Verdict {
    let scaler = &context.experiment.scales.items()[scale].scalers.items()[scaler];
    part.in_range(&scaler.settings, scaler.name)
}

/// The lower end of a range lies below its upper end: settings `low` and `high`, or `lower` and `upper`.
pub const fn ends(context: Context<'_>, scale: usize, scaler: usize, part: Part<'_>) -> Verdict {
    let scaler = &context.experiment.scales.items()[scale].scalers.items()[scaler];
    let pairs = [("low", "high"), ("lower", "upper")];
    let mut i = 0;
    while i < pairs.len() {
        let (low, high) = pairs[i];
        if part.holds(high)
            && let (Value::Float(bottom), Value::Float(top)) = (scaler.settings.get(low), scaler.settings.get(high))
            && bottom >= top
        {
            let message = Message::new().text(low).text("(").number(bottom).text(") of ").name(scaler.name);
            return Err(message.text(" must be below ").text(high).text("(").number(top).text(")"));
        }
        i += 1;
    }
    Ok(())
}

/// A scaler goes with the shape of its column, and leaves that as it is.
pub const fn shape(context: Context<'_>, scale: usize, scaler: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    if !part.is_name() {
        return Ok(());
    }
    let spec = &experiment.scales.items()[scale];
    let scaler = &spec.scalers.items()[scaler];
    let Some(column) = column_of(experiment, spec.input, spec.column) else { return Ok(()) };
    if scaler.reshapes {
        let message = Message::new().text(scaler.name).text(" gives ").path(spec.input, spec.column);
        if scaler.encodes && matches!(column.domain, Domain::Feature) && column.dtype.is_integer() {
            let message =
                message.text(" another shape, but nodes read the declared one; make it a node of the graph: ");
            return Err(message
                .text(scaler.name)
                .text(".entries(n)(")
                .text(spec.input)
                .text(".")
                .text(spec.column)
                .text(")"));
        }
        return Err(message.text(
            " another shape, but nodes read the declared one; apply FittedChain::fit(..) first and read its result as a column",
        ));
    }
    if column.sequence.is_none() {
        return scaler_axes(scaler, &column.shape);
    }
    if scaler.of_sample {
        let message = Message::new().text(scaler.name).text(" looks at all values of a sample, and rows of ");
        let message =
            message.path(spec.input, spec.column).text(" differ in length; use one that learns from a split, ");
        return Err(message.text("for example Standard"));
    }
    // The positions of a sequence are scaled as rows are.
    scaler_axes(scaler, &column.shape.without_first())
}

/// What a scaler fills, no node looks for.
pub const fn fills(context: Context<'_>, scale: usize, scaler: usize, part: Part<'_>) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let spec = &experiment.scales.items()[scale];
    let scaler = &spec.scalers.items()[scaler];
    if !part.is_name() || !same(scaler.name, "Imputer") {
        return Ok(());
    }
    let Some(input) = input_of(graph, spec.input) else { return Ok(()) };
    let Some(position) = column_named(graph, input, spec.column) else { return Ok(()) };
    let mut node = 0;
    while node < node_count(graph) {
        let links = wiring.links(node);
        if looks_for_missing(graph, node)
            && !links.is_empty()
            && let Link::Column { input: read, column } = links.get(0)
            && read == input
            && column == position
        {
            let message = Message::new().text("Imputer fills what is missing in ").path(spec.input, spec.column);
            let message = message.text(" before node ").name(graph.nodes.items()[node].name).text(" looks for it; ");
            return Err(message.text("leave Imputer out, and read the column by FillMissing::with(0.0) in the graph"));
        }
        node += 1;
    }
    Ok(())
}

/// The axes over which a scaler shares statistics exist, and the boundaries of its segments cut up the values.
pub const fn scaler_axes(scaler: &ScalerSpec, shape: &Shape) -> Verdict {
    if let Some(over) = scaler.settings.get("over").as_shape() {
        let mut i = 0;
        while i < over.rank() {
            if over.axis(i) >= shape.rank() {
                let message = Message::new().text("over(").shape(&over).text(") of ").name(scaler.name);
                let message = message.text(": the value has shape ").shape(shape).text(", so that there is no axis ");
                return Err(message.count(over.axis(i)).text("; axes are counted from 0, without the batch"));
            }
            i += 1;
        }
    }
    let (Some(all), Some(inner)) =
        (scaler.settings.get("boundaries").as_sizes(), scaler.settings.get("scaler").as_scaler())
    else {
        return Ok(());
    };
    let ends = all.as_slice();
    let Some(width) = shape.elements() else { return Ok(()) };
    let last = ends.len().saturating_sub(1);
    let mut ascends = ends.len() > 1 && ends[0] == 0 && ends[last] == width;
    let mut i = 1;
    while i < ends.len() {
        ascends = ascends && ends[i - 1] < ends[i];
        i += 1;
    }
    if !ascends {
        let message = Message::new().text("boundaries ").sizes(ends).text(" of ").name(scaler.name);
        return Err(message.text(": must ascend from 0 to ").count(width).text(", the number of values of a row"));
    }
    let mut i = 1;
    while i < ends.len() {
        let verdict = scaler_axes(inner, &Shape::new(&[ends[i] - ends[i - 1]]));
        if verdict.is_err() {
            return verdict;
        }
        i += 1;
    }
    Ok(())
}

/// The split that scalers are fitted on is known.
pub const fn known_split(context: Context<'_>, scale: usize) -> Verdict {
    let spec = &context.experiment.scales.items()[scale];
    split_name(context.experiment, spec.input, spec.fitted_on)
}

/// No evaluation measures the rows that scalers are fitted on, neither an eval phase nor `validate`.
pub const fn fitted_on(context: Context<'_>, scale: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.scales.items()[scale];
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        let mut at = 0;
        while let Some(eval) = evaluation(experiment, i, at) {
            let measured = match validation(experiment, i, at) {
                _ if eval.on_training_rows => None,
                Some(validation) => validated_rows_of(experiment, i, validation, spec),
                None => fed_with_rows_of(experiment, i, spec.input, spec.fitted_on),
            };
            if let Some(measured) = measured
                // Where rows are measured that are trained on, that is the mistake to tell.
                && !is_trained_on(experiment, spec.input, measured)
            {
                let message =
                    Message::new().text("the scaler of ").path(spec.input, spec.column).text(" is fitted on ");
                let message = shares_rows(message.name(spec.fitted_on), spec.fitted_on, measured).text(", which ");
                let message = push_phase(message, &phases[i], Some(at)).text(" measures: leakage; fit it on ");
                return Err(match trained_split(experiment, spec.input) {
                    Some(split) => message.name(split).text(", the rows that are trained on"),
                    None => message.text("the rows that are trained on"),
                });
            }
            at += 1;
        }
        i += 1;
    }
    Ok(())
}

/// The split that an evaluation measures of a scaled input, where it has rows that the scaler is fitted on.
const fn validated_rows_of(
    experiment: &ExperimentSpec,
    phase: usize,
    validation: &ValidationSpec,
    scale: &ScaleSpec,
) -> Option<Name> {
    let input = row_source_name(&experiment.graph, scale.input);
    let feeds = experiment.phases.items()[phase].feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        if same(feeds[i].input, input) {
            let split = validated_split(validation, input);
            if share_rows(experiment, input, scale.fitted_on, split) {
                return Some(split);
            }
        }
        i += 1;
    }
    None
}

/// A split of an input that a train or fit phase learns from.
const fn trained_split(experiment: &ExperimentSpec, input: &str) -> Option<Name> {
    let input = row_source_name(&experiment.graph, input);
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        let feeds = phases[i].feeds.items();
        let mut k = 0;
        while k < feeds.len() && !matches!(phases[i].kind, PhaseKind::Eval(_)) {
            if same(feeds[k].input, input) {
                return Some(feeds[k].split);
            }
            k += 1;
        }
        i += 1;
    }
    None
}

/// Whether a train or fit phase learns from rows of a split.
const fn is_trained_on(experiment: &ExperimentSpec, input: &str, split: &str) -> bool {
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        if !matches!(phases[i].kind, PhaseKind::Eval(_)) && fed_with_rows_of(experiment, i, input, split).is_some() {
            return true;
        }
        i += 1;
    }
    false
}
