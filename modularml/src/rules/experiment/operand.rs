//! Rules at the inputs of losses and metrics.

use super::context::Context;
use crate::plan::lookup::{input_named, no_column, node_names, row_source};
use crate::plan::operand::{Named, column, named, phase_kind, push_bare, push_operand, role_of, roles};
use crate::plan::sequence::elements_of;
use crate::plan::site::{Measured, Site, measured};
use crate::spec::{
    Activation, Domain, Dtype, ExperimentSpec, GraphSpec, LayerSpec, Learns, NodeSpec, PhaseSpec, ShapeRule, Takes,
};
use crate::text::{Message, Name, Verdict, contains, same, unknown};

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
    if let Err(message) = suits(graph, &measured, slot, what) {
        return Err(message);
    }
    if matches!(measured.slots[slot].takes, Takes::Parameters) {
        return Ok(());
    }
    let input = match what {
        Named::Node(node) => wiring.input_of(node),
        Named::Column { input, .. } => Some(input),
        Named::Unknown => None,
    };
    match input {
        Some(input) => role(experiment, phase, &measured, slot, input),
        None => Ok(()),
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

const fn suits(graph: &GraphSpec, measured: &Measured<'_>, slot: usize, what: Named) -> Verdict {
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
            let message = Message::new();
            match (takes, spec.layer.activation) {
                (Takes::Logits, Activation::LogSoftmax) => {
                    let message = message.text(measured.name).text(" takes logits, but ").name(spec.name);
                    Err(message.text(" ends in LogSoftmax; use Nll, or remove the activation"))
                }
                (Takes::Logits, Activation::Softmax | Activation::Sigmoid) => {
                    let message = message.text(measured.name).text(" takes logits, but ").name(spec.name);
                    Err(message.text(" ends in ").text(spec.layer.activation.name()).text("; remove the activation"))
                }
                (Takes::Probabilities, Activation::Softmax | Activation::Sigmoid) => Ok(()),
                (Takes::Probabilities, _) => probabilities(measured, spec),
                (Takes::Classes | Takes::Labels, _)
                    if matches!(named(graph, &measured.operands[0]), Named::Column { .. }) =>
                {
                    Ok(())
                }
                (Takes::Classes | Takes::Labels, _) => {
                    let message = message.text("the ").text(measured.slots[slot].name).text(" of ").text(measured.name);
                    Err(message.text(" is a class column, but ").name(spec.name).text(" is a node; swap the inputs"))
                }
                (Takes::Parameters, _) if !matches!(spec.layer.learns, Learns::BySteps) => {
                    let message = message.text(measured.name).text(" takes the parameters of a node, but ");
                    Err(message.name(spec.name).text(" (").text(spec.layer.name).text(") has none"))
                }
                _ => Ok(()),
            }
        }
        Named::Column { input, column: key } => {
            let column = column(graph, input, key);
            let message = push_operand(Message::new(), operand);
            if let Domain::Tag = column.domain
                && !matches!(takes, Takes::Anything | Takes::Labels)
            {
                let message = message
                    .text(" is a #[tag]; ")
                    .text(measured.name)
                    .text(" compares with targets or features; mark ");
                return Err(message.name(column.key).text(" #[target]"));
            }
            match takes {
                Takes::Output | Takes::Logits | Takes::Probabilities | Takes::Parameters
                    if reads_node(graph, measured) =>
                {
                    let message = Message::new().text("the ").text(measured.slots[slot].name).text(" of ");
                    let message = message.text(measured.name).text(" is the output of a node, but ");
                    let message = push_operand(message, operand).text(" is a column; ");
                    Err(message.text(if slot == 0 { "swap the inputs" } else { "name a node" }))
                }
                Takes::Numbers if matches!(column.dtype, Dtype::Class) => {
                    let message = message.text(" is a class column; ").text(measured.name);
                    let message = message.text(" would treat class numbers as amounts; use ");
                    Err(message.text(if measured.is_metric { "Accuracy" } else { "CrossEntropy" }))
                }
                Takes::Classes if !matches!(column.dtype, Dtype::Class) => {
                    let message = Message::new().text(measured.name).text(" needs a class column, but ");
                    let message = push_operand(message, operand).text(" is ").text(column.dtype.name()).text("; use ");
                    let message = message.text(if measured.is_metric { "Rmse, L1 or R2" } else { "Mse" });
                    Err(message.text(", or declare it with #[classes(..)]"))
                }
                Takes::Labels if matches!(column.dtype, Dtype::F32 | Dtype::F64) => {
                    let message =
                        Message::new().text(measured.name).text(" needs classes, bools or whole numbers, but ");
                    let message = push_operand(message, operand).text(" is ").text(column.dtype.name());
                    Err(message.text("; use Rmse, L1 or R2, or declare it with #[classes(..)]"))
                }
                _ if matches!(column.dtype, Dtype::Text) => {
                    let message = message.text(" is String, which ").text(measured.name).text(" cannot compare; ");
                    Err(message.text("declare it with #[classes(..)]"))
                }
                _ => Ok(()),
            }
        }
    }
}

