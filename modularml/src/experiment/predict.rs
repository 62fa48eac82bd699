//! Predictions for rows outside the experiment.

use candle_core::Tensor;

use super::binding::{Scale, transform};
use super::evaluate::raw_units;
use super::feeds::{BatchRows, EVAL_ROWS};
use super::operand::fetch;
use super::session::Session;
use super::unknown::missing;
use crate::data::View;
use crate::error::At as _;
use crate::graph::{NodeOutputs, side_by_side};
use crate::plan::compared::Compared;
use crate::text::Name;
use crate::{Error, Result};

/// The outputs of the nodes for some rows.
#[derive(Clone, Debug)]
pub struct Predictions {
    /// By node in the order of declaration; none for a node that reads a column that was not given.
    outputs: Vec<(Name, Option<Tensor>)>,
}

impl Predictions {
    /// The output of a node, `[rows, shape..]`; in raw units where the node predicts a scaled target whose
    /// scalers have an inverse. Scalers such as `Absolute` have one only where the rows hold the target.
    ///
    /// # Errors
    /// When there is no such node, or an input that it reads was not given.
    pub fn get(&self, node: &str) -> Result<&Tensor> {
        let output = self.outputs.iter().find(|(name, _)| *name == node).and_then(|(_, output)| output.as_ref());
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
        self.outputs.iter().filter(|(_, output)| output.is_some()).map(|(name, _)| *name).collect()
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
        let data = transform(data.clone(), self.scales.iter().filter(there))?;
        let nodes = self.predictable(&data);

        let still = vec![false; graph.nodes.len()];
        let mut chunks: Vec<Vec<Tensor>> = vec![Vec::new(); nodes.len()];
        let count = u32::try_from(rows).map_err(|_| Error::Data(format!("{rows} rows are too many")))?;
        let positions: Vec<u32> = (0..count).collect();
        for positions in positions.chunks(EVAL_ROWS) {
            let mut batch = BatchRows::empty(data.len(), self.graph.dtype());
            for (input, view) in data.iter().enumerate() {
                batch.give(input, vec![view.take(positions)?]);
            }
            let outputs = self.graph.run(&nodes, &still, &batch, None)?;
            for (&node, chunks) in nodes.iter().zip(&mut chunks) {
                chunks.push(fetch(&self.output(node), &self.graph, &outputs, &batch)?);
            }
        }
        let mut outputs: Vec<_> = graph.nodes.iter().map(|node| (node.name, None)).collect();
        for (&node, chunks) in nodes.iter().zip(&chunks) {
            if let Some((name, output)) = outputs.get_mut(node) {
                *output = Some(self.in_raw_units(node, name, chunks, &data)?);
            }
        }
        Ok(Predictions { outputs })
    }

    /// The output of a node for rows without roles.
    fn output(&self, node: usize) -> Compared {
        Compared::Output { node, input: self.plan.wiring.input_of(node).unwrap_or_default(), role: 0 }
    }

    /// The joined output of a node, in raw units where it predicts a scaled target.
    fn in_raw_units(&self, node: usize, name: Name, chunks: &[Tensor], data: &[View]) -> Result<Tensor> {
        let at = || format!("predictions of `{name}`");
        let output = Tensor::cat(chunks, 0).at(at)?;
        let scale = self.plan.predicts.get(node).copied().flatten().and_then(|scale| self.scales.get(scale));
        let Some(Scale { input, chain }) = scale else { return Ok(output) };
        let Some(rows) = data.get(*input) else { return Ok(output) };
        if !chain.inverts() || (chain.needs_sample() && rows.shape(chain.column()).is_err()) {
            return Ok(output);
        }
        raw_units(chain, &output, rows)?.to_dtype(output.dtype()).at(at)
    }

    /// The nodes all of whose columns are there, in the order of declaration.
    fn predictable(&self, data: &[View]) -> Vec<usize> {
        let readable = |(input, key): (usize, Name)| data.get(input).is_some_and(|view| view.shape(key).is_ok());
        let reads_all =
            |&node: &usize| self.graph.needed(&[node]).iter().all(|&node| self.graph.columns(node).all(readable));
        (0..self.plan.spec.graph.nodes.len()).filter(reads_all).collect()
    }
}
