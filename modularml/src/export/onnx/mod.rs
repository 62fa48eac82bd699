//! A trained study as one graph of ONNX, from raw columns to raw units.

mod columns;
mod file;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use serde_json::json;

use crate::data::RowTransform as _;
use crate::data::beside::replace;
use crate::error::At as _;
use crate::experiment::{Scale, Session};
use crate::graph::NodeHandle;
use crate::onnx::{Element, OnnxGraph, OnnxValue};
use crate::plan::lookup::target_column;
use crate::spec::{GraphSpec, NodeSpec};
use crate::{Error, Result};
use columns::Columns;
use file::Told;

impl Session {
    /// Writes the graph with its weights as a model in ONNX: from the columns as they are in the data, through the scalers
    /// that were fitted, to what [`prediction_table`](Self::prediction_table) shows of the nodes that predict a column or are
    /// marked as outputs, in raw units. A file of that name is replaced, whole or not at all.
    ///
    /// The file needs nothing of this crate: `docs/onnx.md` tells what its inputs are called, and what is in it beside
    /// operators. Rows are computed each by itself, however many there are.
    ///
    /// # Errors
    /// When a node, or a scaler, cannot be told in operators of ONNX; the text names it and says why. When the graph has
    /// no output, or the file cannot be written.
    pub fn export_onnx(&self, path: impl AsRef<Path>) -> Result<()> {
        let bytes = self.to_onnx()?;
        replace(path.as_ref(), |mut file| Ok(file.write_all(&bytes)?))
    }

    /// The same of some nodes alone, `[SohNet::NAMES.soh]`: what they do not read need have no form in ONNX.
    ///
    /// # Errors
    /// As [`export_onnx`](Self::export_onnx), and when a node is none of this graph.
    pub fn export_onnx_of(&self, path: impl AsRef<Path>, nodes: impl IntoIterator<Item = NodeHandle>) -> Result<()> {
        let wanted = self.graph.positions(nodes)?;
        let bytes = self.onnx_of(wanted)?;
        replace(path.as_ref(), |mut file| Ok(file.write_all(&bytes)?))
    }

    /// The bytes of the file that [`export_onnx`](Self::export_onnx) writes.
    ///
    /// # Errors
    /// As there, but for writing.
    pub fn to_onnx(&self) -> Result<Vec<u8>> {
        let nodes = self.spec().graph.nodes.iter().enumerate();
        self.onnx_of(nodes.filter(|(_, node)| node.target.is_some() || node.output).map(|(place, _)| place).collect())
    }

    fn onnx_of(&self, wanted: Vec<usize>) -> Result<Vec<u8>> {
        let spec = &self.spec().graph;
        if wanted.is_empty() {
            let problem = format!("graph `{}` predicts no column and marks no node as an output", spec.name);
            return Err(Error::Data(problem));
        }
        let computes_in = match self.graph.dtype() {
            crate::DType::F64 => Element::Double,
            _ => Element::Float,
        };
        let mut graph = OnnxGraph::new(computes_in);
        let mut columns = Columns::of(spec, &self.scales);
        let by_node = self.graph.onnx(&wanted, &mut graph, |graph, input, key| columns.value(graph, input, key))?;
        let mut told = Told::of(self.spec(), columns.into_inputs());
        for node in wanted {
            let (Some(Some(value)), Some(spec_of_node)) = (by_node.get(node), spec.nodes.items().get(node)) else {
                continue;
            };
            graph.at(&format!("{}/raw", spec_of_node.name));
            let in_units = self.onnx_in_raw_units(&mut graph, node, value);
            let (value, units) = in_units.in_node((spec_of_node.name, spec_of_node.line))?;
            let output = graph.named(&value, spec_of_node.name);
            told.output(&output, &about(spec, spec_of_node, units));
        }
        told.bytes(graph)
    }

    /// The output of a node in raw units, as predictions are: unless the scalers of what it predicts have no inverse, or one
    /// only for rows that are known.
    fn onnx_in_raw_units(
        &self,
        graph: &mut OnnxGraph,
        node: usize,
        value: &OnnxValue,
    ) -> Result<(OnnxValue, &'static str)> {
        let scale = self.plan.predicts.get(node).copied().flatten().and_then(|scale| self.scales.get(scale));
        let Some(Scale { chain, .. }) = scale else { return Ok((value.clone(), "raw")) };
        if !chain.inverts() || chain.needs_sample() {
            return Ok((value.clone(), "scaled"));
        }
        let raw = if value.axes().len() == chain.shape().rank() + 1 {
            // One number for each of several levels stands behind those of the target.
            let last = value.axes().len() - 1;
            let levels = value.axes().last().copied().unwrap_or(0);
            let mut parts = Vec::with_capacity(levels);
            for level in 0..levels {
                let one = graph.slice(value, last, level, level + 1);
                let one = graph.reshape(&one, chain.shape().axes());
                let raw = chain.onnx_inverse(graph, &one)?;
                let axes: Vec<usize> = chain.shape().axes().iter().copied().chain([1]).collect();
                parts.push(graph.reshape(&raw, &axes));
            }
            graph.concat(&parts.iter().collect::<Vec<_>>(), last)
        } else {
            let raw = chain.onnx_inverse(graph, value)?;
            graph.reshape(&raw, value.axes())
        };
        Ok((graph.cast(&raw, graph.computes_in()), "raw"))
    }
}

/// What a file tells of an output.
fn about(graph: &GraphSpec, node: &NodeSpec, units: &str) -> BTreeMap<&'static str, serde_json::Value> {
    let mut about = BTreeMap::from([("units", json!(units))]);
    let Some(target) = &node.target else { return about };
    about.insert("predicts", json!(format!("{}.{}", target.input, target.column)));
    if let Some(column) = target_column(graph, target).filter(|column| !column.classes.is_empty()) {
        about.insert("classes", json!(column.classes));
    }
    about
}
