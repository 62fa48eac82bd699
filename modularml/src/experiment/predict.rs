//! Predictions for rows outside the experiment.

use candle_core::Tensor;

use super::binding::{Scale, transform};
use super::evaluate::raw_units;
use super::feeds::{BatchRows, EVAL_ROWS};
use super::kept::Kept;
use super::session::Session;
use super::table::PredictionTable;
use super::unknown::missing;
use crate::data::View;
use crate::error::At as _;
use crate::graph::{NodeOutputs, Outputs, side_by_side};
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
    /// Runs the graph on rows, one view for each input in order, equally long; an input that is joined to another may
    /// have other rows, of which those with the same keys are taken. Features are scaled as they were for
    /// training; targets need not be there. A node that reads a column that is not there is left out.
    ///
    /// # Errors
    /// When there are no rows, inputs differ in length, or a node fails.
    pub fn predict(&self, data: &[View]) -> Result<Predictions> {
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

    /// A table of what the graph gives for rows, as [`predict`](Self::predict) takes them: of the nodes that predict a column
    /// or are marked as outputs, beside the ids, tags and targets that the rows have.
    ///
    /// # Errors
    /// As [`predict`](Self::predict), and when no such node can run because its columns are not there.
    pub fn prediction_table(&self, data: &[View]) -> Result<PredictionTable> {
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
        kept.table(self, &rows, &[])
    }

    /// Rows of all inputs side by side, equally many, with what is scaled of them.
    fn scaled(&self, data: &[View]) -> Result<Vec<View>> {
        let graph = &self.plan.spec.graph;
        if data.len() != graph.inputs.len() {
            return Err(Error::Data(format!(
                "graph `{}` has {} inputs, {} data sets are given",
                graph.name,
                graph.inputs.len(),
                data.len()
            )));
        }
        let data = side_by_side(graph, data.to_vec())?;
        let rows = data.first().map_or(0, View::len);
        if rows == 0 || data.iter().any(|view| view.len() != rows) {
            let counts: Vec<String> = data.iter().map(|view| view.len().to_string()).collect();
            return Err(Error::Data(format!(
                "to predict, give every input equally many rows, at least one; there are {}",
                counts.join(", ")
            )));
        }
        let there = |scale: &&Scale| data.get(scale.input).is_some_and(|view| view.shape(scale.chain.column()).is_ok());
        transform(data.clone(), self.scales.iter().filter(there))
    }

    /// Runs nodes on rows, so many at once.
    fn in_chunks(&self, nodes: &[usize], data: &[View], mut take: impl FnMut(&Outputs) -> Result<()>) -> Result<()> {
        let still = vec![false; self.plan.spec.graph.nodes.len()];
        let rows = data.first().map_or(0, View::len);
        let count = u32::try_from(rows).map_err(|_| Error::Data(format!("{rows} rows are too many")))?;
        let positions: Vec<u32> = (0..count).collect();
        for positions in positions.chunks(EVAL_ROWS) {
            let mut batch = BatchRows::empty(data.len(), self.graph.dtype());
            for (input, view) in data.iter().enumerate() {
                batch.give(input, vec![view.take(positions)?]);
            }
            take(&self.graph.run(nodes, &still, &batch, None)?)?;
        }
        Ok(())
    }

    /// The joined output of a node, in raw units where it predicts a scaled target.
    pub(super) fn in_raw_units<'v>(
        &self,
        node: usize,
        name: Name,
        chunks: &[Tensor],
        rows: impl Fn(usize) -> Option<&'v View>,
    ) -> Result<Tensor> {
        let at = || format!("predictions of `{name}`");
        let output = Tensor::cat(chunks, 0).at(at)?;
        let scale = self.plan.predicts.get(node).copied().flatten().and_then(|scale| self.scales.get(scale));
        let Some(Scale { input, chain }) = scale else { return Ok(output) };
        let Some(rows) = rows(*input) else { return Ok(output) };
        if !chain.inverts() || (chain.needs_sample() && rows.shape(chain.column()).is_err()) {
            return Ok(output);
        }
        raw_units(chain, &output, rows)?.to_dtype(output.dtype()).at(at)
    }

    /// The nodes all of whose columns are there, in the order of declaration.
    fn predictable(&self, data: &[View]) -> Vec<usize> {
        (0..self.plan.spec.graph.nodes.len()).filter(|&node| self.missing_column(node, data).is_none()).collect()
    }

    /// The first column that is not there, of those that a node and all that it reads need.
    fn missing_column(&self, node: usize, data: &[View]) -> Option<(usize, Name)> {
        let is_missing = |(input, key): &(usize, Name)| data.get(*input).is_none_or(|view| view.shape(key).is_err());
        self.graph.needed(&[node]).iter().find_map(|&node| self.graph.columns(node).find(is_missing))
    }

    /// Why a node did not run.
    fn lacks(&self, node: usize, data: &[View]) -> String {
        let graph = &self.plan.spec.graph;
        let name = |position: usize| graph.inputs.items().get(position).map_or("?", |input| input.name);
        let node_name = graph.nodes.items().get(node).map_or("?", |node| node.name);
        self.missing_column(node, data).map_or_else(
            || format!("node `{node_name}` did not run"),
            |(input, key)| {
                format!("node `{node_name}` did not run: the rows of `{}` have no column `{key}`", name(input))
            },
        )
    }
}
