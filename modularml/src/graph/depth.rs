//! How deep in a graph parameters are: what rates by depth count.

use super::model::ModelGraph;
use crate::plan::wiring::Link;

/// By node and parameter, how many layers stand behind it on the longest way to an output.
///
/// Layers are counted where they have parameters: the maps of an `Mlp`, the blocks of a `Cnn1d`, the layers of a recurrent
/// node, the elements of a `Sequential`, each of which is one whatever stands in it; every other node with parameters is one.
/// Whether a layer learns makes no difference.
pub(crate) struct Depths(Vec<Vec<usize>>);

impl Depths {
    /// Those of a graph.
    pub(crate) fn of(graph: &ModelGraph) -> Self {
        let count = graph.spec().nodes.len();
        let mut all = vec![Vec::new(); count];
        // By node, how many layers stand behind its last one.
        let mut behind = vec![0; count];
        for &node in graph.wiring().order().iter().rev() {
            let names = graph.parameters(node);
            let places: Vec<Option<usize>> = names.iter().map(|(name, _)| place(name)).collect();
            let mut layers = places.clone();
            layers.sort_unstable();
            layers.dedup();
            let own = behind.get(node).copied().unwrap_or_default();
            let depth = |place: &Option<usize>| own + layers.iter().filter(|layer| *layer > place).count();
            if let Some(depths) = all.get_mut(node) {
                *depths = places.iter().map(depth).collect();
            }
            for link in graph.wiring().links(node).iter() {
                if let Link::Node(read) = link
                    && let Some(behind) = behind.get_mut(read)
                {
                    *behind = (*behind).max(own + layers.len());
                }
            }
        }
        Self(all)
    }

    /// Those of the parameters of a node, in their order.
    pub(crate) fn of_node(&self, node: usize) -> impl Iterator<Item = usize> {
        self.0.get(node).into_iter().flatten().copied()
    }
}

/// The layer of a node that a parameter belongs to: 2 of `encoder.2.weight`, 1 of `memory.weight_ih_l1_reverse`; none where the
/// node is one layer.
fn place(name: &str) -> Option<usize> {
    let (_, within) = name.split_once('.')?;
    let first = within.split('.').next().unwrap_or_default();
    let recurrent = || first.trim_end_matches("_reverse").rsplit_once("_l").map(|(_, layer)| layer);
    first.parse().ok().or_else(|| recurrent()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn parameters_tell_their_layer() {
        for (name, expected) in [
            ("encoder.2.weight", Some(2)),
            ("encoder.0.self_attn.1.weight", Some(0)),
            ("memory.weight_ih_l1_reverse", Some(1)),
            ("memory.bias_hh_l0", Some(0)),
            ("soh.weight", None),
            ("block.linear1.weight", None),
            ("odd", None),
        ] {
            assert_eq!(place(name), expected, "{name}");
        }
    }
}
