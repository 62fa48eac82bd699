//! Linear maps that were fitted.

use super::super::model::Sizes;
use super::super::saved::{Entries, Saved};
use crate::Result;
use crate::onnx::{OnnxGraph, OnnxValue};

/// y = W x + b
#[derive(Debug)]
pub(super) struct Map {
    /// `[outputs, inputs]`
    pub(super) weight: Vec<f64>,
    pub(super) bias: Vec<f64>,
}

impl Map {
    /// Writes y for a row x.
    pub(super) fn apply(&self, row: &[f64], outputs: &mut [f64]) {
        let weights = self.weight.chunks_exact(row.len().max(1));
        for ((output, weight), bias) in outputs.iter_mut().zip(weights).zip(&self.bias) {
            *output = bias + weight.iter().zip(row).map(|(weight, x)| weight * x).sum::<f64>();
        }
    }

    /// y for the rows of a graph of ONNX.
    pub(super) fn onnx(&self, graph: &mut OnnxGraph, rows: &OnnxValue) -> OnnxValue {
        let (outputs, inputs) = (self.bias.len(), rows.width());
        let of_input = |input| self.weight.iter().skip(input).step_by(inputs.max(1)).copied();
        let turned: Vec<f64> = (0..inputs).flat_map(of_input).collect();
        let (weight, bias) = (graph.numbers(&turned, &[inputs, outputs]), graph.numbers(&self.bias, &[outputs]));
        let y = graph.matmul(rows, &weight);
        graph.binary("Add", &y, &bias)
    }

    pub(super) fn save(&self) -> Entries {
        let outputs = self.bias.len();
        let inputs = self.weight.len() / outputs.max(1);
        Entries::default().numbers("weight", &[outputs, inputs], &self.weight).numbers("bias", &[outputs], &self.bias)
    }

    pub(super) fn load(sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        let weight = saved.numbers("weight", &[sizes.outputs, sizes.inputs])?;
        Ok(Self { weight, bias: saved.numbers("bias", &[sizes.outputs])? })
    }
}
