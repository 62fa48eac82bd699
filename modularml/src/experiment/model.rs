//! What predicts: a plan, the weights of its graph, and fitted scalers.

use candle_core::Tensor;

use super::binding::{Scale, transform};
use super::feeds::{BatchRows, EVAL_ROWS};
use super::raw_units::raw_units;
use crate::data::{Dtype, View};
use crate::error::At as _;
use crate::graph::{ModelGraph, Outputs, side_by_side};
use crate::plan::phase::Plan;
use crate::spec::NodeSpec;
use crate::text::Name;
use crate::{Error, Result};

/// The parts of a session, or of a predictor, that predict.
#[derive(Clone, Copy)]
pub(super) struct Model<'a> {
    pub plan: &'a Plan,
    pub graph: &'a ModelGraph,
    pub scales: &'a [Scale],
}

impl Model<'_> {
    /// Rows of all inputs side by side, equally many, with what is scaled of them.
    pub(super) fn scaled(&self, data: &[View]) -> Result<Vec<View>> {
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
    pub(super) fn in_chunks(
        &self,
        nodes: &[usize],
        data: &[View],
        mut take: impl FnMut(&Outputs) -> Result<()>,
    ) -> Result<()> {
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
        let Some(Scale { input, chain }) = self.predicted_scale(node) else { return Ok(output) };
        let Some(rows) = rows(*input) else { return Ok(output) };
        if !chain.inverts() || (chain.needs_sample() && rows.shape(chain.column()).is_err()) {
            return Ok(output);
        }
        raw_units(chain, &output, Some(rows))?.to_dtype(output.dtype()).at(at)
    }

    /// How the column is scaled that a node predicts.
    pub(super) fn predicted_scale(&self, node: usize) -> Option<&Scale> {
        self.plan.predicts.get(node).copied().flatten().and_then(|scale| self.scales.get(scale))
    }

    /// The nodes all of whose columns are there, in the order of declaration.
    pub(super) fn predictable(&self, data: &[View]) -> Vec<usize> {
        (0..self.plan.spec.graph.nodes.len()).filter(|&node| self.missing_column(node, data).is_none()).collect()
    }

    /// The first column that is not there, of those that a node and all that it reads need.
    pub(super) fn missing_column(&self, node: usize, data: &[View]) -> Option<(usize, Name)> {
        let is_missing = |(input, key): &(usize, Name)| data.get(*input).is_none_or(|view| view.shape(key).is_err());
        self.graph.needed(&[node]).iter().find_map(|&node| self.graph.columns(node).find(is_missing))
    }

    /// Why a node did not run.
    pub(super) fn lacks(&self, node: usize, data: &[View]) -> String {
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

    /// The rows of each input that has some, beside what their columns begin with.
    pub(super) fn prefixed<'r>(&self, rows: &'r BatchRows) -> Vec<(String, &'r View)> {
        let inputs = &self.plan.spec.graph.inputs;
        let prefixed = inputs.iter().enumerate().filter_map(move |(position, input)| {
            let prefix = if inputs.len() > 1 { format!("{}.", input.name) } else { String::new() };
            Some((prefix, rows.view(position, 0).ok()?))
        });
        prefixed.collect()
    }

    /// The classes that a node predicts; none of one that predicts numbers, or nothing.
    pub(super) fn classes_of(&self, node: &NodeSpec) -> &'static [&'static str] {
        let target = node.target.and_then(|target| {
            let input = self.plan.spec.graph.inputs.iter().find(|input| input.name == target.input)?;
            input.schema.column(target.column)
        });
        target.filter(|column| column.dtype == Dtype::Class).map_or(&[], |column| column.classes)
    }
}
