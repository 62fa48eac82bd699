//! What follows from a graph's description: who reads what, in which order, with which shapes.
//!
//! It is computed once a graph, in one constant, and every rule reads it.

use super::align::row_source;
use super::shapes::{Inference, infer};
use crate::data::{ColumnSpec, Dtype};
use crate::graph::{GraphSpec, Source, TargetSpec};
use crate::text::Message;
use crate::text::position;
use crate::text::{MAX_RANK, Shape};
use crate::text::{Names, unknown};

/// The most nodes that a graph may have.
pub const MAX_NODES: usize = 512;
/// The most inputs that the nodes of a graph may have together.
pub const MAX_LINKS: usize = 1024;

/// What an input of a node turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The output of a node.
    Node(usize),
    /// A column of an input of the graph.
    Column {
        /// The input.
        input: usize,
        /// The column in the input's schema.
        column: usize,
    },
    /// An input of the graph as a whole.
    Input(usize),
    /// A name that nothing has.
    Unknown,
}

/// What follows from a graph's description.
///
/// It holds plain numbers only: rustc validates a constant value by value, and skips over arrays of numbers.
#[derive(Clone, Copy)]
pub struct Wiring {
    /// What the nodes read, one node after the other, as [`encode`] writes it.
    links: [u32; MAX_LINKS],
    /// Where the links of each node begin; those of node `n` end where those of `n + 1` begin.
    first: [usize; MAX_NODES + 1],
    order: [usize; MAX_NODES],
    ordered: usize,
    /// 1 for nodes that are ordered.
    is_ordered: [u8; MAX_NODES],
    /// 1 for nodes that another node reads.
    is_read: [u8; MAX_NODES],
    /// One more than the rank of a node's output; 0 where its shape is open.
    ranks: [usize; MAX_NODES],
    /// The axes of the outputs, [`MAX_RANK`] for each node.
    axes: [usize; MAX_NODES * MAX_RANK],
    /// The inputs of the graph whose rows reach a node, a bit each.
    rows: [u64; MAX_NODES],
}

/// What a node reads.
///
/// Positions and not a slice: splitting a slice is the slowest thing there is in constant evaluation.
#[derive(Clone, Copy)]
pub struct Links<'a> {
    codes: &'a [u32; MAX_LINKS],
    first: usize,
    len: usize,
}

impl Links<'_> {
    /// How many inputs the node has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether the node has no inputs.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The input at a position below [`Links::len`].
    #[must_use]
    pub const fn get(&self, i: usize) -> Link {
        let code = self.codes[self.first + i] as usize;
        match code & 3 {
            1 => Link::Node(code >> 2),
            2 => Link::Input(code >> 2),
            3 => Link::Column { input: code >> 2 & 0xff, column: code >> 10 },
            _ => Link::Unknown,
        }
    }

    /// The inputs in order.
    pub fn iter(&self) -> impl Iterator<Item = Link> {
        (0..self.len()).map(|i| self.get(i))
    }
}

/// A link as a number; one that does not fit, of an input beyond the 256th, is as good as unknown.
#[allow(clippy::cast_possible_truncation, reason = "what does not fit is told apart before")]
const fn encode(link: Link) -> u32 {
    match link {
        Link::Node(node) => 1 | (node as u32) << 2,
        Link::Input(input) if input < 256 => 2 | (input as u32) << 2,
        Link::Column { input, column } if input < 256 && column < 1 << 22 => {
            3 | (input as u32) << 2 | (column as u32) << 10
        }
        _ => 0,
    }
}

