//! Rules at the inputs of losses and metrics.

use super::context::Context;
use super::output::kind_of_numbers;
use super::repeat::is_told_before;
use super::role::{role, said_once};
use crate::plan::lookup::{input_named, no_column, node_names};
use crate::plan::operand::{Named, column, named, push_operand};
use crate::plan::site::{Measured, Site, measured};
use crate::plan::wiring::Wiring;
use crate::spec::{Domain, Dtype, GraphSpec, Learns, Takes};
use crate::text::{Message, Verdict, unknown};

/// What a loss or metric reads is known.
pub const fn known(context: Context<'_>, phase: usize, site: Site, slot: usize) -> Verdict {
    let experiment = context.experiment;
    let graph = &experiment.graph;
    let Some(measured) = measured(experiment, phase, site) else { return Ok(()) };
    let operand = &measured.operands[slot];
    let path = operand.path.items();
    if path.is_empty() || !matches!(named(graph, operand), Named::Unknown) {
        return Ok(());
    }
    match input_named(graph, path[0]) {
        Some(input) if path.len() > 1 => Err(no_column(graph, input, path[1])),
        Some(_) => Ok(()),
        None => Err(unknown("node", path[0], Message::new().text("in ").name(graph.name), "nodes", &node_names(graph))),
    }
}

/// What a loss or metric reads is of a kind and role that suit its place.
pub const fn kind(context: Context<'_>, phase: usize, site: Site, slot: usize) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let Some(measured) = measured(experiment, phase, site) else { return Ok(()) };
    if slot >= measured.operands.len() {
        return Ok(());
    }
    if slot >= measured.slots.len() {
        return if slot > measured.slots.len() { Ok(()) } else { Err(one_too_many(&measured)) };
    }
    let what = named(graph, &measured.operands[slot]);
    if let Err(message) = suits(graph, wiring, &measured, slot, what) {
        return if is_told_before(context, phase, site) { Ok(()) } else { Err(message) };
    }
    if matches!(measured.slots[slot].takes, Takes::Parameters) {
        return Ok(());
    }
    let input = match what {
        Named::Node(node) => wiring.input_of(node),
        Named::Column { input, .. } => Some(input),
        Named::Unknown => None,
    };
    let verdict = match input {
        Some(input) => role(experiment, phase, &measured, slot, input),
        None => Ok(()),
    };
    if verdict.is_err() {
        return verdict;
    }
    match said_once(graph, &measured, slot) {
        Err(message) if !is_told_before(context, phase, site) => Err(message),
        _ => Ok(()),
    }
}

const fn one_too_many(measured: &Measured<'_>) -> Message {
    let message = push_operand(slots(measured).text("; "), &measured.operands[measured.slots.len()]);
    message.text(" is one too many")
}

/// "Mse takes prediction, target".
pub(super) const fn slots(measured: &Measured<'_>) -> Message {
    let mut message = Message::new().text(measured.name).text(" takes ");
    let mut i = 0;
    while i < measured.slots.len() {
        message = message.text(if i > 0 { ", " } else { "" }).text(measured.slots[i].name);
        i += 1;
    }
    message
}

