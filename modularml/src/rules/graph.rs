//! Rules over one graph. Each says in its name which token of `model_graph!` it stands at.

use super::align;

use super::embedding;
use crate::plan::Inference;
use crate::plan::lookup::{
    MAX_INPUTS, MAX_LINKS, MAX_NODES, column_named, input_named, no_column, no_input, node_count, node_named,
    node_names, predicting_shape, push_source, target_column,
};
use crate::plan::shapes::{infer, size};
use crate::plan::wiring::{Link, Wiring};
use crate::spec::{Arity, Domain, Dtype, GraphSpec, Learns, Settings, ShapeRule, Source};
use crate::text::{Message, Names, Verdict, contains, same, unknown};

/// Names that experiments use for other things.
pub const RESERVED: &[&str] = &["self", "loss", "val", "run", "inputs", "name", "epochs", "best_epoch"];

/// Rule at a node's name: it is new, not reserved, not on a cycle, and the node is used.
pub const fn node_name(graph: &GraphSpec, wiring: &Wiring, node: usize) -> Verdict {
    let spec = &graph.nodes.items()[node];
    if let Some(first) = node_named(graph, spec.name)
        && first != node
    {
        return Err(Message::new()
            .name(spec.name)
            .text(" is declared twice; rename one, so that losses can tell them apart"));
    }
    if let Some(input) = input_named(graph, spec.name) {
        let schema = graph.inputs.items()[input].schema.name;
        let message = Message::new().text("node ").name(spec.name).text(" hides the input `").text(spec.name);
        return Err(message.text(": ").text(schema).text("`; rename the node"));
    }
    if contains(RESERVED, spec.name) {
        let message = Message::new().name(spec.name);
        return Err(message.text(" is reserved in experiments; a node of that name could not be used there; rename it"));
    }
    if node >= MAX_NODES || graph.nodes.len() > MAX_NODES && node + 1 == MAX_NODES {
        return Err(Message::new().name(spec.name).text(": a graph holds at most ").count(MAX_NODES).text(" nodes"));
    }
    if let Err(message) = cycle(graph, wiring, node) {
        return Err(message);
    }
    if spec.target.is_none() && !spec.output && !wiring.is_read(node) && !misses_a_source(graph, wiring) {
        let message = Message::new().text("node ").name(spec.name).text(" is used by no node and predicts no target; ");
        return Err(message
            .text("connect it, write `-> ")
            .text(graph.inputs.items()[0].name)
            .text(".<target>` behind it, mark it #[output], or remove it"));
    }
    Ok(())
}

/// Whether a node names nothing that is known, or has no inputs at all. Any other may have been meant, so that mistake
/// is told alone.
const fn misses_a_source(graph: &GraphSpec, wiring: &Wiring) -> bool {
    let mut node = 0;
    while node < node_count(graph) {
        let links = wiring.links(node);
        let mut i = 0;
        while i < links.len() {
            if matches!(links.get(i), Link::Unknown) {
                return true;
            }
            i += 1;
        }
        if links.is_empty() {
            return true;
        }
        node += 1;
    }
    false
}

const fn cycle(graph: &GraphSpec, wiring: &Wiring, node: usize) -> Verdict {
    if !wiring.is_stuck(node) {
        return Ok(());
    }
    let names = graph.nodes.items();
    let links = wiring.links(node);
    let mut i = 0;
    while i < links.len() {
        if let Link::Node(read) = links.get(i)
            && read == node
        {
            return Err(Message::new().name(names[node].name).text(" reads itself; name an earlier node"));
        }
        i += 1;
    }
    // Walk back along stuck nodes; a walk that returns to the start before anywhere else is a cycle through it.
    let mut path = [0; MAX_NODES];
    let mut seen = [false; MAX_NODES];
    let mut len = 0;
    let mut at = node;
    while !seen[at] {
        seen[at] = true;
        path[len] = at;
        len += 1;
        let links = wiring.links(at);
        let mut next = at;
        let mut i = 0;
        while i < links.len() {
            if let Link::Node(read) = links.get(i)
                && wiring.is_stuck(read)
                && (next == at || read == node)
            {
                next = read;
            }
            i += 1;
        }
        if next < node {
            return Ok(());
        }
        at = next;
    }
    if at != node {
        return Ok(());
    }
    let mut message = Message::new().name(names[node].name).text(" needs itself: ").text(names[node].name);
    let mut i = 1;
    while i < len {
        message = message.text(" <- ").text(names[path[i]].name);
        i += 1;
    }
    Err(message.text(" <- ").text(names[node].name).text("; a graph has no cycles; break one edge"))
}

