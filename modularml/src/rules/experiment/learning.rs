//! Rules about the nodes of a phase: which learn, which are frozen, and whether a gradient reaches them.

use super::context::Context;
use crate::plan::lookup::{input_named, node_count, node_named, node_names};
use crate::plan::operand::{Named, named, phase_kind, push_operand};
use crate::plan::reach::{learning, reached, terms_need};
use crate::plan::site::Site;
use crate::plan::wiring::Wiring;
use crate::spec::{ExperimentSpec, GraphSpec, Learns, PhaseKind, Predicts, TrainSpec};
use crate::text::{BitSet, Message, Names, Verdict, contains, same, unknown};

/// A node in `nodes = [..]` is known.
pub const fn known(context: Context<'_>, phase: usize, entry: usize) -> Verdict {
    match &context.experiment.phases.items()[phase].kind {
        PhaseKind::Train(TrainSpec { nodes: Some(nodes), .. }) => node_name(context.experiment, nodes.items()[entry]),
        PhaseKind::Fit(fit) => node_name(context.experiment, fit.nodes.items()[entry]),
        PhaseKind::Train(_) | PhaseKind::Eval(_) => Ok(()),
    }
}

/// A node in `freeze = [..]` is known.
pub const fn known_frozen(context: Context<'_>, phase: usize, entry: usize) -> Verdict {
    match &context.experiment.phases.items()[phase].kind {
        PhaseKind::Train(train) => node_name(context.experiment, train.freeze.items()[entry]),
        PhaseKind::Fit(_) | PhaseKind::Eval(_) => Ok(()),
    }
}

const fn node_name(experiment: &ExperimentSpec, name: &str) -> Verdict {
    let graph = &experiment.graph;
    if node_named(graph, name).is_some() {
        return Ok(());
    }
    let place = Message::new().text("in ").name(graph.name);
    Err(match input_named(graph, name) {
        Some(_) => {
            Message::new().name(name).text(" is an input; only nodes learn: ").list(node_names(graph).as_slice())
        }
        None => unknown("node", name, place, "nodes", &node_names(graph)),
    })
}

/// A node in `nodes = [..]` can learn in this kind of phase, and the loss reaches it.
pub const fn can_learn(context: Context<'_>, phase: usize, entry: usize) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let spec = &experiment.phases.items()[phase];
    let start = Message::new().text(phase_kind(spec)).text(" ").name(spec.name);
    let (nodes, train) = match &spec.kind {
        PhaseKind::Train(train) => match &train.nodes {
            Some(nodes) => (nodes.items(), Some(train)),
            None => return Ok(()),
        },
        PhaseKind::Fit(fit) => (fit.nodes.items(), None),
        PhaseKind::Eval(_) => return Ok(()),
    };
    let Some(node) = node_named(graph, nodes[entry]) else { return Ok(()) };
    let layer = &graph.nodes.items()[node].layer;
    let Some(train) = train else {
        return match layer.learns {
            Learns::ByFit(fitting)
                if graph.nodes.items()[node].target.is_none() && !matches!(fitting.predicts, Predicts::Nothing) =>
            {
                let message = start.text(" cannot fit ").name(nodes[entry]).text(", which predicts no target; write ");
                Err(message.text("`-> <input>.<target>` behind it in ").name(graph.name))
            }
            Learns::ByFit(_) => Ok(()),
            Learns::BySteps => {
                let message = start.text(" cannot fit ").name(nodes[entry]).text(": ").text(layer.name);
                Err(message.text(" learns by steps; use a train phase with a loss"))
            }
            Learns::Nothing => {
                Err(start.text(" cannot fit ").name(nodes[entry]).text(": ").text(layer.name).text(" learns nothing"))
            }
        };
    };
    match layer.learns {
        Learns::ByFit(_) => {
            let message = start.text(" cannot train ").name(nodes[entry]).text(": ").text(layer.name);
            let message = message.text(" learns by fit only; move it to: fit <name> { nodes = [").text(nodes[entry]);
            return Err(message.text("]; .. }"));
        }
        Learns::Nothing | Learns::BySteps => {}
    }
    if graph.nodes.items()[node].frozen {
        let message = start.text(" lists ").name(nodes[entry]).text(" in nodes, but it is marked #[frozen] in ");
        return Err(message.name(graph.name).text("; remove one of the two"));
    }
    if matches!(layer.learns, Learns::Nothing) || reached(graph, wiring, train).contains(node) {
        return Ok(());
    }
    let first = &train.loss.items();
    if first.is_empty() {
        return Ok(());
    }
    if let Err(message) = blocked(graph, wiring, train, node) {
        return Err(message);
    }
    if loss_is_elsewhere(context, phase, train) {
        return Ok(());
    }
    let message = start.text(": ").name(nodes[entry]).text(" is in nodes, but ").text(first[0].loss.name);
    Err(message.text(" does not depend on it; remove it from nodes, or use its output in the loss"))
}

