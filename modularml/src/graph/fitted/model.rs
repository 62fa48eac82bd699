//! What a fitted model is, without tensors.

use super::saved::{Entries, Saved};
use super::table::Table;
use super::target::Target;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::random::Rng;
use crate::{Error, Result};

/// The rows that a model is fitted to; all of them weigh more than 0.
#[derive(Debug)]
pub(in crate::graph) struct Rows {
    /// What it reads.
    pub(in crate::graph) table: Table,
    /// What it predicts.
    pub(in crate::graph) target: Target,
    /// What each row weighs; none where all weigh 1.
    pub(in crate::graph) weights: Option<Vec<f64>>,
    /// The generator of what it draws.
    pub(in crate::graph) rng: Rng,
}

/// What is known of a model before it is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graph) struct Sizes {
    /// How many numbers it reads a row.
    pub(in crate::graph) inputs: usize,
    /// How many numbers it gives a row: one for each number of the target, or each class.
    pub(in crate::graph) outputs: usize,
}

/// A model that is fitted to a table of numbers: what it has learned.
pub(in crate::graph) trait Model: Sized + Send + Sync + 'static {
    /// Its settings.
    type Settings: Copy + Send + Sync + 'static;

    /// Its name, for errors.
    const NAME: &'static str;

    /// Whether it learns several numbers a row together; otherwise there is a model for each.
    const JOINT: bool = true;

    /// Whether the model of one of several labels reads the number of that label alone, as what calibrates it.
    const APART: bool = false;

    /// Learns from rows.
    ///
    /// # Errors
    /// When the rows do not determine it.
    fn fit(settings: &Self::Settings, rows: Rows) -> Result<Self>;

    /// Writes the outputs of a row, as many as its [`Sizes`] say.
    fn predict(&self, row: &[f64], outputs: &mut [f64]);

    /// The outputs of all rows, `outputs` a row, where it tells those of many rows in less time than row by row.
    ///
    /// # Errors
    /// When the rows are none that it reads.
    fn predict_all(&self, table: &Table, outputs: usize) -> Result<Vec<f64>> {
        let mut all = vec![0.0; table.len() * outputs];
        for (row, outputs) in table.rows().zip(all.chunks_exact_mut(outputs.max(1))) {
            self.predict(row, outputs);
        }
        Ok(all)
    }

    /// The outputs of rows in a graph of ONNX, `[outputs]` of `[inputs]`.
    ///
    /// # Errors
    /// When the model tells no operators, as it does unless it says otherwise.
    fn onnx(&self, graph: &mut OnnxGraph, rows: &OnnxValue, outputs: usize) -> Result<OnnxValue> {
        let _ = (graph, rows, outputs);
        Err(Error::Component(format!(
            "{} has no form in ONNX here; export other nodes alone, by export_onnx_of",
            Self::NAME
        )))
    }

    /// What it has learned, as arrays.
    fn save(&self) -> Entries;

    /// The model that was saved, of these sizes. [`predict`](Self::predict) must be sound on whatever this accepts.
    ///
    /// # Errors
    /// When an array is missing, has another shape, or holds what no model holds.
    fn load(settings: &Self::Settings, sizes: Sizes, saved: &Saved<'_>) -> Result<Self>;
}
