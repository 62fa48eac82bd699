//! What follows from a graph's description: who reads what, in which order, with which shapes.
//!
//! It is computed once a graph, in one constant, and every rule reads it.

use super::lookup::{MAX_INPUTS, MAX_LINKS, MAX_NODES};
use crate::spec::{Arity, GraphSpec};
use crate::text::{BitSet, MAX_RANK, Message, Shape};

/// How many refusals of layers with shape rules of their own are kept; further ones are told when these are mended.
const MAX_REFUSALS: usize = 4;

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

impl Link {
    /// How many bits of a number tell the kind of a link, and how many the input of a column.
    const KIND_BITS: u32 = 2;
    const INPUT_BITS: u32 = MAX_INPUTS.ilog2();

    /// The link as a number; one that does not fit, of an input too many, is as good as unknown.
    #[allow(clippy::cast_possible_truncation, reason = "what does not fit is told apart before")]
    pub(super) const fn encode(self) -> u32 {
        let (kind, place) = match self {
            Self::Node(node) => (1, node),
            Self::Input(input) if input < MAX_INPUTS => (2, input),
            Self::Column { input, column } if input < MAX_INPUTS => (3, input | column << Self::INPUT_BITS),
            _ => return 0,
        };
        if place > (u32::MAX >> Self::KIND_BITS) as usize { 0 } else { kind | (place as u32) << Self::KIND_BITS }
    }

    const fn decode(code: u32) -> Self {
        let place = (code >> Self::KIND_BITS) as usize;
        match code & 3 {
            1 => Self::Node(place),
            2 => Self::Input(place),
            3 => Self::Column { input: place & (MAX_INPUTS - 1), column: place >> Self::INPUT_BITS },
            _ => Self::Unknown,
        }
    }
}

/// What follows from a graph's description.
///
/// It holds plain numbers only: rustc validates a constant value by value, and skips over arrays of numbers.
#[derive(Clone, Copy)]
pub struct Wiring {
    /// What the nodes read, one node after the other, as [`Link::encode`] writes it.
    pub(super) links: [u32; MAX_LINKS],
    /// Where the links of each node begin; those of node `n` end where those of `n + 1` begin.
    pub(super) first: [usize; MAX_NODES + 1],
    pub(super) order: [usize; MAX_NODES],
    pub(super) ordered: usize,
    /// The nodes that are ordered.
    pub(super) in_order: BitSet,
    /// The nodes that another node reads.
    pub(super) read: BitSet,
    /// The nodes whose name an earlier node has.
    pub(super) repeated: BitSet,
    /// The nodes whose output has padding where rows are shorter than others.
    padded: BitSet,
    /// One more than the rank of a node's output; 0 where its shape is open.
    pub(super) ranks: [usize; MAX_NODES],
    /// The axes of the outputs, [`MAX_RANK`] for each node.
    pub(super) axes: [usize; MAX_NODES * MAX_RANK],
    /// The inputs of the graph whose rows reach the nodes, the words of one set after those of another.
    rows: [u128; MAX_NODES * BitSet::WORDS],
    /// How many of the ordered nodes have been looked at for their shape.
    pub(super) inferred: usize,
    /// The nodes whose layer, or a layer in it, refuses its inputs by a rule of its own, and why.
    refusing: [usize; MAX_REFUSALS],
    refusals: [Message; MAX_REFUSALS],
    refused: usize,
}

/// The shapes of what a node reads.
#[derive(Clone, Copy)]
pub struct InputShapes {
    shapes: [Shape; Arity::MOST_OF_OWN],
    len: usize,
}

impl InputShapes {
    /// One an input, in order.
    #[must_use]
    pub const fn shapes(&self) -> &[Shape] {
        let (used, _) = self.shapes.split_at(self.len);
        used
    }
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
        Link::decode(self.codes[self.first + i])
    }

    /// The inputs in order.
    pub fn iter(&self) -> impl Iterator<Item = Link> {
        (0..self.len()).map(|i| self.get(i))
    }
}

impl Wiring {
    #[allow(clippy::large_stack_arrays, reason = "constant evaluation has no heap")]
    pub(super) const EMPTY: Self = Self {
        links: [0; MAX_LINKS],
        first: [0; MAX_NODES + 1],
        order: [0; MAX_NODES],
        ordered: 0,
        in_order: BitSet::EMPTY,
        read: BitSet::EMPTY,
        repeated: BitSet::EMPTY,
        padded: BitSet::EMPTY,
        ranks: [0; MAX_NODES],
        axes: [0; MAX_NODES * MAX_RANK],
        rows: [0; MAX_NODES * BitSet::WORDS],
        inferred: 0,
        refusing: [0; MAX_REFUSALS],
        refusals: [Message::new(); MAX_REFUSALS],
        refused: 0,
    };