/// A node in `nodes = [..]` is listed once.
pub const fn listed_once(context: Context<'_>, phase: usize, entry: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    let nodes = match &spec.kind {
        PhaseKind::Train(TrainSpec { nodes: Some(nodes), .. }) => nodes.items(),
        PhaseKind::Fit(fit) => fit.nodes.items(),
        PhaseKind::Train(_) | PhaseKind::Eval(_) => return Ok(()),
    };
    let mut earlier = 0;
    while earlier < entry {
        if same(nodes[earlier], nodes[entry]) {
            let message = Message::new().text(phase_kind(spec)).text(" ").name(spec.name).text(" lists ");
            return Err(message.name(nodes[entry]).text(" twice in nodes; remove one"));
        }
        earlier += 1;
    }
    Ok(())
}

/// Whether a term of the loss does not run here at all, which is then the mistake to tell.
const fn loss_is_elsewhere(context: Context<'_>, phase: usize, train: &TrainSpec) -> bool {
    let terms = train.loss.items();
    let mut i = 0;
    while i < terms.len() {
        let mut slot = 0;
        while slot < terms[i].inputs.len() {
            if runs_here(context, phase, Site::Loss(i), slot).is_err() {
                return true;
            }
            slot += 1;
        }
        i += 1;
    }
    false
}

/// Refuses a node below the loss from which no gradient comes back.
const fn blocked(graph: &GraphSpec, wiring: &Wiring, train: &TrainSpec, node: usize) -> Verdict {
    if !terms_need(graph, wiring, train.loss.items()).contains(node) {
        return Ok(());
    }
    let reached = reached(graph, wiring, train);
    let mut wall = 0;
    while wall < node_count(graph) {
        let spec = &graph.nodes.items()[wall];
        if reached.contains(wall) && !spec.layer.passes_gradient && wiring.upstream(BitSet::of(wall)).contains(node) {
            let message = Message::new().name(graph.nodes.items()[node].name).text(" cannot learn: ").name(spec.name);
            let message =
                message.text(" (").text(spec.layer.name).text(") between it and the loss passes no gradient; ");
            return Err(message
                .text("freeze ")
                .name(graph.nodes.items()[node].name)
                .text(", or put the loss before it"));
        }
        wall += 1;
    }
    Ok(())
}

/// Something learns from the loss of a train phase, and no gradient is lost on the way.
pub const fn gradient(context: Context<'_>, phase: usize) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    if train.loss.is_empty() || has_open_names(experiment, train) {
        return Ok(());
    }
    let needed = terms_need(graph, wiring, train.loss.items());
    let learning = learning(experiment, wiring, train);
    let mut learns = false;
    let mut frozen = Names::NONE;
    let mut node = 0;
    while node < node_count(graph) {
        let at = &graph.nodes.items()[node];
        learns |= learning.contains(node);
        let is_frozen = at.frozen || contains(train.freeze.items(), at.name);
        if needed.contains(node) && is_frozen {
            frozen = frozen.with(at.name);
        }
        let open = train.nodes.is_none() && matches!(at.layer.learns, Learns::BySteps) && !is_frozen;
        if open
            && needed.contains(node)
            && !learning.contains(node)
            && let Err(message) = blocked(graph, wiring, train, node)
        {
            return Err(message);
        }
        node += 1;
    }
    if learns || any_listed_mistake(context, phase, train) || loss_is_elsewhere(context, phase, train) {
        return Ok(());
    }
    let message = Message::new().text("train ").name(spec.name).text(": no node under ");
    let message = message.text(train.loss.items()[0].loss.name).text(" learns");
    Err(if frozen.is_empty() {
        match fitted_under(graph, &needed) {
            Some(node) => {
                let (name, layer) = (graph.nodes.items()[node].name, graph.nodes.items()[node].layer.name);
                let message = message.text("; ").name(name).text(" (").text(layer).text(") learns by fit only: ");
                message.text("fit <name> { nodes = [").text(name).text("]; .. }")
            }
            None => message.text("; name a node with parameters"),
        }
    } else {
        message.text("; frozen: ").list(frozen.as_slice()).text("; unfreeze one")
    })
}

