//! From a description to its wiring: names become positions, nodes are ordered, shapes are inferred.

use super::inference::Inference;
use super::lookup::{MAX_LINKS, MAX_NODES, column_named, input_named, node_count, node_named, row_source};
use super::shapes::infer;
use super::wiring::{Link, Wiring};
use crate::spec::{GraphSpec, Source};
use crate::text::MAX_RANK;

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
