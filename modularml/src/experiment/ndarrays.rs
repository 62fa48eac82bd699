//! Predictions as arrays of `ndarray`.

use arrow::array::{ArrayRef, RecordBatch};
use ndarray::{ArrayD, ArrayView, CowArray, IxDyn};

use super::predict::Predictions;
use super::table::PredictionTable;
use crate::data::{ColumnElement, of_arrow};
use crate::error::At as _;
use crate::graph::to_ndarray;
use crate::{Error, Result};

impl Predictions {
    /// The output of a node as an array `[rows, shape..]` of the crate `ndarray`, with the feature `ndarray`: the numbers of
    /// [`get`](Self::get), copied once.
    ///
    /// # Errors
    /// As [`get`](Self::get), and when `T` cannot hold the numbers.
    pub fn ndarray<T: ColumnElement>(&self, node: &str) -> Result<ArrayD<T>> {
        to_ndarray(self.get(node)?).at(|| format!("predictions of `{node}`"))
    }
}

impl PredictionTable {
    /// A column of numbers as an array `[rows]` of the crate `ndarray`, with the feature `ndarray`; of an array, which is one
    /// column a number, and of the scores of classes all of them, `[rows, numbers]` or `[rows, classes]` in the order of the
    /// schema: `predicted.soh`, `predicted.curve`, `scores.state`, `targets.soh`, `tags.cell`. Times are `i64`, as
    /// [`View::ndarray`](crate::data::View::ndarray) gives them, and so are other types made of each other.
    ///
    /// A single column of type `T` is not copied; what nodes predict is `f64`. Ids, classes and other texts are read by
    /// [`texts`](Self::texts).
    ///
    /// # Errors
    /// When there is no such column, or `T` cannot hold its values.
    pub fn ndarray<T: ColumnElement>(&self, name: &str) -> Result<CowArray<'_, T, IxDyn>> {
        let (batch, rows) = (self.batch(), self.batch().num_rows());
        let unshaped = |error: ndarray::ShapeError| Error::Data(format!("predictions: column `{name}`: {error}"));
        let at = || "predictions".to_owned();
        if let Some(column) = batch.column_by_name(name) {
            let array = match of_arrow(name, column).at(at)? {
                std::borrow::Cow::Borrowed(values) => ArrayView::from_shape(vec![rows], values).map(Into::into),
                std::borrow::Cow::Owned(values) => ArrayD::from_shape_vec(vec![rows], values).map(Into::into),
            };
            return array.map_err(unshaped);
        }
        let columns = numbered(batch, name);
        if columns.is_empty() {
            return Err(self.lacks(name));
        }
        let mut values = vec![T::default(); rows * columns.len()];
        for (position, (name, column)) in columns.iter().enumerate() {
            let column = of_arrow::<T>(name, column).at(at)?;
            for (place, &value) in values.iter_mut().skip(position).step_by(columns.len()).zip(column.as_ref()) {
                *place = value;
            }
        }
        Ok(ArrayD::from_shape_vec(vec![rows, columns.len()], values).map_err(unshaped)?.into())
    }
}

/// The columns of an array, or of the scores of classes, in their order.
fn numbered<'b>(batch: &'b RecordBatch, name: &str) -> Vec<(String, &'b ArrayRef)> {
    let schema = batch.schema();
    let of_classes = name.starts_with("scores.");
    let is_one = |found: &str| {
        let behind = found.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
        behind.is_some_and(|behind| of_classes || behind.parse::<usize>().is_ok())
    };
    let columns = schema.fields().iter().map(|field| field.name().clone()).zip(batch.columns());
    columns.filter(|(found, _)| is_one(found)).collect()
}