/// A node that does not end in a function bounded by 0 and 1 gives no probabilities. A metric refuses maps alone: the mean
/// of probabilities is one, and what a layer of one's own gives is not known.
const fn probabilities(measured: &Measured<'_>, node: &NodeSpec) -> Verdict {
    if measured.is_metric && !ends_in_map(&node.layer) {
        return Ok(());
    }
    let message = Message::new().text(measured.name).text(" takes probabilities, but ").name(node.name);
    if !measured.is_metric {
        let message = message.text(" does not end in Sigmoid; use ").text(measured.name);
        return Err(message.text("WithLogits, or .output_activation(Activation::Sigmoid)"));
    }
    let message = message.text(" does not end in Softmax or Sigmoid; ");
    Err(if measured.settings.has("from_logits") {
        message.text("write ").text(measured.name).text(".from_logits()")
    } else {
        message.text("put a Softmax node behind it, and measure that")
    })
}

/// Whether a layer ends in a linear map, whose outputs have no bounds.
const fn ends_in_map(layer: &LayerSpec) -> bool {
    match elements_of(layer).last() {
        Some(last) => ends_in_map(last),
        None => {
            matches!(layer.learns, Learns::BySteps)
                && matches!(layer.shape, ShapeRule::Stated(_) | ShapeRule::Crossed(_) | ShapeRule::Convolved(_))
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

const fn role(
    experiment: &ExperimentSpec,
    phase: usize,
    measured: &Measured<'_>,
    slot: usize,
    input: usize,
) -> Verdict {
    let graph = &experiment.graph;
    let phase = &experiment.phases.items()[phase];
    let operand = &measured.operands[slot];
    let available = roles(graph, phase, input, measured.evaluating);
    let sampler = sampler_name(graph, phase, input);
    let Some(role) = role_of(graph, operand) else {
        if available.len() < 2 {
            return Ok(());
        }
        let message =
            push_operand(Message::new(), operand).text(" has ").count(available.len()).text(" roles in train ");
        let message = message.name(phase.name).text("; say which: ");
        let mut message = push_bare(message, operand).text(".").text(available[0]);
        let mut i = 1;
        while i < available.len() {
            message = push_bare(message.text(if i + 1 < available.len() { ", " } else { " or " }), operand);
            message = message.text(".").text(available[i]);
            i += 1;
        }
        return Err(message);
    };
    if available.len() < 2 {
        if names_a_role(graph, measured, slot) {
            return Ok(());
        }
        let message =
            push_operand(Message::new(), operand).text(": the rows of `").text(graph.inputs.items()[input].name);
        let message = message.text("` have one role here");
        return Err(if measured.evaluating {
            message.text("; leave `.").text(role).text("` out")
        } else {
            let message = message.text(", because ").text(phase_kind(phase)).text(" ").name(phase.name);
            let message = message.text(" feeds them by ").text(sampler).text("; leave `.").text(role);
            message.text("` out, or feed by a sampler with that role")
        });
    }
    if !contains(available, role) {
        let message = Message::new().text("no role ").name(role).text(" here: ").text(sampler).text(" gives ");
        return Err(message.list(available).did_you_mean(role, available));
    }
    let mut earlier = 0;
    while earlier < slot {
        if let Some(other) = role_of(graph, &measured.operands[earlier])
            && same(other, role)
            && same(measured.operands[earlier].path.items()[0], operand.path.items()[0])
            && measured.operands[earlier].path.len() == operand.path.len()
        {
            let message = Message::new().text(measured.name).text(" gets role ").name(role).text(" twice; its ");
            let message = message.text(measured.slots[slot].name).text(" is another role: ");
            return Err(message.list(available));
        }
        earlier += 1;
    }
    swapped(graph, measured, slot, role)
}

/// Whether an operand before a slot names a role, so that it was told there that there is none.
const fn names_a_role(graph: &GraphSpec, measured: &Measured<'_>, slot: usize) -> bool {
    let mut earlier = 0;
    while earlier < slot {
        if role_of(graph, &measured.operands[earlier]).is_some() {
            return true;
        }
        earlier += 1;
    }
    false
}

/// A role that stands in the slot named like another role of the same loss.
const fn swapped(graph: &GraphSpec, measured: &Measured<'_>, slot: usize, role: Name) -> Verdict {
    let name = measured.slots[slot].name;
    let operand = &measured.operands[slot];
    if same(name, role) {
        return Ok(());
    }
    if let Some(meant) = operand.stands_as
        && same(meant, name)
    {
        return Ok(());
    }
    let mut i = 0;
    while i < measured.slots.len() {
        if same(measured.slots[i].name, role) {
            // The other of two that stand in each other's place was told already.
            if i < slot
                && i < measured.operands.len()
                && let Some(other) = role_of(graph, &measured.operands[i])
                && same(other, name)
                && measured.operands[i].stands_as.is_none()
            {
                return Ok(());
            }
            let message =
                push_operand(Message::new(), operand).text(" stands in the place of ").name(name).text(" of ");
            let message = message.text(measured.name).text("; swap them, or write `");
            return Err(push_bare(message, operand).text(" as ").text(name).text("` if it is meant"));
        }
        i += 1;
    }
    Ok(())
}

const fn sampler_name(graph: &GraphSpec, phase: &PhaseSpec, input: usize) -> Name {
    let feeds = phase.feeds.items();
    let input = row_source(graph, input);
    let mut i = 0;
    while i < feeds.len() {
        if same(feeds[i].input, graph.inputs.items()[input].name)
            && let Some(sampler) = &feeds[i].sampler
        {
            return sampler.name;
        }
        i += 1;
    }
    "no sampler"
}