const fn suits(graph: &GraphSpec, wiring: &Wiring, measured: &Measured<'_>, slot: usize, what: Named) -> Verdict {
    let operand = &measured.operands[slot];
    let takes = measured.slots[slot].takes;
    match what {
        Named::Unknown => {
            let path = operand.path.items();
            if path.len() != 1 || input_named(graph, path[0]).is_none() {
                return Ok(());
            }
            let message = Message::new().name(path[0]).text(" is a whole input; name one of its columns: ");
            Err(message.text(path[0]).text(".<column>"))
        }
        Named::Node(node) => {
            let spec = &graph.nodes.items()[node];
            match takes {
                Takes::Classes | Takes::ClassesOrBools | Takes::Labels
                    if matches!(named(graph, &measured.operands[0]), Named::Column { .. }) =>
                {
                    Ok(())
                }
                Takes::Classes | Takes::ClassesOrBools | Takes::Labels => {
                    let message =
                        Message::new().text("the ").text(measured.slots[slot].name).text(" of ").text(measured.name);
                    Err(message.text(" is a class column, but ").name(spec.name).text(" is a node; swap the inputs"))
                }
                Takes::Parameters if !matches!(spec.layer.learns, Learns::BySteps) => {
                    let message = Message::new().text(measured.name).text(" takes the parameters of a node, but ");
                    Err(message.name(spec.name).text(" (").text(spec.layer.name).text(") has none"))
                }
                _ => kind_of_numbers(graph, wiring, measured, slot, node),
            }
        }
        Named::Column { input, column: key } => {
            let column = column(graph, input, key);
            if let Domain::Tag = column.domain
                && !matches!(takes, Takes::Anything | Takes::Labels)
            {
                let message = push_operand(Message::new(), operand)
                    .text(" is a #[tag]; ")
                    .text(measured.name)
                    .text(" compares with targets or features; mark ");
                return Err(message.name(column.key).text(" #[target]"));
            }
            match takes {
                Takes::Output | Takes::Logits | Takes::Probabilities | Takes::LogProbabilities | Takes::Parameters
                    if reads_node(graph, measured) =>
                {
                    let message = Message::new().text("the ").text(measured.slots[slot].name).text(" of ");
                    let message = message.text(measured.name).text(" is the output of a node, but ");
                    let message = push_operand(message, operand).text(" is a column; ");
                    Err(message.text(if slot == 0 { "swap the inputs" } else { "name a node" }))
                }
                Takes::Numbers if matches!(column.dtype, Dtype::Class) => {
                    let message = push_operand(Message::new(), operand);
                    let message = message.text(" is a class column; ").text(measured.name);
                    let message = message.text(" would treat class numbers as amounts; use ");
                    Err(message.text(if measured.is_metric { "Accuracy" } else { "CrossEntropy" }))
                }
                Takes::Classes if !matches!(column.dtype, Dtype::Class) => {
                    let message = Message::new().text(measured.name).text(" needs a class column, but ");
                    let message = push_operand(message, operand).text(" is ").text(column.dtype.name()).text("; use ");
                    Err(match (column.dtype, measured.is_metric) {
                        (Dtype::Bool, true) => message.text("Accuracy or RocAuc, or write Class with #[classes(..)]"),
                        (Dtype::Bool, false) => message.text("BceWithLogits, or write Class with #[classes(..)]"),
                        (_, true) => message.text("Rmse, L1 or R2, or write Class with #[classes(..)]"),
                        (_, false) => message.text("Mse, or write Class with #[classes(..)]"),
                    })
                }
                Takes::ClassesOrBools if !matches!(column.dtype, Dtype::Class | Dtype::Bool) => {
                    let message = Message::new().text(measured.name).text(" needs a column of classes or bools, but ");
                    let message = push_operand(message, operand).text(" is ").text(column.dtype.name());
                    Err(if column.dtype.is_integer() && column.shape.rank() == 1 {
                        message.text(" of ").shape(&column.shape).text("; labels are bools: declare it as [bool; N]")
                    } else {
                        message.text("; use Rmse, L1 or R2, or write Class with #[classes(..)]")
                    })
                }
                Takes::Labels if matches!(column.dtype, Dtype::F32 | Dtype::F64 | Dtype::Decimal) => {
                    let message =
                        Message::new().text(measured.name).text(" needs classes, bools or whole numbers, but ");
                    let message = push_operand(message, operand).text(" is ").text(column.dtype.name());
                    Err(message.text("; use Rmse, L1 or R2, or write Class with #[classes(..)]"))
                }
                _ if column.dtype.is_time() => {
                    let message = push_operand(Message::new(), operand).text(" is ").text(column.dtype.name());
                    let message = message.text(", which ").text(measured.name).text(" cannot compare; ");
                    Err(message.text("compare numbers, for example hours in an f32 column"))
                }
                _ if matches!(column.dtype, Dtype::Text) => {
                    let message = push_operand(Message::new(), operand).text(" is String, which ");
                    let message = message.text(measured.name).text(" cannot compare; ");
                    Err(message.text("write Class with #[classes(..)]"))
                }
                _ => Ok(()),
            }
        }
    }
}

/// Whether any operand names a node; where none does, that is the mistake to tell.
pub(super) const fn reads_node(graph: &GraphSpec, measured: &Measured<'_>) -> bool {
    let mut i = 0;
    while i < measured.operands.len() {
        if !matches!(named(graph, &measured.operands[i]), Named::Column { .. }) {
            return true;
        }
        i += 1;
    }
    false
}