impl Wiring {
    #[allow(clippy::large_stack_arrays, reason = "constant evaluation has no heap")]
    /// Resolves all names, orders the nodes and infers their shapes.
    #[must_use]
    pub const fn of(graph: &GraphSpec) -> Self {
        let mut wiring = Self {
            links: [0; MAX_LINKS],
            first: [0; MAX_NODES + 1],
            order: [0; MAX_NODES],
            ordered: 0,
            is_ordered: [0; MAX_NODES],
            is_read: [0; MAX_NODES],
            ranks: [0; MAX_NODES],
            axes: [0; MAX_NODES * MAX_RANK],
            rows: [0; MAX_NODES],
        };
        let count = node_count(graph);
        let mut node = 0;
        while node < count {
            let sources = graph.nodes.items()[node].inputs.items();
            let mut end = wiring.first[node];
            let mut i = 0;
            while i < sources.len() && end < MAX_LINKS {
                let link = resolve(graph, &sources[i]);
                if let Link::Node(read) = link {
                    wiring.is_read[read] = 1;
                }
                wiring.links[end] = encode(link);
                end += 1;
                i += 1;
            }
            node += 1;
            wiring.first[node] = end;
        }
        wiring.put_in_order(graph);
        let mut place = 0;
        while place < wiring.ordered {
            let node = wiring.order[place];
            wiring.rows[node] = wiring.rows_of(graph, node);
            if let Inference::Known(shape) = infer(graph, &wiring, node) {
                wiring.ranks[node] = shape.rank() + 1;
                let mut axis = 0;
                while axis < shape.rank() {
                    wiring.axes[node * MAX_RANK + axis] = shape.axis(axis);
                    axis += 1;
                }
            }
            place += 1;
        }
        wiring
    }

    /// What the inputs of a node are.
    #[must_use]
    pub const fn links(&self, node: usize) -> Links<'_> {
        let first = self.first[node];
        Links { codes: &self.links, first, len: self.first[node + 1] - first }
    }

    /// Whether another node reads this one.
    pub(crate) const fn is_read(&self, node: usize) -> bool {
        self.is_read[node] == 1
    }

    /// The nodes, each after all that it reads; nodes on or behind a cycle are left out.
    #[must_use]
    pub const fn order(&self) -> &[usize] {
        let (used, _) = self.order.split_at(self.ordered);
        used
    }

    /// Whether the output shape of a node is known.
    pub(crate) const fn has_shape(&self, node: usize) -> bool {
        self.ranks[node] != 0
    }

    /// The output shape of a node, where no mistake leaves it open.
    #[must_use]
    pub const fn shape(&self, node: usize) -> Option<Shape> {
        if self.ranks[node] == 0 {
            return None;
        }
        let rank = self.ranks[node] - 1;
        let mut shape = Shape::SCALAR;
        while shape.rank() < rank {
            shape = shape.with_last(self.axes[node * MAX_RANK + shape.rank()]);
        }
        Some(shape)
    }

    /// The shape of what a link gives, where no mistake leaves it open.
    pub(crate) const fn link_shape(&self, graph: &GraphSpec, link: Link) -> Option<Shape> {
        match link {
            Link::Node(node) => self.shape(node),
            Link::Column { input, column } => Some(graph.inputs.items()[input].schema.columns[column].shape),
            Link::Input(_) | Link::Unknown => None,
        }
    }

    /// The first input whose rows reach a node; of inputs that follow another one, that one.
    #[must_use]
    pub const fn input_of(&self, node: usize) -> Option<usize> {
        if self.rows[node] == 0 { None } else { Some(self.rows[node].trailing_zeros() as usize) }
    }

    /// The inputs of the graph whose rows reach a node, a bit each.
    pub(crate) const fn rows(&self, node: usize) -> u64 {
        self.rows[node]
    }

    /// Whether a node could not be ordered, because it is on or behind a cycle.
    pub(crate) const fn is_stuck(&self, node: usize) -> bool {
        self.is_ordered[node] == 0
    }

    /// The nodes that `node` needs, itself included, as flags.
    #[must_use]
    pub const fn upstream(&self, node: usize) -> [bool; MAX_NODES] {
        let mut needed = [false; MAX_NODES];
        needed[node] = true;
        let mut place = self.ordered;
        while place > 0 {
            place -= 1;
            let reader = self.order[place];
            if needed[reader] {
                let links = self.links(reader);
                let mut i = 0;
                while i < links.len() {
                    if let Link::Node(read) = links.get(i) {
                        needed[read] = true;
                    }
                    i += 1;
                }
            }
        }
        needed
    }

    const fn put_in_order(&mut self, graph: &GraphSpec) {
        let count = node_count(graph);
        loop {
            let before = self.ordered;
            let mut node = 0;
            while node < count {
                if self.is_stuck(node) && self.is_ready(node) {
                    self.is_ordered[node] = 1;
                    self.order[self.ordered] = node;
                    self.ordered += 1;
                }
                node += 1;
            }
            if self.ordered == before || self.ordered == count {
                return;
            }
        }
    }

    const fn is_ready(&self, node: usize) -> bool {
        let links = self.links(node);
        let mut i = 0;
        while i < links.len() {
            if let Link::Node(read) = links.get(i)
                && self.is_stuck(read)
            {
                return false;
            }
            i += 1;
        }
        true
    }

    const fn rows_of(&self, graph: &GraphSpec, node: usize) -> u64 {
        let links = self.links(node);
        let mut rows = 0;
        let mut i = 0;
        while i < links.len() {
            rows |= match links.get(i) {
                Link::Node(read) => self.rows[read],
                Link::Column { input, .. } | Link::Input(input) => 1 << (row_source(graph, input) & 63),
                Link::Unknown => 0,
            };
            i += 1;
        }
        rows
    }
}

