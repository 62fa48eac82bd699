//! What runs and what learns in a phase, and the rules about it.

use super::data::split_names;
use super::measure::evaluation;
use super::operand::{Named, named, phase_kind, push_operand};
use crate::check::names::unknown;
use crate::check::wiring::{Link, MAX_NODES, Wiring, input_named, node_count, node_named, node_names};
use crate::check::{Message, Verdict, near::contains, near::same};
use crate::experiment::{EvalSpec, ExperimentSpec, Operand, PhaseKind, Takes, TermSpec, TrainSpec};
use crate::graph::{GraphSpec, Learns};

/// Flags by node.
pub type Flags = [bool; MAX_NODES];

const fn union(mut a: Flags, b: &Flags) -> Flags {
    let mut i = 0;
    while i < MAX_NODES {
        a[i] |= b[i];
        i += 1;
    }
    a
}

/// The nodes that a sum of losses needs.
const fn terms_need(graph: &GraphSpec, wiring: &Wiring, terms: &[TermSpec]) -> Flags {
    let mut needed = [false; MAX_NODES];
    let mut i = 0;
    while i < terms.len() {
        let operands = terms[i].inputs.items();
        let mut k = 0;
        while k < operands.len() {
            if let Named::Node(node) = named(graph, &operands[k])
                && node < MAX_NODES
            {
                needed = union(needed, &wiring.upstream(node));
            }
            k += 1;
        }
        i += 1;
    }
    needed
}

/// The nodes that an evaluation needs.
const fn evaluation_needs(graph: &GraphSpec, wiring: &Wiring, eval: &EvalSpec) -> Flags {
    let mut needed = terms_need(graph, wiring, eval.loss.items());
    let metrics = eval.metrics.items();
    let mut i = 0;
    while i < metrics.len() {
        let operands = metrics[i].inputs.items();
        let mut k = 0;
        while k < operands.len() {
            if let Named::Node(node) = named(graph, &operands[k])
                && node < MAX_NODES
            {
                needed = union(needed, &wiring.upstream(node));
            }
            k += 1;
        }
        i += 1;
    }
    needed
}

/// The nodes that run in a phase, its `val` included.
#[must_use]
pub const fn running(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize) -> Flags {
    let graph = &experiment.graph;
    let mut needed = match evaluation(experiment, phase) {
        Some(eval) => evaluation_needs(graph, wiring, eval),
        None => [false; MAX_NODES],
    };
    let nodes = match &experiment.phases.items()[phase].kind {
        PhaseKind::Eval(_) => return needed,
        PhaseKind::Fit(fit) => fit.nodes.items(),
        PhaseKind::Train(train) => {
            needed = union(needed, &terms_need(graph, wiring, train.loss.items()));
            match &train.nodes {
                Some(nodes) => nodes.items(),
                None => &[],
            }
        }
    };
    let mut i = 0;
    while i < nodes.len() {
        if let Some(node) = node_named(graph, nodes[i]) {
            needed = union(needed, &wiring.upstream(node));
        }
        i += 1;
    }
    needed
}

/// The nodes whose parameters a gradient of the loss reaches, frozen or not.
#[must_use]
pub const fn reached(graph: &GraphSpec, wiring: &Wiring, train: &TrainSpec) -> Flags {
    let mut reached = [false; MAX_NODES];
    let mut direct = [false; MAX_NODES];
    let terms = train.loss.items();
    let mut i = 0;
    while i < terms.len() {
        let operands = terms[i].inputs.items();
        let slots = terms[i].loss.inputs;
        let mut k = 0;
        while k < operands.len() {
            if let Named::Node(node) = named(graph, &operands[k]) {
                if k < slots.len() && matches!(slots[k].takes, Takes::Parameters) {
                    direct[node] = true;
                } else {
                    reached[node] = true;
                }
            }
            k += 1;
        }
        i += 1;
    }
    let order = wiring.order();
    let mut place = order.len();
    while place > 0 {
        place -= 1;
        let node = order[place];
        if reached[node] && graph.nodes.items()[node].layer.passes_gradient {
            let links = wiring.links(node);
            let mut i = 0;
            while i < links.len() {
                if let Link::Node(read) = links.get(i) {
                    reached[read] = true;
                }
                i += 1;
            }
        }
    }
    union(reached, &direct)
}

