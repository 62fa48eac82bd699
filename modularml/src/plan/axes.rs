//! What the two axes of a node's output mean: `[channels, length]`, as convolutions have them, or `[length, width]`, as
//! sequences do.

use super::sequence::elements_of;
use super::wiring::{Link, Wiring};
use crate::spec::{GraphSpec, LayerSpec, ShapeRule};

/// What the axes of a value mean.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Axes {
    ChannelsFirst,
    LengthFirst,
    /// Nothing, or what nobody says: a column of fixed size, a layer of one's own.
    Unknown,
}

/// What a layer makes of the axes that it reads.
#[derive(Clone, Copy)]
enum Step {
    Gives(Axes),
    Keeps,
    Swaps,
}

impl Axes {
    /// How the axes are called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ChannelsFirst => "[channels, length]",
            Self::LengthFirst => "[length, width]",
            Self::Unknown => "axes without a meaning",
        }
    }

    const fn swapped(self) -> Self {
        match self {
            Self::ChannelsFirst => Self::LengthFirst,
            Self::LengthFirst => Self::ChannelsFirst,
            Self::Unknown => Self::Unknown,
        }
    }

    /// Whether one stands where the other is wanted.
    pub(crate) const fn contradicts(self, wanted: Self) -> bool {
        matches!((self, wanted), (Self::ChannelsFirst, Self::LengthFirst) | (Self::LengthFirst, Self::ChannelsFirst))
    }

    /// What a layer gives that reads these.
    pub(crate) const fn behind(self, layer: &LayerSpec) -> Self {
        match step(layer) {
            Step::Gives(axes) => axes,
            Step::Keeps => self,
            Step::Swaps => self.swapped(),
        }
    }
}

/// The axes that a layer reads.
pub(crate) const fn wanted(layer: &LayerSpec) -> Axes {
    match layer.shape {
        ShapeRule::Window(_)
        | ShapeRule::Spread { .. }
        | ShapeRule::Resized { .. }
        | ShapeRule::Covered(_)
        | ShapeRule::PerChannel => Axes::ChannelsFirst,
        ShapeRule::Recurrent { .. } | ShapeRule::Attention { .. } | ShapeRule::WithoutPositions => Axes::LengthFirst,
        ShapeRule::Sequence | ShapeRule::Residual => match elements_of(layer) {
            [first, ..] => wanted(first),
            [] => Axes::Unknown,
        },
        _ => Axes::Unknown,
    }
}

const fn step(layer: &LayerSpec) -> Step {
    match layer.shape {
        ShapeRule::Window(window) | ShapeRule::Spread { window, .. } if window.spatial == 1 => {
            Step::Gives(Axes::ChannelsFirst)
        }
        ShapeRule::Recurrent { last: false, .. } | ShapeRule::Attention { .. } => Step::Gives(Axes::LengthFirst),
        ShapeRule::Same { .. }
        | ShapeRule::Grouped { .. }
        | ShapeRule::Width(_)
        | ShapeRule::Embedded { .. }
        | ShapeRule::Resized { .. }
        | ShapeRule::Covered(_)
        | ShapeRule::Equal
        | ShapeRule::Concat { .. }
        | ShapeRule::Residual => Step::Keeps,
        ShapeRule::Transposed => Step::Swaps,
        ShapeRule::Sequence => {
            let elements = elements_of(layer);
            let (mut swaps, mut i) = (false, elements.len());
            while i > 0 {
                i -= 1;
                match step(&elements[i]) {
                    Step::Gives(axes) => return Step::Gives(if swaps { axes.swapped() } else { axes }),
                    Step::Keeps => {}
                    Step::Swaps => swaps = !swaps,
                }
            }
            if swaps { Step::Swaps } else { Step::Keeps }
        }
        _ => Step::Gives(Axes::Unknown),
    }
}

/// The axes of what a node reads first.
pub(crate) const fn read_by(graph: &GraphSpec, wiring: &Wiring, node: usize) -> Axes {
    let (mut at, mut swaps) = (node, false);
    while !wiring.is_stuck(at) {
        let links = wiring.links(at);
        if links.is_empty() {
            break;
        }
        let read = match links.get(0) {
            Link::Node(read) => read,
            // Rows of different lengths stand one position after the other.
            column if wiring.is_link_padded(graph, column) => {
                return if swaps { Axes::ChannelsFirst } else { Axes::LengthFirst };
            }
            _ => break,
        };
        match step(&graph.nodes.items()[read].layer) {
            Step::Gives(axes) => return if swaps { axes.swapped() } else { axes },
            Step::Keeps => {}
            Step::Swaps => swaps = !swaps,
        }
        at = read;
    }
    Axes::Unknown
}
