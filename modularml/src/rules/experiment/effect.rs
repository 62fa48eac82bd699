//! Rules at what is written and has no effect: it was meant for something else.

use super::context::Context;
use super::names::knows_splits;
use super::scale::column as is_scalable;
use super::split::{once, parent};
use super::threshold;
use crate::plan::lineage::statement_of;
use crate::plan::lookup::{column_named, input_named, join_of, node_count, node_named, row_source_name};
use crate::plan::operand::{Named, column, named, push_operand};
use crate::plan::reach::{learning, needs_input, reached_by_rows, running};
use crate::plan::site::{Site, evaluation, validated_split, validations};
use crate::plan::wiring::Link;
use crate::spec::{
    EvalSpec, ExperimentSpec, MeasureSpec, Operand, PhaseKind, SplitSpec, Takes, TermSpec, TrainSpec, Units,
};
use crate::text::{Message, Verdict, contains, same};

/// An experiment has a phase.
pub const fn any_phase(context: Context<'_>) -> Verdict {
    let experiment = context.experiment;
    if !experiment.phases.is_empty() {
        return Ok(());
    }
    let message =
        Message::new().text("experiment ").name(experiment.name).text(" has no phase, so there is nothing to ");
    Err(message.text("run; add one: train <name> { .. }, fit <name> { .. } or eval <name> { .. }"))
}

/// A split that a statement makes is used, by a phase, a scaler, or a statement that splits it further, unless it is said
/// that none is.
pub const fn split(context: Context<'_>, split: usize) -> Verdict {
    let spec = &context.experiment.splits.items()[split];
    if spec.unused { Ok(()) } else { is_used(context, split) }
}

/// [`split`], whatever is allowed.
pub(super) const fn is_used(context: Context<'_>, split: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.splits.items()[split];
    let names = spec.splitter.names();
    let Some(input) = input_named(&experiment.graph, spec.input) else { return Ok(()) };
    // Each of these has a message of its own, and may be the reason.
    if names.is_empty()
        || experiment.phases.is_empty()
        || join_of(&experiment.graph, spec.input).is_some()
        || !knows_splits(experiment)
        || misses_a_feed(context, input)
        || parent(context, split).is_err()
        || once(context, split).is_err()
    {
        return Ok(());
    }
    let mut i = 0;
    while i < names.len() {
        if uses(experiment, spec, names[i]) {
            return Ok(());
        }
        i += 1;
    }
    let message = Message::new().text("nothing uses the splits ").list(names).text(" of ").name(spec.input);
    Err(message.text("; feed a phase from one of them, remove the statement, or write #[allow(unused)]"))
}

/// Whether a phase needs rows of an input and is not fed with them, or is fed twice with those of another, of which one was
/// meant.
const fn misses_a_feed(context: Context<'_>, input: usize) -> bool {
    let Context { experiment, wiring } = context;
    let name = experiment.graph.inputs.items()[input].name;
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        let feeds = phases[i].feeds.items();
        let (mut is_fed, mut k) = (false, 0);
        while k < feeds.len() {
            is_fed = is_fed || same(feeds[k].input, name);
            let mut earlier = 0;
            while earlier < k {
                if same(feeds[earlier].input, feeds[k].input) {
                    return true;
                }
                earlier += 1;
            }
            k += 1;
        }
        if !is_fed && needs_input(experiment, wiring, i, input) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether anything uses a split; where a name is wrong, it may have been meant.
const fn uses(experiment: &ExperimentSpec, spec: &SplitSpec, name: &str) -> bool {
    let mut i = 0;
    while i < experiment.splits.len() {
        let other = &experiment.splits.items()[i];
        if let Some(of) = other.of
            && same(other.input, spec.input)
            && (same(of, name) || statement_of(experiment, other.input, of).is_none())
        {
            return true;
        }
        i += 1;
    }
    let mut i = 0;
    while i < experiment.scales.len() {
        let scale = &experiment.scales.items()[i];
        if same(scale.fitted_on, name) && is_of(experiment, scale.input, spec.input) {
            return true;
        }
        i += 1;
    }
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        let feeds = phases[i].feeds.items();
        let mut k = 0;
        while k < feeds.len() {
            let (validations, mut validated, mut at) = (validations(&phases[i]), false, 0);
            while at < validations.len() {
                let validation = &validations[at];
                validated |= same(validation.split, name) || same(validated_split(validation, feeds[k].input), name);
                at += 1;
            }
            let chosen = threshold::uses(experiment, i, name);
            if is_of(experiment, feeds[k].input, spec.input) && (same(feeds[k].split, name) || validated || chosen) {
                return true;
            }
            k += 1;
        }
        i += 1;
    }
    false
}

