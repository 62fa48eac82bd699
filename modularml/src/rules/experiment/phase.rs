//! Rules at the name of a phase.

use super::context::Context;
use super::names::split_names;
use crate::plan::lookup::{input_named, node_count};
use crate::plan::operand::phase_kind;
use crate::plan::reach::{learning, reader_of, running};
use crate::spec::{ExperimentSpec, Learns, PhaseKind, TrainSpec};
use crate::text::{Message, Verdict, contains, same};

/// The name of a phase is new.
pub const fn name(context: Context<'_>, phase: usize) -> Verdict {
    let phases = context.experiment.phases.items();
    let spec = &phases[phase];
    let mut earlier = 0;
    while earlier < phase {
        if same(phases[earlier].name, spec.name) {
            let message = Message::new().text("two phases are called ").name(spec.name).text("; results.");
            return Err(message.text(spec.name).text(" would be ambiguous; rename one"));
        }
        earlier += 1;
    }
    Ok(())
}

/// Every input that a phase needs is fed.
pub const fn fed(context: Context<'_>, phase: usize) -> Verdict {
    let Context { experiment, wiring } = context;
    let spec = &experiment.phases.items()[phase];
    let inputs = experiment.graph.inputs.items();
    let mut i = 0;
    while i < inputs.len() {
        if let Some(reader) = reader_of(experiment, wiring, phase, i)
            && !is_fed(experiment, phase, inputs[i].name)
            && !feeds_unknown_input(experiment, phase)
        {
            let message = Message::new().text(phase_kind(spec)).text(" ").name(spec.name);
            let message =
                message.text(" feeds no rows to input ").name(inputs[i].name).text(", needed by ").name(reader);
            let message = message.text("; add: feed ").text(inputs[i].name);
            let splits = split_names(experiment, inputs[i].name);
            let split = if splits.is_empty() { "<split>" } else { splits.as_slice()[0] };
            return Err(match spec.kind {
                PhaseKind::Train(_) => message.text(" = Batches::of(32).shuffled()(").text(split).text(");"),
                PhaseKind::Fit(_) => message.text(" = ").text(split).text(";"),
                PhaseKind::Eval(_) => message.text(" = <split>;"),
            });
        }
        i += 1;
    }
    Ok(())
}

/// A train phase has a loss.
pub const fn loss(context: Context<'_>, phase: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Train(train) if train.loss.is_empty() => {
            let message = Message::new().text("train ").name(spec.name);
            Err(message.text(" has no loss; add: loss = Mse(<node>, <input>.<target>);"))
        }
        _ => Ok(()),
    }
}

/// A fit phase fits a node.
pub const fn fits(context: Context<'_>, phase: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Fit(fit) if fit.nodes.is_empty() => {
            let message = Message::new().text("fit ").name(spec.name).text(" fits no node; add: nodes = [<node>];");
            Err(message)
        }
        _ => Ok(()),
    }
}

/// An eval phase measures something.
pub const fn measures(context: Context<'_>, phase: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Eval(eval) if eval.loss.is_empty() && eval.metrics.is_empty() && !eval.predictions => {
            let message = Message::new().text("eval ").name(spec.name);
            Err(message.text(" measures nothing; add a metric, for example: rmse = Rmse(<node>, <input>.<target>);"))
        }
        _ => Ok(()),
    }
}

/// Whether a feed names no input of the graph: any may have been meant, so that mistake is told alone.
const fn feeds_unknown_input(experiment: &ExperimentSpec, phase: usize) -> bool {
    let feeds = experiment.phases.items()[phase].feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        if input_named(&experiment.graph, feeds[i].input).is_none() {
            return true;
        }
        i += 1;
    }
    false
}

const fn is_fed(experiment: &ExperimentSpec, phase: usize, input: &str) -> bool {
    let feeds = experiment.phases.items()[phase].feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        if same(feeds[i].input, input) {
            return true;
        }
        i += 1;
    }
    false
}

/// Every node that learns by steps has an optimizer.
pub const fn optimizer(context: Context<'_>, phase: usize) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let learning = learning(experiment, wiring, train);
    let mut node = 0;
    while node < node_count(graph) {
        let at = &graph.nodes.items()[node];
        if learning.contains(node) && graph.optimizer.is_none() && at.optimizer.is_none() {
            let message = Message::new()
                .text("train ")
                .name(spec.name)
                .text(" trains ")
                .name(at.name)
                .text(", but ")
                .name(graph.name);
            return Err(message.text(" has no optimizer; add #[optimizer(Adam::lr(1e-3))] above the graph"));
        }
        node += 1;
    }
    Ok(())
}

/// Every fit-only node that a phase reads has been fitted by an earlier phase.
pub const fn fitted(context: Context<'_>, phase: usize) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let phases = experiment.phases.items();
    let runs = running(experiment, wiring, phase);
    let mut node = 0;
    while node < node_count(graph) {
        let spec = &graph.nodes.items()[node];
        if runs.contains(node) && matches!(spec.layer.learns, Learns::ByFit(_)) {
            let mut fitted = false;
            let mut i = 0;
            while i <= phase {
                if let PhaseKind::Fit(fit) = &phases[i].kind {
                    fitted |= contains(fit.nodes.items(), spec.name);
                }
                i += 1;
            }
            if !fitted && !lists_in_train(experiment, phase, spec.name) {
                let message = Message::new().text(phase_kind(&phases[phase])).text(" ").name(phases[phase].name);
                let message = message.text(" reads ").name(spec.name).text(" (").text(spec.layer.name);
                return Err(message.text("), which no earlier phase fits; put before it: fit <name> { .. }"));
            }
        }
        node += 1;
    }
    Ok(())
}

/// Whether a fit-only node is listed to be trained by steps, which is the mistake to tell.
const fn lists_in_train(experiment: &ExperimentSpec, phase: usize, node: &str) -> bool {
    match &experiment.phases.items()[phase].kind {
        PhaseKind::Train(TrainSpec { nodes: Some(nodes), .. }) => contains(nodes.items(), node),
        _ => false,
    }
}