/// A needed node that learns by fit only.
const fn fitted_under(graph: &GraphSpec, needed: &BitSet) -> Option<usize> {
    let mut node = 0;
    while node < node_count(graph) {
        if needed.contains(node) && matches!(graph.nodes.items()[node].layer.learns, Learns::ByFit(_)) {
            return Some(node);
        }
        node += 1;
    }
    None
}

const fn has_open_names(experiment: &ExperimentSpec, train: &TrainSpec) -> bool {
    let terms = train.loss.items();
    let mut any_node = false;
    let mut i = 0;
    while i < terms.len() {
        let operands = terms[i].inputs.items();
        let mut k = 0;
        while k < operands.len() {
            match named(&experiment.graph, &operands[k]) {
                Named::Unknown => return true,
                Named::Node(_) => any_node = true,
                Named::Column { .. } => {}
            }
            k += 1;
        }
        i += 1;
    }
    !any_node
}

const fn any_listed_mistake(context: Context<'_>, phase: usize, train: &TrainSpec) -> bool {
    let Some(nodes) = &train.nodes else { return false };
    let mut i = 0;
    while i < nodes.len() {
        if can_learn(context, phase, i).is_err()
            || known(context, phase, i).is_err()
            || contains(train.freeze.items(), nodes.items()[i])
        {
            return true;
        }
        i += 1;
    }
    false
}

/// The node that the loss of a train phase reads runs in the phase.
pub const fn runs_here(context: Context<'_>, phase: usize, site: Site, slot: usize) -> Verdict {
    let Context { experiment, wiring } = context;
    let Site::Loss(term) = site else { return Ok(()) };
    let graph = &experiment.graph;
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let Some(nodes) = &train.nodes else { return Ok(()) };
    let operand = &train.loss.items()[term].inputs.items()[slot];
    let Named::Node(node) = named(graph, operand) else { return Ok(()) };
    let above = wiring.upstream(BitSet::of(node));
    let mut i = 0;
    while i < nodes.len() {
        match node_named(graph, nodes.items()[i]) {
            // Above a listed node, or below one: it runs either way.
            Some(listed) if wiring.upstream(BitSet::of(listed)).contains(node) || above.contains(listed) => {
                return Ok(());
            }
            Some(_) => {}
            None => return Ok(()),
        }
        i += 1;
    }
    let message = push_operand(Message::new(), operand).text(" is not in the nodes of train ").name(spec.name);
    let message = message.text(" (").list(nodes.items()).text("), nor do they lead to it; add ");
    Err(message.name(graph.nodes.items()[node].name).text(", or use a loss on one of them"))
}

/// A node in `freeze = [..]` is not listed to learn as well, and an earlier phase has trained it.
pub const fn frozen(context: Context<'_>, phase: usize, entry: usize) -> Verdict {
    let phases = context.experiment.phases.items();
    let graph = &context.experiment.graph;
    let PhaseKind::Train(train) = &phases[phase].kind else { return Ok(()) };
    let name = train.freeze.items()[entry];
    let start = Message::new().text("train ").name(phases[phase].name);
    if let Some(nodes) = &train.nodes
        && contains(nodes.items(), name)
    {
        let message = Message::new().name(name).text(" is in nodes and in freeze of train ").name(phases[phase].name);
        return Err(message.text("; remove it from one"));
    }
    let Some(node) = node_named(graph, name) else { return Ok(()) };
    // One that is frozen in the graph is a rule of its own.
    if train.frozen_as_initialised || graph.nodes.items()[node].frozen || !stays_random(context, phase, node) {
        return Ok(());
    }
    let message = start.text(" freezes ").name(name).text(", which no earlier phase trains: it stays random; ");
    Err(message.text("unfreeze it, or write #[allow(untrained)]"))
}

/// Whether a node would learn by steps, and no phase before this one trains it.
pub(super) const fn stays_random(context: Context<'_>, phase: usize, node: usize) -> bool {
    let Context { experiment, wiring } = context;
    if !matches!(experiment.graph.nodes.items()[node].layer.learns, Learns::BySteps) {
        return false;
    }
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phase {
        if let PhaseKind::Train(earlier) = &phases[i].kind
            && learning(experiment, wiring, earlier).contains(node)
        {
            return false;
        }
        i += 1;
    }
    true
}