/// Whether what is said of an input may be said of another one: the same, or one that goes along with it.
const fn is_of(experiment: &ExperimentSpec, said: &str, input: &str) -> bool {
    same(row_source_name(&experiment.graph, said), input) || input_named(&experiment.graph, said).is_none()
}

/// A scaled column is read: by a node, a loss or a metric.
pub const fn scale(context: Context<'_>, scale: usize) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let spec = &experiment.scales.items()[scale];
    let Some(input) = input_named(graph, spec.input) else { return Ok(()) };
    if is_scalable(context, scale).is_err() {
        return Ok(());
    }
    let Some(position) = column_named(graph, input, spec.column) else { return Ok(()) };
    let mut node = 0;
    while node < node_count(graph) {
        if let Some(target) = &graph.nodes.items()[node].target
            && same(target.input, spec.input)
            && same(target.column, spec.column)
        {
            return Ok(());
        }
        let links = wiring.links(node);
        let mut i = 0;
        while i < links.len() {
            match links.get(i) {
                Link::Column { input: read, column } if read == input && column == position => return Ok(()),
                // What is not known, or a whole input, may have been meant.
                Link::Unknown => return Ok(()),
                Link::Input(read) if read == input => return Ok(()),
                _ => {}
            }
            i += 1;
        }
        node += 1;
    }
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        if let PhaseKind::Train(train) = &phases[i].kind
            && terms_read(experiment, train.loss.items(), spec.input, spec.column)
        {
            return Ok(());
        }
        let mut at = 0;
        while let Some(eval) = evaluation(experiment, i, at) {
            if evaluation_reads(experiment, eval, spec.input, spec.column) {
                return Ok(());
            }
            at += 1;
        }
        i += 1;
    }
    let message = Message::new().text("nothing reads ").path(spec.input, spec.column);
    Err(message.text(": no node of ").name(graph.name).text(", loss or metric; remove the statement"))
}

const fn evaluation_reads(experiment: &ExperimentSpec, eval: &EvalSpec, input: &str, column: &str) -> bool {
    let metrics = eval.metrics.items();
    let mut i = 0;
    while i < metrics.len() {
        if operands_read(experiment, metrics[i].inputs.items(), input, column) {
            return true;
        }
        i += 1;
    }
    terms_read(experiment, eval.loss.items(), input, column)
}

const fn terms_read(experiment: &ExperimentSpec, terms: &[TermSpec], input: &str, column: &str) -> bool {
    let mut i = 0;
    while i < terms.len() {
        if operands_read(experiment, terms[i].inputs.items(), input, column) {
            return true;
        }
        i += 1;
    }
    false
}

const fn operands_read(experiment: &ExperimentSpec, operands: &[Operand], input: &str, column: &str) -> bool {
    let mut i = 0;
    while i < operands.len() {
        let path = operands[i].path.items();
        let is_column = path.len() > 1 && same(path[0], input) && same(path[1], column);
        if is_column || matches!(named(&experiment.graph, &operands[i]), Named::Unknown) {
            return true;
        }
        i += 1;
    }
    false
}

/// The units of a metric are those of a scaled target that it measures.
pub const fn units(context: Context<'_>, phase: usize, site: Site) -> Verdict {
    let experiment = context.experiment;
    let (Site::Metric(metric) | Site::ValMetric(_, metric)) = site else { return Ok(()) };
    let Some(eval) = evaluation(experiment, phase, site.evaluation()) else { return Ok(()) };
    if metric >= eval.metrics.len() {
        return Ok(());
    }
    let measure = &eval.metrics.items()[metric];
    let word = match measure.units {
        Some(Units::Raw) => "`in raw units`",
        Some(Units::Scaled) => "`in scaled units`",
        None => return Ok(()),
    };
    let name = measure.metric.name;
    let message = Message::new().text(measure.name).text(": ");
    if compares_classes(measure) {
        return Err(message.text(name).text(" compares classes, which have no unit; remove ").text(word));
    }
    if names_unknown(experiment, measure.inputs.items()) {
        return Ok(());
    }
    let Some(scale) = scale_of(experiment, measure) else {
        let message = message.text("nothing scales what ").text(name).text(" measures, so it has one unit; remove ");
        return Err(message.text(word));
    };
    if !contains(&["R2", "VarianceWeightedR2", "ExplainedVariance"], name) {
        return Ok(());
    }
    let scalers = experiment.scales.items()[scale].scalers.items();
    let mut i = 0;
    while i < scalers.len() {
        if !contains(&["Standard", "MinMax", "MaxAbs", "Robust", "Negate"], scalers[i].name) {
            return Ok(());
        }
        i += 1;
    }
    Err(message.text(name).text(" has no unit: it is the same in raw and in scaled numbers; remove ").text(word))
}

