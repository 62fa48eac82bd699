//! Rules at the optimizers of a graph.

use super::context::Context;
use crate::rules::part::Part;
use crate::spec::{Learns, OptimizerSpec, Value};
use crate::text::{Message, Name, Verdict};

/// The settings of the graph's optimizer lie in their ranges; a rate of 0 would freeze.
pub const fn settings(context: Context<'_>, part: Part<'_>) -> Verdict {
    match &context.graph.optimizer {
        Some(optimizer) => settings_of(optimizer, part, context.graph.name),
        None => Ok(()),
    }
}

/// The settings of a node's own optimizer lie in their ranges; a rate of 0 would freeze.
pub const fn settings_of_node(context: Context<'_>, node: usize, part: Part<'_>) -> Verdict {
    let spec = &context.graph.nodes.items()[node];
    match &spec.optimizer {
        Some(own) => settings_of(&own.optimizer, part, spec.name),
        None => Ok(()),
    }
}

const fn settings_of(optimizer: &OptimizerSpec, part: Part<'_>, owner: Name) -> Verdict {
    let message = Message::new();
    let message = if part.holds("lr") && is_zero(optimizer, "lr") {
        message.text("lr(0) of ").name(optimizer.name).text(" changes nothing of ").name(owner)
    } else if part.holds("rate_by_depth") && is_zero(optimizer, "rate_by_depth") {
        message
            .text("rate_by_depth(0) of ")
            .name(optimizer.name)
            .text(" changes no layer of ")
            .name(owner)
            .text(" but the last")
    } else {
        return part.in_range(&optimizer.settings, optimizer.name);
    };
    Err(message.text("; to keep weights as they are write #[frozen] above the node, or freeze = [..] in a phase"))
}

#[allow(clippy::float_cmp, reason = "0 is written as such")]
const fn is_zero(optimizer: &OptimizerSpec, setting: &str) -> bool {
    matches!(optimizer.settings.get(setting), Value::Float(value) if value == 0.0)
}

/// A node with an optimizer of its own learns by steps, and is not frozen.
pub const fn takes_steps(context: Context<'_>, node: usize, part: Part<'_>) -> Verdict {
    let spec = &context.graph.nodes.items()[node];
    if spec.optimizer.is_none() || !part.is_name() {
        return Ok(());
    }
    if !matches!(spec.layer.learns, Learns::BySteps) {
        let message = Message::new().name(spec.name).text(" (").text(spec.layer.name);
        return Err(message.text(") takes no steps and so no optimizer; remove the attribute"));
    }
    if spec.frozen {
        let message = Message::new().name(spec.name).text(" is marked #[frozen] and has an optimizer, which would ");
        return Err(message.text("change nothing; remove one of the two"));
    }
    Ok(())
}

/// A node's own optimizer says that it overrides the graph's.
pub const fn overrides(context: Context<'_>, node: usize, part: Part<'_>) -> Verdict {
    let graph = context.graph;
    let spec = &graph.nodes.items()[node];
    let Some(own) = &spec.optimizer else { return Ok(()) };
    if !part.is_name() || spec.frozen || !matches!(spec.layer.learns, Learns::BySteps) {
        return Ok(());
    }
    if graph.optimizer.is_some() && !own.overrides {
        let message = Message::new().name(spec.name).text(" has its own optimizer and ").name(graph.name);
        return Err(message.text(" has one; remove one, or write #[allow(own_optimizer)] if it is meant"));
    }
    Ok(())
}