/// The nodes that learn in a train phase: those that are listed, or else all that the loss reaches; those that are
/// frozen, or do not learn by steps, not among them.
#[must_use]
pub const fn learning(experiment: &ExperimentSpec, wiring: &Wiring, train: &TrainSpec) -> Flags {
    let graph = &experiment.graph;
    let mut learning = reached(graph, wiring, train);
    let mut node = 0;
    while node < node_count(graph) {
        let spec = &graph.nodes.items()[node];
        let listed = match &train.nodes {
            Some(nodes) => contains(nodes.items(), spec.name),
            None => true,
        };
        let frozen = spec.frozen || contains(train.freeze.items(), spec.name);
        learning[node] = learning[node] && listed && !frozen && matches!(spec.layer.learns, Learns::BySteps);
        node += 1;
    }
    learning
}

/// Whether a phase reads rows of an input, through a node or as a column of a loss or metric.
pub(super) const fn needs_input(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize, input: usize) -> bool {
    reader_of(experiment, wiring, phase, input).is_some()
}

/// Whether any node runs in a phase and every loss and metric names what is known.
pub(super) const fn runs_nodes(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize) -> bool {
    let runs = running(experiment, wiring, phase);
    let mut any = false;
    let mut node = 0;
    while node < MAX_NODES {
        any |= runs[node];
        node += 1;
    }
    let terms = match &experiment.phases.items()[phase].kind {
        PhaseKind::Train(train) => train.loss.items(),
        PhaseKind::Fit(_) | PhaseKind::Eval(_) => &[],
    };
    any && names_are_known(experiment, terms)
        && match evaluation(experiment, phase) {
            Some(eval) => names_are_known(experiment, eval.loss.items()) && metrics_are_known(experiment, eval),
            None => true,
        }
}

const fn names_are_known(experiment: &ExperimentSpec, terms: &[TermSpec]) -> bool {
    let mut i = 0;
    while i < terms.len() {
        if !operands_are_known(experiment, terms[i].inputs.items()) {
            return false;
        }
        i += 1;
    }
    true
}

const fn metrics_are_known(experiment: &ExperimentSpec, eval: &EvalSpec) -> bool {
    let metrics = eval.metrics.items();
    let mut i = 0;
    while i < metrics.len() {
        if !operands_are_known(experiment, metrics[i].inputs.items()) {
            return false;
        }
        i += 1;
    }
    true
}

const fn operands_are_known(experiment: &ExperimentSpec, operands: &[Operand]) -> bool {
    let mut i = 0;
    while i < operands.len() {
        if let Named::Unknown = named(&experiment.graph, &operands[i]) {
            return false;
        }
        i += 1;
    }
    true
}

/// A name that reads rows of an input in a phase.
const fn reader_of(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize, input: usize) -> Option<&'static str> {
    let graph = &experiment.graph;
    let runs = running(experiment, wiring, phase);
    let mut node = 0;
    while node < node_count(graph) {
        if runs[node] && wiring.rows(node) >> (input & 63) & 1 == 1 {
            return Some(graph.nodes.items()[node].name);
        }
        node += 1;
    }
    None
}