/// Rule at a node's component: the number of inputs and their shapes suit it.
pub const fn layer(graph: &GraphSpec, wiring: &Wiring, node: usize) -> Verdict {
    let spec = &graph.nodes.items()[node];
    let sources = spec.inputs.items();
    match spec.layer.arity {
        Arity::One if sources.len() > 1 => {
            let message =
                Message::new().text(spec.layer.name).text(" takes one input, ").name(spec.name).text(" gives it ");
            let mut message = message.count(sources.len()).text("; merge them first: Concat::axis(-1)(");
            let mut i = 0;
            while i < sources.len() {
                message = message.text(if i > 0 { ", " } else { "" });
                message = match sources[i] {
                    Source::Name(name) => message.text(name),
                    Source::Column { input, column, .. } => message.text(input).text(".").text(column),
                };
                i += 1;
            }
            return Err(message.text(")"));
        }
        Arity::Several if sources.len() == 1 => {
            let message = Message::new().text(spec.layer.name).text(" joins two inputs or more, ").name(spec.name);
            return Err(message.text(" gives it one; add another, or remove the node"));
        }
        _ => {}
    }
    if sources.is_empty() {
        let message = Message::new().name(spec.name).text(" has no inputs; add them in a last pair of brackets: ");
        let first = features(graph, 0);
        let message = message.text(spec.layer.name).text("::..(").text(graph.inputs.items()[0].name).text(".");
        return Err(message.text(if first.is_empty() { "<feature>" } else { first.as_slice()[0] }).text(")"));
    }
    if wiring.links(node).len() < sources.len() {
        let message = Message::new().name(spec.name).text(": the nodes of a graph have at most ").count(MAX_LINKS);
        return Err(message.text(" inputs together"));
    }
    if wiring.rows(node).count_ones() > 1 && !one_parent_mixes(wiring, node) && align::are_sound(graph) {
        let first = wiring.rows(node).trailing_zeros() as usize;
        let second = (wiring.rows(node) & (wiring.rows(node) - 1)).trailing_zeros() as usize;
        let inputs = graph.inputs.items();
        let message = Message::new().name(spec.name).text(" mixes rows of ").name(inputs[first].name).text(" and ");
        let message = message.name(inputs[second].name);
        let Some(key) = align::shared_key(graph, first, second) else {
            return Err(message.text(", which nothing aligns; put the columns that belong to one row into one schema"));
        };
        let message = message.text("; say how they meet: align ").text(inputs[first].name).text(" with ");
        return Err(message.text(inputs[second].name).text(" by ").text(key).text(";"));
    }
    if wiring.has_shape(node) {
        return size(graph, wiring, node);
    }
    match infer(graph, wiring, node) {
        Inference::Refused(message) => Err(message),
        _ => Ok(()),
    }
}

/// Rule at the axis of a merge: its inputs have that axis.
pub const fn axis(graph: &GraphSpec, wiring: &Wiring, node: usize) -> Verdict {
    if wiring.has_shape(node) {
        return Ok(());
    }
    match infer(graph, wiring, node) {
        Inference::NoAxis(message) => Err(message),
        _ => Ok(()),
    }
}

/// Whether a node that is read mixes rows already, so that the mistake is told there.
const fn one_parent_mixes(wiring: &Wiring, node: usize) -> bool {
    let links = wiring.links(node);
    let mut i = 0;
    while i < links.len() {
        if let Link::Node(read) = links.get(i)
            && wiring.rows(read).count_ones() > 1
        {
            return true;
        }
        i += 1;
    }
    false
}

