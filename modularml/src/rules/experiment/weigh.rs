//! Rules at the weights of rows.

use super::context::Context;
use super::names::{column_name, column_of, input_name};
use crate::plan::lookup::{input_named, join_of, node_named, row_source_name};
use crate::plan::operand::{Named, named};
use crate::plan::site::{Site, feeds_of, measured, validations};
use crate::rules::part::Part;
use crate::spec::{Dtype, ExperimentSpec, GraphSpec, NodeSpec, PhaseKind, RowComparison as Comparison, WeightSpec};
use crate::text::{Message, Name, Verdict, same};

/// The input whose rows are weighed is known.
pub const fn known(context: Context<'_>, weight: usize) -> Verdict {
    input_name(context.experiment, context.experiment.weights.items()[weight].input)
}

/// The rows of an input are weighed once, and by themselves: those that come along with others weigh what these do.
pub const fn once(context: Context<'_>, weight: usize) -> Verdict {
    let experiment = context.experiment;
    let weights = experiment.weights.items();
    let spec = &weights[weight];
    let mut earlier = 0;
    while earlier < weight {
        if same(weights[earlier].input, spec.input) {
            let message = Message::new().text("the rows of ").name(spec.input).text(" are weighed twice, by ");
            let message =
                message.path(spec.input, weights[earlier].column).text(" as well; remove one, or multiply both ");
            return Err(message.text("into one column"));
        }
        earlier += 1;
    }
    if let Some(join) = join_of(&experiment.graph, spec.input) {
        let message =
            Message::new().text("rows of ").name(spec.input).text(" come along with those of ").name(join.left);
        return Err(message.text(" and weigh what these do; weigh ").name(join.left).text(" by a column of it"));
    }
    Ok(())
}

/// The column that says what rows weigh is known.
pub const fn known_column(context: Context<'_>, weight: usize) -> Verdict {
    let spec = &context.experiment.weights.items()[weight];
    column_name(context.experiment, spec.input, spec.column)
}

/// What rows weigh is one number a row.
pub const fn numbers(context: Context<'_>, weight: usize) -> Verdict {
    let spec = &context.experiment.weights.items()[weight];
    let Some(column) = column_of(context.experiment, spec.input, spec.column) else { return Ok(()) };
    let path = Message::new().path(spec.input, spec.column);
    if matches!(column.dtype, Dtype::Class | Dtype::Text) || column.dtype.is_time() {
        return Err(path
            .text(" is ")
            .text(column.dtype.name())
            .text(", and a weight is a number from 0 on; name a column of numbers"));
    }
    if column.shape.rank() > 0 {
        return Err(path
            .text(" is ")
            .shape(&column.shape)
            .text(" a sample, and a row has one weight; name a column of one number a row"));
    }
    if column.allows_missing {
        return Err(
            path.text(" may be missing, and every row has a weight; fill it before, or declare it without `Option`")
        );
    }
    Ok(())
}

/// No sampler draws rows by the column that weighs them already.
pub const fn drawn(context: Context<'_>, weight: usize) -> Verdict {
    let spec = &context.experiment.weights.items()[weight];
    let phases = context.experiment.phases.items();
    let mut i = 0;
    // What feeds the phase itself stands before what feeds each of its evaluations.
    let mut of = 0;
    while i < phases.len() {
        let phase = &phases[i];
        let feeds = if of == 0 { phase.feeds.items() } else { feeds_of(phase, Some(of - 1)) };
        let mut k = 0;
        while k < feeds.len() {
            if same(feeds[k].input, spec.input)
                && let Some(sampler) = &feeds[k].sampler
            {
                let conditions = sampler.conditions.items();
                let mut at = 0;
                while at < conditions.len() {
                    if matches!(conditions[at].comparison, Comparison::Weight)
                        && same(conditions[at].column, spec.column)
                    {
                        let message = Message::new().path(spec.input, spec.column).text(" would count twice: ");
                        let message = message.text(sampler.name).text(" of phase ").name(phase.name);
                        let message =
                            message.text(" draws rows in proportion to it, and losses would weigh them by it again; ");
                        return Err(message.text("remove one of both"));
                    }
                    at += 1;
                }
            }
            k += 1;
        }
        of += 1;
        if of > validations(phase).len() {
            (i, of) = (i + 1, 0);
        }
    }
    Ok(())
}

/// The statement that weighs the rows of an input, or those that it comes along with.
const fn of_input<'a>(experiment: &'a ExperimentSpec, input: &str) -> Option<&'a WeightSpec> {
    let source = row_source_name(&experiment.graph, input);
    let weights = experiment.weights.items();
    let mut i = 0;
    while i < weights.len() {
        if same(weights[i].input, source) && input_named(&experiment.graph, source).is_some() {
            return Some(&weights[i]);
        }
        i += 1;
    }
    None
}

/// A fit phase that is given rows that are weighed fits models that take weights.
pub const fn fits(context: Context<'_>, phase: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Fit(fit) = &spec.kind else { return Ok(()) };
    let Some(node) = counts_all_alike(&experiment.graph, fit.nodes.items()) else { return Ok(()) };
    let feeds = spec.feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        if let Some(weight) = of_input(experiment, feeds[i].input) {
            let message = Message::new().text("fit ").name(spec.name).text(" fits ").name(node.name).text(" (");
            let message = message.text(node.layer.name).text("), which counts all rows alike, and those of ");
            let message = message.name(weight.input).text(" are weighed by ").path(weight.input, weight.column);
            return Err(message.text("; fit it in an experiment of its own"));
        }
        i += 1;
    }
    Ok(())
}

/// The first of some nodes that is fitted to rows that count alike.
const fn counts_all_alike<'a>(graph: &'a GraphSpec, nodes: &[Name]) -> Option<&'a NodeSpec> {
    let mut i = 0;
    while i < nodes.len() {
        if let Some(node) = node_named(graph, nodes[i]) {
            let spec = &graph.nodes.items()[node];
            if let Some(fitting) = spec.layer.learns.fitting()
                && !fitting.weighs_rows
            {
                return Some(spec);
            }
        }
        i += 1;
    }
    None
}

/// A metric of weighed rows is one that takes weights.
pub const fn measures(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let Some(measured) = measured(experiment, phase, site) else { return Ok(()) };
    if !part.is_name() || measured.weighs_rows || experiment.weights.is_empty() {
        return Ok(());
    }
    let operands = measured.operands;
    let mut i = 0;
    while i < operands.len() {
        let input = match named(&experiment.graph, &operands[i]) {
            Named::Node(node) => context.wiring.input_of(node),
            Named::Column { input, .. } => Some(input),
            Named::Unknown => None,
        };
        if let Some(input) = input
            && let Some(weight) = of_input(experiment, experiment.graph.inputs.items()[input].name)
        {
            let message = Message::new().text(measured.name).text(" counts all rows alike, and those of ");
            let message = message.name(weight.input).text(" are weighed by ").path(weight.input, weight.column);
            return Err(message.text(if same(measured.name, "MedianAbsoluteError") {
                "; use L1, the mean of the same errors"
            } else {
                "; write its add_weighted and say #[spec(weighs_rows = true)], or measure another"
            }));
        }
        i += 1;
    }
    Ok(())
}