const fn compares_classes(measure: &MeasureSpec) -> bool {
    let slots = measure.metric.inputs;
    let mut i = 0;
    while i < slots.len() {
        if matches!(slots[i].takes, Takes::Classes | Takes::ClassesOrBools | Takes::Labels) {
            return true;
        }
        i += 1;
    }
    false
}

/// The statement that scales what a metric measures: a column, or what a node predicts.
const fn scale_of(experiment: &ExperimentSpec, measure: &MeasureSpec) -> Option<usize> {
    let graph = &experiment.graph;
    let operands = measure.inputs.items();
    let scales = experiment.scales.items();
    let mut i = 0;
    while i < operands.len() {
        let (input, key) = match named(graph, &operands[i]) {
            Named::Column { input, column: key } => (graph.inputs.items()[input].name, column(graph, input, key).key),
            Named::Node(node) => match &graph.nodes.items()[node].target {
                Some(target) => (target.input, target.column),
                None => ("", ""),
            },
            Named::Unknown => ("", ""),
        };
        let mut k = 0;
        while k < scales.len() {
            if same(scales[k].input, input) && same(scales[k].column, key) {
                return Some(k);
            }
            k += 1;
        }
        i += 1;
    }
    None
}

/// A loss of parameters is of a node that learns in the phase, and from rows.
pub const fn penalty(context: Context<'_>, phase: usize, site: Site, slot: usize) -> Verdict {
    let Context { experiment, wiring } = context;
    let Site::Loss(term) = site else { return Ok(()) };
    let graph = &experiment.graph;
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let loss = &train.loss.items()[term];
    if slot >= loss.loss.inputs.len() || !matches!(loss.loss.inputs[slot].takes, Takes::Parameters) {
        return Ok(());
    }
    let operand = &loss.inputs.items()[slot];
    let Named::Node(node) = named(graph, operand) else { return Ok(()) };
    let at = &graph.nodes.items()[node];
    let learns = learning(experiment, wiring, train);
    let message = push_operand(Message::new().text(loss.loss.name).text(" of "), operand);
    let message = message.text(" changes nothing in train ").name(spec.name).text(": it ");
    if contains(train.freeze.items(), at.name) {
        return Err(message.text("is frozen; remove the term, or take it out of freeze"));
    }
    if at.frozen {
        return Err(message.text("is marked #[frozen]; remove the term"));
    }
    if !learns.contains(node) {
        return match &train.nodes {
            Some(nodes) if !contains(nodes.items(), at.name) => {
                Err(message.text("is not in nodes; add it there, or remove the term"))
            }
            _ => Ok(()),
        };
    }
    if any_unknown(experiment, train) || reached_by_rows(graph, wiring, train).contains(node) {
        return Ok(());
    }
    let message = push_operand(Message::new(), operand).text(" is in no other loss of train ").name(spec.name);
    let message = message.text(", so ").text(loss.loss.name).text(" would only shrink it; add a loss that depends on ");
    Err(push_operand(message, operand).text(", or remove the term"))
}

const fn any_unknown(experiment: &ExperimentSpec, train: &TrainSpec) -> bool {
    let terms = train.loss.items();
    let mut i = 0;
    while i < terms.len() {
        if names_unknown(experiment, terms[i].inputs.items()) {
            return true;
        }
        i += 1;
    }
    false
}

const fn names_unknown(experiment: &ExperimentSpec, operands: &[Operand]) -> bool {
    let mut i = 0;
    while i < operands.len() {
        if matches!(named(&experiment.graph, &operands[i]), Named::Unknown) {
            return true;
        }
        i += 1;
    }
    false
}

/// A node in `freeze = [..]` runs in the phase, and is not frozen already.
pub const fn freeze(context: Context<'_>, phase: usize, entry: usize) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let name = train.freeze.items()[entry];
    let Some(node) = node_named(graph, name) else { return Ok(()) };
    let message = Message::new().text("train ").name(spec.name);
    let mut earlier = 0;
    while earlier < entry {
        if same(train.freeze.items()[earlier], name) {
            return Err(message.text(" freezes ").name(name).text(" twice; remove one"));
        }
        earlier += 1;
    }
    if graph.nodes.items()[node].frozen {
        let message = message.text(" freezes ").name(name).text(", which is marked #[frozen] in ").name(graph.name);
        return Err(message.text(" already; remove it from freeze"));
    }
    if train.loss.is_empty() || any_unknown(experiment, train) || running(experiment, wiring, phase).contains(node) {
        return Ok(());
    }
    let message = message.text(" freezes ").name(name).text(", which does not run there: no loss depends on it; ");
    Err(message.text("remove it from freeze"))
}