/// Rule at the name of a phase: it is new, every input that it needs is fed, and all that it uses can be used.
pub const fn phase_name(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize) -> Verdict {
    let phases = experiment.phases.items();
    let spec = &phases[phase];
    let mut earlier = 0;
    while earlier < phase {
        if same(phases[earlier].name, spec.name) {
            let message = Message::new().text("two phases are called ").name(spec.name).text("; results.");
            return Err(message.text(spec.name).text(" would be ambiguous; rename one"));
        }
        earlier += 1;
    }
    let start = Message::new().text(phase_kind(spec)).text(" ").name(spec.name);
    let inputs = experiment.graph.inputs.items();
    let mut i = 0;
    while i < inputs.len() {
        if let Some(reader) = reader_of(experiment, wiring, phase, i)
            && !is_fed(experiment, phase, inputs[i].name)
            && !feeds_unknown_input(experiment, phase)
        {
            let message = start.text(" feeds no rows to input ").name(inputs[i].name).text(", needed by ").name(reader);
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
    if let Err(message) = fitted_before(experiment, wiring, phase) {
        return Err(message);
    }
    match &spec.kind {
        PhaseKind::Train(train) => {
            if train.loss.is_empty() {
                return Err(start.text(" has no loss; add: loss = Mse(<node>, <input>.<target>);"));
            }
            has_optimizer(experiment, wiring, train, start)
        }
        PhaseKind::Eval(eval) if eval.loss.is_empty() && eval.metrics.is_empty() => {
            Err(start.text(" measures nothing; add a metric, for example: rmse = Rmse(<node>, <input>.<target>);"))
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

const fn has_optimizer(experiment: &ExperimentSpec, wiring: &Wiring, train: &TrainSpec, start: Message) -> Verdict {
    let graph = &experiment.graph;
    let learning = learning(experiment, wiring, train);
    let mut node = 0;
    while node < node_count(graph) {
        let spec = &graph.nodes.items()[node];
        if learning[node] && graph.optimizer.is_none() && spec.optimizer.is_none() {
            let message = start.text(" trains ").name(spec.name).text(", but ").name(graph.name);
            return Err(message.text(" has no optimizer; add #[optimizer(Adam::lr(1e-3))] above the graph"));
        }
        node += 1;
    }
    Ok(())
}

/// Every fit-only node that a phase reads has been fitted by an earlier phase.
const fn fitted_before(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize) -> Verdict {
    let graph = &experiment.graph;
    let phases = experiment.phases.items();
    let runs = running(experiment, wiring, phase);
    let mut node = 0;
    while node < node_count(graph) {
        let spec = &graph.nodes.items()[node];
        if runs[node] && matches!(spec.layer.learns, Learns::ByFit) {
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

/// Rule at a name in a list of nodes. In the macros rustc itself refuses unknown ones.
pub const fn node_name(experiment: &ExperimentSpec, name: &str) -> Verdict {
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

/// Rule at an entry of `nodes = [..]`: the node can learn in this kind of phase, and the loss reaches it.
pub const fn listed_node(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize, entry: usize) -> Verdict {
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
            Learns::ByFit if graph.nodes.items()[node].target.is_none() => {
                let message = start.text(" cannot fit ").name(nodes[entry]).text(", which predicts no target; write ");
                Err(message.text("`-> <input>.<target>` behind it in ").name(graph.name))
            }
            Learns::ByFit => Ok(()),
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
        Learns::ByFit => {
            let message = start.text(" cannot train ").name(nodes[entry]).text(": ").text(layer.name);
            let message = message.text(" learns by fit only; move it to: fit <name> { nodes = [").text(nodes[entry]);
            return Err(message.text("]; .. }"));
        }
        Learns::Nothing | Learns::BySteps => {}
    }
    if matches!(layer.learns, Learns::Nothing) || reached(graph, wiring, train)[node] {
        return Ok(());
    }
    let first = &train.loss.items();
    if first.is_empty() {
        return Ok(());
    }
    if let Err(message) = blocked(graph, wiring, train, node) {
        return Err(message);
    }
    if loss_is_elsewhere(experiment, wiring, phase, train) {
        return Ok(());
    }
    let message = start.text(": ").name(nodes[entry]).text(" is in nodes, but ").text(first[0].loss.name);
    Err(message.text(" does not depend on it; remove it from nodes, or use its output in the loss"))
}

/// Whether a term of the loss does not run here at all, which is then the mistake to tell.
const fn loss_is_elsewhere(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize, train: &TrainSpec) -> bool {
    let terms = train.loss.items();
    let mut i = 0;
    while i < terms.len() {
        let mut slot = 0;
        while slot < terms[i].inputs.len() {
            if runs_here(experiment, wiring, phase, i, slot).is_err() {
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
    if !terms_need(graph, wiring, train.loss.items())[node] {
        return Ok(());
    }
    let reached = reached(graph, wiring, train);
    let mut wall = 0;
    while wall < node_count(graph) {
        let spec = &graph.nodes.items()[wall];
        if reached[wall] && !spec.layer.passes_gradient && wiring.upstream(wall)[node] {
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

/// Rule at the loss of a train phase: something learns from it, and no gradient is lost on the way.
pub const fn gradient(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize) -> Verdict {
    let graph = &experiment.graph;
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    if train.loss.is_empty() || has_open_names(experiment, train) {
        return Ok(());
    }
    let needed = terms_need(graph, wiring, train.loss.items());
    let learning = learning(experiment, wiring, train);
    let mut learns = false;
    let mut frozen = crate::check::names::Names::NONE;
    let mut node = 0;
    while node < node_count(graph) {
        let at = &graph.nodes.items()[node];
        learns |= learning[node];
        let is_frozen = at.frozen || contains(train.freeze.items(), at.name);
        if needed[node] && is_frozen {
            frozen = frozen.with(at.name);
        }
        let open = train.nodes.is_none() && matches!(at.layer.learns, Learns::BySteps) && !is_frozen;
        if open
            && needed[node]
            && !learning[node]
            && let Err(message) = blocked(graph, wiring, train, node)
        {
            return Err(message);
        }
        node += 1;
    }
    if learns
        || any_listed_mistake(experiment, wiring, phase, train)
        || loss_is_elsewhere(experiment, wiring, phase, train)
    {
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
const fn fitted_under(graph: &GraphSpec, needed: &Flags) -> Option<usize> {
    let mut node = 0;
    while node < node_count(graph) {
        if needed[node] && matches!(graph.nodes.items()[node].layer.learns, Learns::ByFit) {
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

const fn any_listed_mistake(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize, train: &TrainSpec) -> bool {
    let Some(nodes) = &train.nodes else { return false };
    let mut i = 0;
    while i < nodes.len() {
        if listed_node(experiment, wiring, phase, i).is_err()
            || node_name(experiment, nodes.items()[i]).is_err()
            || contains(train.freeze.items(), nodes.items()[i])
        {
            return true;
        }
        i += 1;
    }
    false
}

/// Rule at an operand of a loss: its node runs in the phase.
pub const fn runs_here(
    experiment: &ExperimentSpec,
    wiring: &Wiring,
    phase: usize,
    term: usize,
    slot: usize,
) -> Verdict {
    let graph = &experiment.graph;
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let Some(nodes) = &train.nodes else { return Ok(()) };
    let operand = &train.loss.items()[term].inputs.items()[slot];
    let Named::Node(node) = named(graph, operand) else { return Ok(()) };
    let mut i = 0;
    while i < nodes.len() {
        match node_named(graph, nodes.items()[i]) {
            // Above a listed node, or below one: it runs either way.
            Some(listed) if wiring.upstream(listed)[node] || wiring.upstream(node)[listed] => {
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

/// Rule at an entry of `freeze = [..]`: it is not listed to learn as well, and an earlier phase has trained it.
pub const fn frozen_node(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize, entry: usize) -> Verdict {
    let graph = &experiment.graph;
    let phases = experiment.phases.items();
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
    if train.frozen_as_initialised || !matches!(graph.nodes.items()[node].layer.learns, Learns::BySteps) {
        return Ok(());
    }
    let mut i = 0;
    while i < phase {
        if let PhaseKind::Train(earlier) = &phases[i].kind
            && learning(experiment, wiring, earlier)[node]
        {
            return Ok(());
        }
        i += 1;
    }
    let message = start.text(" freezes ").name(name).text(", which no earlier phase trains: it stays random; ");
    Err(message.text("unfreeze it, or write `as initialised` behind the list"))
}
