//! Graphs that are made of others: nodes put in, taken out and joined anew.

use super::builder::GraphBuilder;
use super::layer::LayerSpec;
use super::model::ModelGraph;
use super::named::no_node;
use crate::Result;
use crate::source_line::SourceLine;
use crate::spec::{NodeSpec, Source};
use crate::text::{Name, intern};

/// Changes to the nodes that there are, one after the other; the rules look at the graph that comes of all of them, when it
/// is built.
impl GraphBuilder {
    /// Another layer in the place of that of a node; what the node reads and predicts stays.
    #[must_use]
    pub fn replace(self, node: &str, layer: impl Into<LayerSpec>) -> Self {
        let layer = layer.into();
        self.changed(node, |spec| spec.layer = layer)
    }

    /// A node reads something else: nodes (`"encoder"`) or columns (`"pulse.voltage"`).
    #[must_use]
    pub fn rewire<S: Into<Source>>(self, node: &str, reads: impl IntoIterator<Item = S>) -> Self {
        let reads: Vec<Source> = reads.into_iter().map(Into::into).collect();
        self.changed(node, |spec| spec.inputs = reads.into())
    }

    /// A new node behind another one; whatever read that one reads the new one.
    #[track_caller]
    #[must_use]
    pub fn insert_after(self, node: &str, name: &str, layer: impl Into<LayerSpec>) -> Self {
        let Some(at) = self.position(node) else { return self.unknown(node) };
        let (read, new) = (Source::from(node), new_node(name, layer.into(), vec![Source::from(node)]));
        self.with_nodes(|nodes| {
            for spec in nodes.iter_mut() {
                replace_source(spec, read, &[Source::from(name)]);
            }
            nodes.insert(at + 1, new);
        })
    }

    /// A new node before another one: it reads what that one read, which reads the new one alone.
    #[track_caller]
    #[must_use]
    pub fn insert_before(self, node: &str, name: &str, layer: impl Into<LayerSpec>) -> Self {
        let Some(at) = self.position(node) else { return self.unknown(node) };
        let (layer, line) = (layer.into(), SourceLine::of_caller());
        self.with_nodes(|nodes| {
            let Some(spec) = nodes.get_mut(at) else { return };
            let reads: Vec<Source> = spec.inputs.iter().copied().collect();
            spec.inputs = vec![Source::from(name)].into();
            nodes.insert(at, NodeSpec { line, ..new_node(name, layer, reads) });
        })
    }

    /// A new node between what a node reads, a node or a column, and that node.
    #[track_caller]
    #[must_use]
    pub fn insert_between(self, read: &str, node: &str, name: &str, layer: impl Into<LayerSpec>) -> Self {
        let Some(at) = self.position(node) else { return self.unknown(node) };
        let (source, new) = (Source::from(read), new_node(name, layer.into(), vec![Source::from(read)]));
        let reads =
            self.nodes().get(at).map(|spec| spec.inputs.iter().copied().collect::<Vec<_>>()).unwrap_or_default();
        if !reads.iter().any(|known| is_same(*known, source)) {
            let known: Vec<String> = reads.iter().map(|read| format!("`{}`", written(*read))).collect();
            return self.mistaken(format!("node `{node}` does not read `{read}`; it reads {}", known.join(", ")));
        }
        self.with_nodes(|nodes| {
            if let Some(spec) = nodes.get_mut(at) {
                replace_source(spec, source, &[Source::from(name)]);
            }
            nodes.insert(at, new);
        })
    }

    /// Takes a node out; whatever read it reads what it read.
    #[must_use]
    pub fn remove(self, node: &str) -> Self {
        let Some(at) = self.position(node) else { return self.unknown(node) };
        self.with_nodes(|nodes| {
            let removed = nodes.remove(at);
            let reads: Vec<Source> = removed.inputs.iter().copied().collect();
            for spec in nodes.iter_mut() {
                replace_source(spec, Source::from(removed.name), &reads);
            }
        })
    }

    /// The parameters of some nodes stay as they are.
    #[must_use]
    pub fn freeze<'n>(self, nodes: impl IntoIterator<Item = &'n str>) -> Self {
        nodes.into_iter().fold(self, |graph, node| graph.changed(node, |spec| spec.frozen = true))
    }

    /// Some nodes learn again.
    #[must_use]
    pub fn unfreeze<'n>(self, nodes: impl IntoIterator<Item = &'n str>) -> Self {
        nodes.into_iter().fold(self, |graph, node| graph.changed(node, |spec| spec.frozen = false))
    }

    fn changed(self, node: &str, change: impl FnOnce(&mut NodeSpec)) -> Self {
        let Some(at) = self.position(node) else { return self.unknown(node) };
        self.with_nodes(|nodes| {
            if let Some(spec) = nodes.get_mut(at) {
                change(spec);
            }
        })
    }

    fn position(&self, node: &str) -> Option<usize> {
        self.nodes().iter().position(|spec| spec.name == node)
    }

    fn unknown(self, node: &str) -> Self {
        let mistake = no_node(self.name(), self.nodes().iter(), node);
        self.mistaken(mistake)
    }
}

