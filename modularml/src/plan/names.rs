//! The nodes of a graph by name, found without a search: constants compare slowly.

use super::lookup::{MAX_NODES, node_count};
use crate::spec::GraphSpec;
use crate::text::{BitSet, same};

/// Twice as many places as there are nodes, so that few names meet.
const PLACES: usize = 2 * MAX_NODES;

/// A table of nodes by name; of several of one name the first.
pub(super) struct NodeNames {
    /// One more than the node; 0 where there is none.
    places: [usize; PLACES],
    /// The nodes whose name an earlier one has.
    pub(super) repeated: BitSet,
}

impl NodeNames {
    pub(super) const fn of(graph: &GraphSpec) -> Self {
        let mut names = Self { places: [0; PLACES], repeated: BitSet::EMPTY };
        let nodes = graph.nodes.items();
        let mut node = 0;
        while node < node_count(graph) {
            let place = names.place(graph, nodes[node].name);
            if names.places[place] == 0 {
                names.places[place] = node + 1;
            } else {
                names.repeated.insert(node);
            }
            node += 1;
        }
        names
    }

    /// The node of that name.
    pub(super) const fn find(&self, graph: &GraphSpec, name: &str) -> Option<usize> {
        self.places[self.place(graph, name)].checked_sub(1)
    }

    /// Where a name stands, or would stand.
    const fn place(&self, graph: &GraphSpec, name: &str) -> usize {
        let nodes = graph.nodes.items();
        let mut place = hash(name.as_bytes()) % PLACES;
        while self.places[place] > 0 && !same(nodes[self.places[place] - 1].name, name) {
            place = (place + 1) % PLACES;
        }
        place
    }
}

/// A number by which names differ, from their last letters, where names in a row such as `layer1` and `layer2` differ.
const fn hash(name: &[u8]) -> usize {
    let (mut hash, mut i) = (name.len(), 0);
    while i < 4 && i < name.len() {
        hash = hash * 37 + name[name.len() - 1 - i] as usize;
        i += 1;
    }
    hash
}