/// How many nodes the rules look at.
pub(crate) const fn node_count(graph: &GraphSpec) -> usize {
    if graph.nodes.len() < MAX_NODES { graph.nodes.len() } else { MAX_NODES }
}

/// The node of that name; the first one where several have it.
#[must_use]
pub const fn node_named(graph: &GraphSpec, name: &str) -> Option<usize> {
    let nodes = graph.nodes.items();
    position!(nodes.len(), i => nodes[i].name, name)
}

/// The graph's input of that name.
#[must_use]
pub const fn input_named(graph: &GraphSpec, name: &str) -> Option<usize> {
    let inputs = graph.inputs.items();
    position!(inputs.len(), i => inputs[i].name, name)
}

/// The position of a column in the schema of an input.
#[must_use]
pub const fn column_named(graph: &GraphSpec, input: usize, key: &str) -> Option<usize> {
    let columns = graph.inputs.items()[input].schema.columns;
    position!(columns.len(), i => columns[i].key, key)
}

/// The column that a node predicts, where its names are known.
#[must_use]
pub const fn target_column(graph: &GraphSpec, target: &TargetSpec) -> Option<&'static ColumnSpec> {
    match input_named(graph, target.input) {
        Some(input) => graph.inputs.items()[input].schema.column(target.column),
        None => None,
    }
}

/// The output shape that predicts a column: one value a class, or the column's own shape.
#[must_use]
pub const fn predicting_shape(column: &ColumnSpec) -> Shape {
    match column.dtype {
        Dtype::Class => Shape::new(&[column.classes.len()]),
        _ => column.shape,
    }
}

const fn resolve(graph: &GraphSpec, source: &Source) -> Link {
    match *source {
        Source::Name(name) => match node_named(graph, name) {
            Some(node) if node < MAX_NODES => Link::Node(node),
            _ => match input_named(graph, name) {
                Some(input) => Link::Input(input),
                None => Link::Unknown,
            },
        },
        Source::Column { input, column, .. } => match input_named(graph, input) {
            Some(input) => match column_named(graph, input, column) {
                Some(column) => Link::Column { input, column },
                None => Link::Unknown,
            },
            None => Link::Unknown,
        },
    }
}

/// The columns of an input, for messages.
pub(crate) const fn column_names(graph: &GraphSpec, input: usize) -> Names {
    let columns = graph.inputs.items()[input].schema.columns;
    let mut names = Names::NONE;
    let mut i = 0;
    while i < columns.len() {
        names = names.with(columns[i].key);
        i += 1;
    }
    names
}

/// The nodes of a graph, for messages.
pub(crate) const fn node_names(graph: &GraphSpec) -> Names {
    let nodes = graph.nodes.items();
    let mut names = Names::NONE;
    let mut i = 0;
    while i < nodes.len() {
        names = names.with(nodes[i].name);
        i += 1;
    }
    names
}

/// The inputs of a graph, for messages.
pub(crate) const fn input_names(graph: &GraphSpec) -> Names {
    let inputs = graph.inputs.items();
    let mut names = Names::NONE;
    let mut i = 0;
    while i < inputs.len() {
        names = names.with(inputs[i].name);
        i += 1;
    }
    names
}

/// "no column `volatge` in `Pulse`; did you mean `voltage`? columns: ..".
pub(crate) const fn no_column(graph: &GraphSpec, input: usize, wrong: &str) -> Message {
    let place = Message::new().text("in ").name(graph.inputs.items()[input].schema.name);
    unknown("column", wrong, place, "columns", &column_names(graph, input))
}

/// Appends what an input of a node is called: `` `encoder` `` or `` `pulse.voltage` ``.
pub(crate) const fn push_source(message: Message, source: &Source) -> Message {
    match *source {
        Source::Name(name) => message.name(name),
        Source::Column { input, column, .. } => message.path(input, column),
    }
}