/// Rule at an input of a node: the name is known. In the macros these names are fields of generated structs, so that
/// rustc itself refuses them.
pub const fn source_name(graph: &GraphSpec, wiring: &Wiring, node: usize, source: usize) -> Verdict {
    if source >= wiring.links(node).len() || !matches!(wiring.links(node).get(source), Link::Unknown) {
        return Ok(());
    }
    Err(match graph.nodes.items()[node].inputs.items()[source] {
        Source::Column { input, column, .. } => match input_named(graph, input) {
            Some(input) => no_column(graph, input, column),
            None => no_input(graph, input),
        },
        Source::Name(name) => {
            unknown("node", name, Message::new().text("in ").name(graph.name), "nodes", &node_names(graph))
        }
    })
}

/// Rule at an input of a node: it is something that the node may read.
pub const fn source(graph: &GraphSpec, wiring: &Wiring, node: usize, source: usize) -> Verdict {
    if source >= wiring.links(node).len() {
        return Ok(());
    }
    let spec = &graph.nodes.items()[node];
    let sources = spec.inputs.items();
    if !spec.layer.allows_repeat {
        let mut earlier = 0;
        while earlier < source {
            if same_source(&sources[earlier], &sources[source]) {
                let message = push_source(Message::new().name(spec.name).text(" joins "), &sources[source]);
                return Err(message.text(" twice; name another input, or write .allow_repeat() if it is meant"));
            }
            earlier += 1;
        }
    }
    if let Err(message) = embedding::source(graph, wiring, node, source) {
        return Err(message);
    }
    match wiring.links(node).get(source) {
        Link::Input(input) => Err(whole_input(graph, input)),
        Link::Column { input, column } => {
            let column = &graph.inputs.items()[input].schema.columns[column];
            let as_number = matches!(sources[source], Source::Column { as_number: true, .. });
            let is_code = column.dtype.is_integer() && column.shape.rank() == 0 && !as_number;
            let is_number = !matches!(column.dtype, Dtype::Text | Dtype::Class) && !is_code;
            if matches!(column.domain, Domain::Feature) && (is_number || embedding::looks_up(graph, node)) {
                return Ok(());
            }
            let message = push_source(Message::new(), &sources[source]);
            match column.domain {
                Domain::Feature => {}
                Domain::Target => {
                    let message = message.text(" is a #[target]; node ").name(spec.name);
                    return Err(message.text(" may read features only: ").list(features(graph, input).as_slice()));
                }
                Domain::Tag => {
                    let message = message.text(" is a #[tag]; nodes read features only; mark ").name(column.key);
                    return Err(message.text(" #[feat] if it should be learned from"));
                }
            }
            match column.dtype {
                Dtype::Class => {
                    let message = message.text(" is ").text(column.dtype.name()).text("; ").name(spec.name);
                    Err(message.text(" computes with numbers; make it numbers by a node Embedding::size(n)"))
                }
                Dtype::Text => {
                    let message = message.text(" is ").text(column.dtype.name()).text("; ").name(spec.name);
                    Err(message.text(" computes with numbers; encode it as a number or a [f32; n] feature"))
                }
                dtype => {
                    let message = message.text(" is ").text(dtype.name()).text(", perhaps a code; write ");
                    let message = message.text(graph.inputs.items()[input].name).text(".").text(column.key);
                    Err(message.text(".as_number() if it is an amount"))
                }
            }
        }
        Link::Node(_) | Link::Unknown => Ok(()),
    }
}

const fn same_source(a: &Source, b: &Source) -> bool {
    match (*a, *b) {
        (Source::Name(a), Source::Name(b)) => same(a, b),
        (Source::Column { input: a, column: b, .. }, Source::Column { input: c, column: d, .. }) => {
            same(a, c) && same(b, d)
        }
        _ => false,
    }
}

