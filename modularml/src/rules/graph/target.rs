//! Rules at the target that a node predicts.

use super::align::{apart, are_sound};
use super::context::Context;
use super::features::features;
use crate::plan::lookup::{
    column_named, input_named, no_column, no_input, predicting_shape, row_source, target_column,
};
use crate::rules::part::Part;
use crate::spec::{ColumnSpec, Domain, Dtype, Fitting, Learns, NodeSpec, Predicts, ShapeRule, TargetSpec};
use crate::text::{Message, Shape, Verdict};

/// The target that a node predicts is known.
pub const fn known(context: Context<'_>, node: usize) -> Verdict {
    let graph = context.graph;
    let Some(target) = &graph.nodes.items()[node].target else { return Ok(()) };
    match input_named(graph, target.input) {
        None => Err(no_input(graph, target.input)),
        Some(input) => match column_named(graph, input, target.column) {
            None => Err(no_column(graph, input, target.column)),
            Some(_) => Ok(()),
        },
    }
}

/// What a node predicts is a target, or a feature that it says to reconstruct.
pub const fn kind(context: Context<'_>, node: usize) -> Verdict {
    let graph = context.graph;
    let spec = &graph.nodes.items()[node];
    let Some(target) = &spec.target else { return Ok(()) };
    let Some(column) = target_column(graph, target) else { return Ok(()) };
    match column.domain {
        Domain::Tag => {
            let path = Message::new().path(target.input, target.column);
            return Err(path.text(" is a #[tag]; nodes predict targets; mark ").name(column.key).text(" #[target]"));
        }
        Domain::Feature if !target.reconstructs => {
            let message = Message::new().name(spec.name).text(" predicts the feature ").name(column.key);
            return Err(message.text("; mark it #[target], or write #[allow(reconstruct)] if it is meant"));
        }
        Domain::Target if target.reconstructs => {
            let path = Message::new().path(target.input, target.column);
            let message =
                path.text(" is a #[target], so there is nothing to allow; remove #[allow(reconstruct)] from ");
            return Err(message.name(spec.name));
        }
        _ => {}
    }
    if matches!(spec.layer.learns, Learns::ByFit(_)) && column.sequence.is_some() {
        let path = Message::new().path(target.input, target.column);
        let message = path.text(" has rows of different lengths, and ").text(spec.layer.name);
        return Err(message.text(" is fitted to whole rows; predict it with a Linear, in a train phase"));
    }
    if let Some(fitting) = spec.layer.learns.fitting() {
        return fitted_to(spec, target, column, fitting);
    }
    if matches!(column.dtype, Dtype::Text) {
        let path = Message::new().path(target.input, target.column);
        return Err(path.text(" is String, which no node predicts; declare it with #[classes(..)]"));
    }
    Ok(())
}

/// What a layer is fitted to is what it can predict.
const fn fitted_to(spec: &NodeSpec, target: &TargetSpec, column: &ColumnSpec, fitting: Fitting) -> Verdict {
    let path = Message::new().path(target.input, target.column);
    let layer = spec.layer.name;
    match (fitting.predicts, column.dtype) {
        (_, Dtype::Text) => Err(path.text(" is String, which no node predicts; declare it with #[classes(..)]")),
        (Predicts::Nothing, _) => {
            let message = Message::new().text(layer).text(" learns from what it reads alone; remove `-> ");
            Err(message.text(target.input).text(".").text(target.column).text("` from ").name(spec.name))
        }
        (Predicts::Numbers, Dtype::Class) => {
            let message = path.text(" is Class, and ").text(layer).text(" predicts numbers; use ");
            Err(message.text(if fitting.apart {
                "Platt or Isotonic, which calibrate probabilities"
            } else {
                "LogisticRegression or RandomForest, which predict classes"
            }))
        }
        (Predicts::Classes, Dtype::Class | Dtype::Bool) => Ok(()),
        (Predicts::Classes, dtype) => {
            let message = path.text(" is ").text(dtype.name()).text(", and ").text(layer);
            let message = message.text(" predicts classes and bools; use ");
            Err(message.text(if fitting.apart {
                "Conformal, which gives intervals for numbers"
            } else {
                "Ridge or RandomForest, which predict numbers"
            }))
        }
        _ => Ok(()),
    }
}

