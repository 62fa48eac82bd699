//! What is kept of a pass over rows for a table of predictions.

use candle_core::Tensor;

use super::feeds::BatchRows;
use super::model::Model;
use super::table::{Columns, PredictionTable};
use super::threshold::Chosen;
use crate::Result;
use crate::error::At as _;
use crate::graph::Outputs;
use crate::graph::kernel::device::f64s;

/// The outputs of some nodes, batch after batch.
pub(super) struct Kept<'a> {
    nodes: &'a [usize],
    /// By node.
    chunks: Vec<Vec<Tensor>>,
}

impl<'a> Kept<'a> {
    /// Of these nodes, in the order of declaration.
    pub(super) fn of(nodes: &'a [usize]) -> Self {
        Self { nodes, chunks: vec![Vec::new(); nodes.len()] }
    }

    /// Takes in what a batch gave.
    pub(super) fn add(&mut self, outputs: &Outputs) -> Result<()> {
        for (&node, chunks) in self.nodes.iter().zip(&mut self.chunks) {
            chunks.extend(outputs.zeroed(node, 0)?);
        }
        Ok(())
    }

    /// The table of all batches, which were of these rows, with what thresholds decide.
    pub(super) fn table(self, model: Model<'_>, rows: &BatchRows, chosen: &[Chosen]) -> Result<PredictionTable> {
        let graph = &model.plan.spec.graph;
        let mut table = Columns::default();
        for (prefix, view) in model.prefixed(rows) {
            table.rows(&prefix, view)?;
        }
        for (&node, chunks) in self.nodes.iter().zip(&self.chunks) {
            let Some(spec) = graph.nodes.items().get(node).filter(|_| !chunks.is_empty()) else { continue };
            let output = model.in_raw_units(node, spec.name, chunks, |input| rows.view(input, 0).ok())?;
            let numbers = f64s(&output).at(|| format!("predictions of `{}`", spec.name))?;
            table.output(spec, model.classes_of(spec), &numbers, output.dims());
            if let Some(chosen) = chosen.iter().find(|chosen| chosen.node == node) {
                let decided = numbers.iter().map(|score| chosen.decides(*score));
                table.decided(spec, model.classes_of(spec), decided);
            }
        }
        table.finish()
    }
}