const fn features(graph: &GraphSpec, input: usize) -> Names {
    let columns = graph.inputs.items()[input].schema.columns;
    let mut names = Names::NONE;
    let mut i = 0;
    while i < columns.len() {
        if matches!(columns[i].domain, Domain::Feature) {
            names = names.with(columns[i].key);
        }
        i += 1;
    }
    names
}

const fn whole_input(graph: &GraphSpec, input: usize) -> Message {
    let name = graph.inputs.items()[input].name;
    let message = Message::new().name(name).text(" is a whole input; name one of its features: ");
    message.list(features(graph, input).as_slice())
}

/// Rule at the target of a node: the names are known. In the macros rustc itself refuses them.
pub const fn target_name(graph: &GraphSpec, node: usize) -> Verdict {
    let Some(target) = &graph.nodes.items()[node].target else { return Ok(()) };
    match input_named(graph, target.input) {
        None => Err(no_input(graph, target.input)),
        Some(input) => match column_named(graph, input, target.column) {
            None => Err(no_column(graph, input, target.column)),
            Some(_) => Ok(()),
        },
    }
}

/// Rule at the target of a node: it is a column that nodes predict.
pub const fn target(graph: &GraphSpec, node: usize) -> Verdict {
    let spec = &graph.nodes.items()[node];
    let Some(target) = &spec.target else { return Ok(()) };
    let Some(column) = target_column(graph, target) else { return Ok(()) };
    let path = Message::new().path(target.input, target.column);
    match column.domain {
        Domain::Tag => {
            return Err(path.text(" is a #[tag]; nodes predict targets; mark ").name(column.key).text(" #[target]"));
        }
        Domain::Feature if !target.reconstructs => {
            let message = Message::new().name(spec.name).text(" predicts the feature ").name(column.key);
            let message = message.text("; mark it #[target], or write `-> reconstructs ");
            return Err(message.text(target.input).text(".").text(target.column).text("`"));
        }
        _ => {}
    }
    if matches!(column.dtype, Dtype::Text) {
        return Err(path.text(" is String, which no node predicts; declare it with #[classes(..)]"));
    }
    Ok(())
}

/// Rule at the output shape that a node states, or else at its target: the two agree.
pub const fn target_shape(graph: &GraphSpec, wiring: &Wiring, node: usize) -> Verdict {
    let spec = &graph.nodes.items()[node];
    let Some(target) = &spec.target else { return Ok(()) };
    let Some(column) = target_column(graph, target) else { return Ok(()) };
    if self::target(graph, node).is_err() {
        return Ok(());
    }
    let expected = predicting_shape(column);
    let given = match spec.layer.shape {
        ShapeRule::Stated(stated) | ShapeRule::Convolved(stated) | ShapeRule::Setting { shape: stated, .. } => stated,
        _ => wiring.shape(node),
    };
    if let Some(given) = given
        && !given.same(&expected)
    {
        let message = Message::new().name(spec.name).text(" gives ").shape(&given).text(", but ");
        let message = message.path(target.input, target.column);
        let message = if matches!(column.dtype, Dtype::Class) {
            message.text(" has ").count(column.classes.len()).text(" classes")
        } else {
            message.text(" is ").shape(&expected)
        };
        return Err(match spec.layer.shape {
            ShapeRule::Stated(_) | ShapeRule::Convolved(_) | ShapeRule::Setting { .. } => {
                message.text("; leave the output shape out, and it is taken from the target")
            }
            _ => message.text("; put Linear::new() behind it, and let that predict"),
        });
    }
    Ok(())
}

/// Rule at a node's own optimizer: the node learns by steps, and the graph has no optimizer unless it is overridden.
pub const fn node_optimizer(graph: &GraphSpec, node: usize) -> Verdict {
    let spec = &graph.nodes.items()[node];
    let Some(own) = &spec.optimizer else { return Ok(()) };
    if !matches!(spec.layer.learns, Learns::BySteps) {
        let message = Message::new().name(spec.name).text(" (").text(spec.layer.name);
        return Err(message.text(") takes no steps and so no optimizer; remove the attribute"));
    }
    if graph.optimizer.is_some() && !own.overrides {
        let message = Message::new().name(spec.name).text(" has its own optimizer and ").name(graph.name);
        let message = message.text(" has one; write #[optimizer(override ").text(own.optimizer.name);
        return Err(message.text("::..)], or remove one"));
    }
    Ok(())
}

