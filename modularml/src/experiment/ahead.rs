//! Batches of mapped files, gathered while the step before them computes.

use std::sync::Arc;

use candle_core::Tensor;

use super::drawn::DrawnEpoch;
use crate::Result;
use crate::data::{ColumnRequest, Dtype, Prefetch, Representation};
use crate::error::At as _;
use crate::graph::tensors::tensor_of;
use crate::text::Name;

/// A column of an input in a role.
pub(super) type ColumnPlace = (usize, usize, Name);

/// The columns that a step read, for each step that follows it.
pub(super) struct Ahead {
    columns: Vec<ColumnPlace>,
    batches: Prefetch,
}

impl Ahead {
    /// Begins to gather the columns of the steps from `first` on, one step ahead.
    pub(super) fn start(
        drawn: &Arc<DrawnEpoch>,
        first: usize,
        columns: Vec<ColumnPlace>,
        dtype: Dtype,
    ) -> Result<Self> {
        let (drawn, wanted, steps) = (Arc::clone(drawn), columns.clone(), drawn.steps());
        let requests = move |step| {
            let inputs = drawn.rows(step)?;
            let rows_of = |input, role: usize| {
                let roles = inputs.iter().find(|(fed, _)| *fed == input).map(|(_, roles)| roles);
                roles.and_then(|roles| roles.get(role)).cloned()
            };
            let request = |&(input, role, key): &ColumnPlace| {
                let rows = rows_of(input, role)?;
                Some(ColumnRequest { rows, key, form: Representation::Transformed, dtype })
            };
            Ok(wanted.iter().filter_map(request).collect())
        };
        let batches = Prefetch::new((first..steps).map(requests), 1)?;
        Ok(Self { columns, batches })
    }

    /// The columns of the next step.
    pub(super) fn next(&mut self) -> Result<Vec<(ColumnPlace, Tensor)>> {
        let arrays = self.batches.next().transpose()?.unwrap_or_default();
        let tensor =
            |(place, array): (&ColumnPlace, _)| Ok((*place, tensor_of(array).at(|| format!("column `{}`", place.2))?));
        self.columns.iter().zip(arrays).map(tensor).collect()
    }
}