/// A node predicts a target of the rows that reach it.
pub const fn rows(context: Context<'_>, node: usize) -> Verdict {
    let Context { graph, wiring } = context;
    let spec = &graph.nodes.items()[node];
    let Some(target) = &spec.target else { return Ok(()) };
    let rows = wiring.rows(node);
    let (Some(reads), Some(input)) = (rows.first_from(0), input_named(graph, target.input)) else { return Ok(()) };
    let predicts = row_source(graph, input);
    if rows.contains(predicts) || rows.len() > 1 || kind(context, node).is_err() || !are_sound(graph) {
        return Ok(());
    }
    // An input without features cannot be read, and has a message of its own.
    if features(graph, input).is_empty() {
        return Ok(());
    }
    let message = Message::new().name(spec.name).text(" predicts ").path(target.input, target.column);
    Err(apart(graph, message.text(" and mixes rows of "), reads, predicts))
}

/// What a node gives has the shape of what it predicts.
pub const fn shape(context: Context<'_>, node: usize) -> Verdict {
    let Context { graph, wiring } = context;
    match graph.nodes.items()[node].layer.shape {
        ShapeRule::Stated(_) | ShapeRule::Crossed(_) | ShapeRule::Convolved(_) | ShapeRule::Setting { .. } => Ok(()),
        // What it reads is a prediction of the target, of which it gives several numbers each.
        ShapeRule::Several(_) if !wiring.links(node).is_empty() => {
            agrees(context, node, wiring.link_shape(context.graph, wiring.links(node).get(0)), ADVICE)
        }
        ShapeRule::Same { .. } if context.graph.nodes.items()[node].layer.learns.fitting().is_some() => {
            agrees(context, node, wiring.shape(node), ADVICE)
        }
        _ => agrees(context, node, wiring.shape(node), "; put Linear::new() behind it, and let that predict"),
    }
}

/// What to do where a model reads something else than predictions of what it predicts.
const ADVICE: &str = "; let it read a node that predicts the same column";

/// The output shape that a setting states is that of what the node predicts.
pub const fn stated_shape(context: Context<'_>, node: usize, part: Part<'_>) -> Verdict {
    if context.graph.nodes.items()[node].target.is_none() {
        return Ok(());
    }
    let (setting, stated) = match context.graph.nodes.items()[node].layer.shape {
        ShapeRule::Stated(stated) | ShapeRule::Crossed(stated) | ShapeRule::Convolved(stated) => ("output", stated),
        ShapeRule::Setting { name, shape } => (name, shape),
        _ => return Ok(()),
    };
    if !part.holds(setting) {
        return Ok(());
    }
    agrees(context, node, stated, "; leave the output shape out, and it is taken from the target")
}

const fn agrees(context: Context<'_>, node: usize, given: Option<Shape>, advice: &str) -> Verdict {
    let spec = &context.graph.nodes.items()[node];
    let (Some(target), Some(given)) = (&spec.target, given) else { return Ok(()) };
    let Some(column) = target_column(context.graph, target) else { return Ok(()) };
    let expected = predicting_shape(column);
    if kind(context, node).is_err() || given.same(&expected) {
        return Ok(());
    }
    let verb = if matches!(spec.layer.shape, ShapeRule::Several(_)) { " reads " } else { " gives " };
    let message = Message::new().name(spec.name).text(verb).shape(&given).text(", but ");
    let message = message.path(target.input, target.column);
    let message = if matches!(column.dtype, Dtype::Class) {
        message.text(" has ").count(column.classes.len()).text(" classes")
    } else {
        message.text(" is ").shape(&expected)
    };
    Err(message.text(advice))
}
