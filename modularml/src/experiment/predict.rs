//! Predictions for rows outside the experiment.

use candle_core::Tensor;

use super::feeds::BatchRows;
use super::kept::Kept;
use super::model::Model;
use super::session::Session;
use super::table::PredictionTable;
use super::unknown::missing;
use crate::data::View;
use crate::graph::NodeOutputs;
use crate::text::Name;
use crate::{Error, Result};

/// The outputs of the nodes for some rows.
#[derive(Clone, Debug)]
pub struct Predictions {
    /// By node in the order of declaration; for a node that needs a column that was not given, which one that is.
    outputs: Vec<(Name, Result<Tensor, String>)>,
}

impl Predictions {
    /// The output of a node, `[rows, shape..]`; in raw units where the node predicts a scaled target whose
    /// scalers have an inverse, and with zeros in place of padding. Scalers such as `Absolute` have one only where the rows hold the target.
    ///
    /// # Errors
    /// When there is no such node, or an input that it reads was not given.
    pub fn get(&self, node: &str) -> Result<&Tensor> {
        let output = self.outputs.iter().find(|(name, _)| *name == node).and_then(|(_, output)| output.as_ref().ok());
        output.ok_or_else(|| missing("output", node, &self.names(), "the predictions"))
    }

    /// The outputs by position, for the typed outputs of a declared graph.
    #[must_use]
    pub fn into_outputs(self) -> NodeOutputs {
        NodeOutputs(self.outputs.into_iter().map(|(_, output)| output).collect())
    }

    /// The nodes whose outputs are there, in the order of declaration.
    #[must_use]
    pub fn names(&self) -> Vec<Name> {
        self.outputs.iter().filter(|(_, output)| output.is_ok()).map(|(name, _)| *name).collect()
    }
}

impl Session {
    /// What predicts of it.
    pub(super) fn model(&self) -> Model<'_> {
        Model { plan: &self.plan, graph: &self.graph, scales: &self.scales }
    }

    /// Runs the graph on rows, one view for each input in order, equally long; an input that is joined to another may
    /// have other rows, of which those with the same keys are taken. Features are scaled as they were for
    /// training; targets need not be there. A node that reads a column that is not there is left out.
    ///
    /// # Errors
    /// When there are no rows, inputs differ in length, or a node fails.
    pub fn predict(&self, data: &[View]) -> Result<Predictions> {
        self.model().predict(data)
    }

    /// A table of what the graph gives for rows, as [`predict`](Self::predict) takes them: of the nodes that predict a column
    /// or are marked as outputs, beside the ids, tags and targets that the rows have.
    ///
    /// # Errors
    /// As [`predict`](Self::predict), and when no such node can run because its columns are not there.
    pub fn prediction_table(&self, data: &[View]) -> Result<PredictionTable> {
        self.model().prediction_table(data)
    }
}

impl Model<'_> {
    /// What every node gives for rows, as [`Session::predict`].
    pub(super) fn predict(&self, data: &[View]) -> Result<Predictions> {
        let data = self.scaled(data)?;
        let nodes = self.predictable(&data);
        let mut chunks: Vec<Vec<Tensor>> = vec![Vec::new(); nodes.len()];
        self.in_chunks(&nodes, &data, |outputs| {
            for (&node, chunks) in nodes.iter().zip(&mut chunks) {
                chunks.extend(outputs.zeroed(node, 0)?);
            }
            Ok(())
        })?;
        let graph = &self.plan.spec.graph;
        let mut outputs = Vec::with_capacity(graph.nodes.len());
        for (node, spec) in graph.nodes.iter().enumerate() {
            let chunks = nodes.iter().zip(&chunks).find(|(position, _)| **position == node);
            outputs.push((
                spec.name,
                match chunks {
                    Some((_, chunks)) => Ok(self.in_raw_units(node, spec.name, chunks, |input| data.get(input))?),
                    None => Err(self.lacks(node, &data)),
                },
            ));
        }
        Ok(Predictions { outputs })
    }

    /// A table of it, as [`Session::prediction_table`].
    pub(super) fn prediction_table(&self, data: &[View]) -> Result<PredictionTable> {
        let data = self.scaled(data)?;
        let nodes = self.plan.spec.graph.nodes.iter().enumerate();
        let wanted: Vec<usize> =
            nodes.filter(|(_, node)| node.target.is_some() || node.output).map(|(position, _)| position).collect();
        let nodes: Vec<usize> =
            wanted.iter().copied().filter(|&node| self.missing_column(node, &data).is_none()).collect();
        if nodes.is_empty() {
            let why = wanted.first().map(|&node| self.lacks(node, &data));
            return Err(Error::Data(why.unwrap_or_else(|| {
                format!("graph `{}` predicts no column and marks no node as an output", self.plan.spec.graph.name)
            })));
        }
        let mut kept = Kept::of(&nodes);
        self.in_chunks(&nodes, &data, |outputs| kept.add(outputs))?;
        let mut rows = BatchRows::empty(data.len(), self.graph.dtype());
        for (input, view) in data.into_iter().enumerate() {
            rows.give(input, vec![view]);
        }
        kept.table(*self, &rows, &[])
    }
}