    /// What the inputs of a node are.
    #[must_use]
    pub const fn links(&self, node: usize) -> Links<'_> {
        let first = self.first[node];
        Links { codes: &self.links, first, len: self.first[node + 1] - first }
    }

    /// Whether an earlier node has the name of this one.
    pub(crate) const fn repeats_a_name(&self, node: usize) -> bool {
        self.repeated.contains(node)
    }

    /// Whether another node reads this one.
    pub(crate) const fn is_read(&self, node: usize) -> bool {
        self.read.contains(node)
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

    /// Whether the shapes of all that a node reads are known.
    pub(crate) const fn knows_inputs(&self, graph: &GraphSpec, node: usize) -> bool {
        let links = self.links(node);
        let mut i = 0;
        while i < links.len() {
            if self.link_shape(graph, links.get(i)).is_none() {
                return false;
            }
            i += 1;
        }
        true
    }

    /// The shapes of what a node reads, as far as they are known.
    #[must_use]
    pub const fn inputs(&self, graph: &GraphSpec, node: usize) -> InputShapes {
        let mut inputs = InputShapes { shapes: [Shape::SCALAR; Arity::MOST_OF_OWN], len: 0 };
        let links = self.links(node);
        let mut i = 0;
        while i < links.len() && inputs.len < inputs.shapes.len() {
            if let Some(shape) = self.link_shape(graph, links.get(i)) {
                inputs.shapes[inputs.len] = shape;
                inputs.len += 1;
            }
            i += 1;
        }
        inputs
    }

    pub(super) const fn set_shape(&mut self, node: usize, shape: &Shape) {
        self.ranks[node] = shape.rank() + 1;
        let mut axis = 0;
        while axis < shape.rank() {
            self.axes[node * MAX_RANK + axis] = shape.axis(axis);
            axis += 1;
        }
    }

    /// Leaves the shape of a node open, which a layer's own rule refuses.
    pub(super) const fn refuse(&mut self, node: usize, why: Message) {
        self.inferred += 1;
        if self.refused < MAX_REFUSALS {
            self.refusing[self.refused] = node;
            self.refusals[self.refused] = why;
            self.refused += 1;
        }
    }

    /// Why a layer's own rule refuses what a node reads.
    pub(crate) const fn refusal(&self, node: usize) -> Option<Message> {
        let mut i = 0;
        while i < self.refused {
            if self.refusing[i] == node {
                return Some(self.refusals[i]);
            }
            i += 1;
        }
        None
    }

    /// The first input whose rows reach a node; of a joined input, the left one.
    #[must_use]
    pub const fn input_of(&self, node: usize) -> Option<usize> {
        self.rows(node).first_from(0)
    }

    /// The inputs of the graph whose rows reach a node.
    pub(crate) const fn rows(&self, node: usize) -> BitSet {
        let mut words = [0; BitSet::WORDS];
        let mut word = 0;
        while word < BitSet::WORDS {
            words[word] = self.rows[node * BitSet::WORDS + word];
            word += 1;
        }
        BitSet::from_words(words)
    }

    pub(super) const fn set_rows(&mut self, node: usize, rows: &BitSet) {
        let mut word = 0;
        while word < BitSet::WORDS {
            self.rows[node * BitSet::WORDS + word] = rows.words()[word];
            word += 1;
        }
    }

    /// Whether the output of a node has padding where rows are shorter than others.
    pub(crate) const fn is_padded(&self, node: usize) -> bool {
        self.padded.contains(node)
    }

    /// Whether what a link gives has padding where rows are shorter than others.
    pub(crate) const fn is_link_padded(&self, graph: &GraphSpec, link: Link) -> bool {
        match link {
            Link::Node(node) => self.is_padded(node),
            Link::Column { input, column } => graph.inputs.items()[input].schema.columns[column].sequence.is_some(),
            Link::Input(_) | Link::Unknown => false,
        }
    }

    /// The first input of a node that has padding where rows are shorter than others.
    pub(crate) const fn padded_input(&self, graph: &GraphSpec, node: usize) -> Option<usize> {
        let links = self.links(node);
        let mut i = 0;
        while i < links.len() {
            if self.is_link_padded(graph, links.get(i)) {
                return Some(i);
            }
            i += 1;
        }
        None
    }

    pub(super) const fn set_padded(&mut self, node: usize) {
        self.padded.insert(node);
    }

    /// Whether a node could not be ordered, because it is on or behind a cycle.
    pub(crate) const fn is_stuck(&self, node: usize) -> bool {
        !self.in_order.contains(node)
    }

    /// The nodes that some nodes need, these included.
    #[must_use]
    pub const fn upstream(&self, mut needed: BitSet) -> BitSet {
        let mut place = self.ordered;
        while place > 0 {
            place -= 1;
            let reader = self.order[place];
            if needed.contains(reader) {
                let links = self.links(reader);
                let mut i = 0;
                while i < links.len() {
                    if let Link::Node(read) = links.get(i) {
                        needed.insert(read);
                    }
                    i += 1;
                }
            }
        }
        needed
    }
}
