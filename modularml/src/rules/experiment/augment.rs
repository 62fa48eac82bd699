//! Rules at what is augmented.

use super::context::Context;
use super::names::{column_name, column_of, input_name};
use crate::plan::lookup::{column_named, input_named, node_count};
use crate::plan::wiring::{Link, Wiring};
use crate::rules::part::Part;
use crate::spec::{AugmentSpec, ColumnSpec, Domain, ExperimentSpec, GraphSpec, PhaseKind};
use crate::text::{Message, Verdict, same};

/// The input and the column that are augmented are known.
pub const fn known(context: Context<'_>, augment: usize) -> Verdict {
    let spec = &context.experiment.augments.items()[augment];
    match input_name(context.experiment, spec.input) {
        Ok(()) => column_name(context.experiment, spec.input, spec.column),
        refused => refused,
    }
}

/// An augmented column holds numbers of a feature, and is augmented once.
pub const fn column(context: Context<'_>, augment: usize) -> Verdict {
    let experiment = context.experiment;
    let augments = experiment.augments.items();
    let spec = &augments[augment];
    let path = Message::new().path(spec.input, spec.column);
    let mut earlier = 0;
    while earlier < augment {
        if same(augments[earlier].column, spec.column) && same(augments[earlier].input, spec.input) {
            return Err(path.text(" is augmented twice; write one list: [First, Second]"));
        }
        earlier += 1;
    }
    let Some(column) = column_of(experiment, spec.input, spec.column) else { return Ok(()) };
    match column.domain {
        Domain::Target => Err(path.text(" is a target, and what is right does not vary; augment a feature")),
        Domain::Tag => Err(path.text(" is a #[tag], which no node reads; augment a feature")),
        Domain::Feature if !column.dtype.is_number() => {
            Err(path.text(" is ").text(column.dtype.name()).text("; only numbers are augmented; remove the statement"))
        }
        Domain::Feature if column.dtype.is_integer() && !is_scaled(experiment, spec) => {
            let message =
                path.text(" holds whole numbers, between which there is nothing; declare it as f32, or scale it");
            Err(message.text(", so that they are amounts"))
        }
        Domain::Feature => Ok(()),
    }
}

const fn is_scaled(experiment: &ExperimentSpec, augment: &AugmentSpec) -> bool {
    let scales = experiment.scales.items();
    let mut i = 0;
    while i < scales.len() {
        if same(scales[i].input, augment.input) && same(scales[i].column, augment.column) {
            return true;
        }
        i += 1;
    }
    false
}

/// An augmented column is read by a node, in an experiment that trains.
pub const fn is_read(context: Context<'_>, augment: usize) -> Verdict {
    let Context { experiment, wiring } = context;
    let spec = &experiment.augments.items()[augment];
    let (Some(input), Ok(())) = (input_named(&experiment.graph, spec.input), column(context, augment)) else {
        return Ok(());
    };
    let Some(position) = column_named(&experiment.graph, input, spec.column) else { return Ok(()) };
    let path = Message::new().path(spec.input, spec.column);
    if !nodes_read(&experiment.graph, wiring, input, position) {
        let message =
            path.text(" is augmented, but no node of ").name(experiment.graph.name).text(" reads it; remove ");
        return Err(message.text("the statement"));
    }
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        if let PhaseKind::Train(_) = phases[i].kind {
            return Ok(());
        }
        i += 1;
    }
    let message =
        path.text(" is augmented in train phases alone, and ").name(experiment.name).text(" has none; remove ");
    Err(message.text("the statement"))
}

/// Whether a node reads a column, or something that is not known.
const fn nodes_read(graph: &GraphSpec, wiring: &Wiring, input: usize, position: usize) -> bool {
    let mut node = 0;
    while node < node_count(graph) {
        let links = wiring.links(node);
        let mut i = 0;
        while i < links.len() {
            match links.get(i) {
                Link::Column { input: read, column } if read == input && column == position => return true,
                // What is not known, or a whole input, may have been meant.
                Link::Unknown => return true,
                Link::Input(read) if read == input => return true,
                _ => {}
            }
            i += 1;
        }
        node += 1;
    }
    false
}

/// The settings of what augments lie in their ranges.
pub const fn settings(context: Context<'_>, augment: usize, augmenter: usize, part: Part<'_>) -> Verdict {
    let augmenter = &context.experiment.augments.items()[augment].augmenters.items()[augmenter];
    part.in_range(&augmenter.settings, augmenter.name)
}

/// What moves numbers along an axis finds one, of rows of one length, whose positions have no names.
pub const fn axis(context: Context<'_>, augment: usize, augmenter: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.augments.items()[augment];
    let augmenter = &spec.augmenters.items()[augmenter];
    let Some(column) = column_of(experiment, spec.input, spec.column) else { return Ok(()) };
    let Some(axis) = augmenter.along else { return Ok(()) };
    if !part.is_name() {
        return Ok(());
    }
    match along(column, axis, Message::new().text(augmenter.name), spec) {
        Ok(()) => {}
        refused => return refused,
    }
    match augmenter.across {
        Some(second) => along(column, second, Message::new().text(augmenter.name), spec),
        None => Ok(()),
    }
}

/// What takes so many positions of an axis finds them.
pub const fn positions(context: Context<'_>, augment: usize, augmenter: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.augments.items()[augment];
    let augmenter = &spec.augmenters.items()[augmenter];
    let Some(column) = column_of(experiment, spec.input, spec.column) else { return Ok(()) };
    let (Some(axis), Some((setting, count))) = (augmenter.along, augmenter.takes) else { return Ok(()) };
    let shape = &column.shape;
    if !part.holds(setting) || axis >= shape.rank() || count <= shape.axis(axis) {
        return Ok(());
    }
    let message = Message::new().text(augmenter.name).text(" takes ").count(count).text(" positions of axis ");
    let message = message.count(axis).text(", and ").path(spec.input, spec.column).text(" has ");
    Err(message.count(shape.axis(axis)).text(" there; take fewer"))
}

const fn along(column: &ColumnSpec, axis: usize, message: Message, spec: &AugmentSpec) -> Verdict {
    let shape = &column.shape;
    if shape.rank() == 0 {
        let message = message.text(" moves values along an axis, and ").path(spec.input, spec.column);
        return Err(message.text(" is one number a row; use Noise or Scaling"));
    }
    if axis >= shape.rank() {
        let message =
            message.text(" moves values along axis ").count(axis).text(", and ").path(spec.input, spec.column);
        let message =
            message.text(" has shape ").shape(shape).text(", so that there is no such axis; axes are counted ");
        return Err(message.text("from 0, without the batch"));
    }
    if axis == 0 && column.sequence.is_some() {
        let message = message.text(" moves values along axis 0, and rows of ").path(spec.input, spec.column);
        return Err(
            message.text(" differ in length there, so that padding would come among them; use Noise or Scaling")
        );
    }
    if axis + 1 == shape.rank() && !column.positions.is_empty() {
        let message = message.text(" moves values along axis ").count(axis).text(" of ").path(spec.input, spec.column);
        let message = message.text(", whose positions have names: ").text(column.positions[0]);
        return Err(message.text(" would stand under another; use Noise or Scaling"));
    }
    Ok(())
}