/// The settings of the graph's optimizer; none where it has none.
#[must_use]
pub const fn optimizer_settings(graph: &GraphSpec) -> Settings {
    match &graph.optimizer {
        Some(optimizer) => optimizer.settings,
        None => Settings::NONE,
    }
}

/// The settings of a node's own optimizer; none where it has none.
#[must_use]
pub const fn node_optimizer_settings(graph: &GraphSpec, node: usize) -> Settings {
    match &graph.nodes.items()[node].optimizer {
        Some(own) => own.optimizer.settings,
        None => Settings::NONE,
    }
}

/// Rule at an input of the graph: its schema has features, and a node reads it.
pub const fn input(graph: &GraphSpec, wiring: &Wiring, input: usize) -> Verdict {
    let spec = &graph.inputs.items()[input];
    if input >= MAX_INPUTS {
        let message = Message::new().text("input ").name(spec.name).text(": a graph has at most ").count(MAX_INPUTS);
        return Err(message.text(" inputs; put columns of one row into one schema"));
    }
    let mut earlier = 0;
    while earlier < input {
        if same(graph.inputs.items()[earlier].name, spec.name) {
            return Err(Message::new().text("input ").name(spec.name).text(" is declared twice; rename one"));
        }
        earlier += 1;
    }
    if features(graph, input).is_empty() {
        let message = Message::new().name(spec.schema.name).text(" has no #[feat]; a graph input needs at least one; ");
        return Err(message.text("mark a field"));
    }
    let mut node = 0;
    while node < node_count(graph) {
        let links = wiring.links(node);
        let mut i = 0;
        while i < links.len() {
            match links.get(i) {
                Link::Column { input: read, .. } | Link::Input(read) if read == input => return Ok(()),
                _ => {}
            }
            i += 1;
        }
        node += 1;
    }
    if misses_a_source(graph, wiring) {
        return Ok(());
    }
    let message = Message::new().text("input `").text(spec.name).text(": ").text(spec.schema.name);
    Err(message.text("` is never read; remove it or feed one of its features to a node"))
}

/// Every mistake in a graph.
#[must_use]
pub fn all(graph: &GraphSpec) -> Vec<Message> {
    let wiring = Wiring::of(graph);
    let mut verdicts = Vec::new();
    if let Some(optimizer) = &graph.optimizer {
        verdicts.push(optimizer.settings.check_all(optimizer.name));
    }
    if graph.nodes.is_empty() || graph.inputs.is_empty() {
        let message = Message::new().name(graph.name).text(" needs at least one input and one node");
        return vec![message];
    }
    verdicts.extend((0..graph.inputs.len()).map(|i| input(graph, &wiring, i)));
    for i in 0..graph.aligned.len() {
        verdicts.push(align::names(graph, i));
        verdicts.push(align::follower(graph, i));
        verdicts.push(align::key(graph, i));
    }
    for (node, spec) in graph.nodes.iter().enumerate().take(MAX_NODES) {
        verdicts.push(node_name(graph, &wiring, node));
        verdicts.push(spec.layer.settings.check_all(spec.name));
        verdicts.push(layer(graph, &wiring, node));
        verdicts.push(axis(graph, &wiring, node));
        for i in 0..spec.inputs.len() {
            verdicts.push(source_name(graph, &wiring, node, i));
            verdicts.push(source(graph, &wiring, node, i));
        }
        verdicts.push(target_name(graph, node));
        verdicts.push(target(graph, node));
        verdicts.push(target_shape(graph, &wiring, node));
        verdicts.push(node_optimizer(graph, node));
        if let Some(own) = &spec.optimizer {
            verdicts.push(own.optimizer.settings.check_all(own.optimizer.name));
        }
    }
    verdicts.into_iter().filter_map(Result::err).collect()
}
