//! The features of an input, as messages name them.

use crate::spec::{Domain, GraphSpec};
use crate::text::Names;

/// The features of an input.
pub(super) const fn features(graph: &GraphSpec, input: usize) -> Names {
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