/// A graph that was made of another one.
pub struct Edited {
    /// The graph.
    pub graph: ModelGraph,
    /// The nodes that have the weights of the node of their name in the other graph.
    pub kept: Vec<Name>,
    /// The nodes whose weights are drawn anew: new ones, those with another layer or other settings, and those that read
    /// or give another shape.
    pub drawn: Vec<Name>,
}

impl ModelGraph {
    /// The graph with changes, on the same device; a node keeps its weights where its layer, settings and shapes stay.
    ///
    /// ```
    /// # use modularml::data::{ColumnSpec, Domain, Dtype, SchemaSpec, Shape};
    /// # use modularml::graph::{Adam, GraphBuilder, LayerNorm, Linear, Mlp, Reads};
    /// # const PULSE: SchemaSpec = SchemaSpec {
    /// #     name: "Pulse",
    /// #     columns: &[
    /// #         ColumnSpec::new("voltage", Domain::Feature, Dtype::F32, Shape::new(&[101])),
    /// #         ColumnSpec::new("soh", Domain::Target, Dtype::F32, Shape::SCALAR),
    /// #     ],
    /// # };
    /// let graph = GraphBuilder::new("SohNet")
    ///     .input("pulse", PULSE)
    ///     .optimizer(Adam::lr(1e-3))
    ///     .node("encoder", Mlp::hidden([64]).output([16]), ["pulse.voltage"])
    ///     .node("soh", Linear::new(), Reads::of(["encoder"]).predicts("pulse.soh"))
    ///     .build(42)?;
    /// let edited = graph.edited(|graph| graph.insert_after("encoder", "norm", LayerNorm::new()).freeze(["encoder"]))?;
    /// assert_eq!(edited.kept, ["encoder", "soh"]);
    /// assert_eq!(edited.drawn, ["norm"]);
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`](crate::Error::Refused) with one line a mistake, in a change or in the graph that comes of them.
    pub fn edited(&self, change: impl FnOnce(GraphBuilder) -> GraphBuilder) -> Result<Edited> {
        let mut graph = change(GraphBuilder::of(self.spec().clone())).build(self.seed())?;
        if graph.device_name() != self.device_name() {
            graph.device(&self.device_name())?;
        }
        let (kept, drawn) = graph.take_nodes_of(self)?;
        Ok(Edited { graph, kept, drawn })
    }

    /// Draws the weights of some nodes anew, as a graph that is built with this seed has them; what was fitted is
    /// forgotten.
    ///
    /// # Errors
    /// When there is no such node; nothing is changed then.
    pub fn reset<'n>(&mut self, nodes: impl IntoIterator<Item = &'n str>, seed: u64) -> Result<()> {
        let nodes: Vec<&str> = nodes.into_iter().collect();
        let spec = self.spec();
        if let Some(wrong) = nodes.iter().find(|node| spec.nodes.iter().all(|spec| spec.name != **node)) {
            return Err(self.no_node(wrong));
        }
        let mut state = self.state()?;
        let drawn = Self::build(spec.clone(), seed)?.state()?;
        let is_reset = |key: &str| key.split_once('.').is_some_and(|(node, _)| nodes.contains(&node));
        state.retain(|key, _| !is_reset(key));
        state.extend(drawn.into_iter().filter(|(key, _)| is_reset(key)));
        self.set_state(&state)
    }
}

#[track_caller]
fn new_node(name: &str, layer: LayerSpec, reads: Vec<Source>) -> NodeSpec {
    NodeSpec {
        name: intern(name),
        layer,
        inputs: reads.into(),
        target: None,
        output: false,
        frozen: false,
        optimizer: None,
        line: SourceLine::of_caller(),
    }
}

fn replace_source(spec: &mut NodeSpec, old: Source, new: &[Source]) {
    if !spec.inputs.iter().any(|source| is_same(*source, old)) {
        return;
    }
    let replaced = |source: &Source| if is_same(*source, old) { new.to_vec() } else { vec![*source] };
    spec.inputs = spec.inputs.iter().flat_map(replaced).collect::<Vec<_>>().into();
}

/// Whether two name the same; a column may be read as an amount.
fn is_same(a: Source, b: Source) -> bool {
    a.as_number() == b.as_number()
}

fn written(source: Source) -> String {
    match source {
        Source::Name(name) => name.to_owned(),
        Source::Column { input, column, .. } => format!("{input}.{column}"),
    }
}
