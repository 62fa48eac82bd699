//! Where a step stopped being finite: looked for only once its loss is not.

use candle_core::Tensor;
use uuid::Uuid;

use super::feeds::BatchRows;
use super::operand::node_name;
use super::terms::Terms;
use crate::Result;
use crate::error::At as _;
use crate::graph::kernel::device::f64s;
use crate::graph::{ColumnSource as _, ModelGraph, Outputs};
use crate::plan::compared::Compared;
use crate::plan::wiring::Wiring;
use crate::text::BitSet;

/// How many sample ids a message names.
const NAMED_IDS: usize = 5;

/// A step whose loss is not finite.
pub(super) struct Suspect<'a> {
    pub(super) graph: &'a ModelGraph,
    pub(super) wiring: &'a Wiring,
    pub(super) terms: &'a Terms,
    /// The nodes that the step ran, in order.
    pub(super) ran: &'a [usize],
    pub(super) outputs: &'a Outputs,
    pub(super) rows: &'a BatchRows,
    /// The inputs that it was fed.
    pub(super) fed: BitSet,
    /// What another rank has found, where batches are shared out: there is nothing to look for then.
    pub(super) found: Option<&'a Option<Suspected>>,
}

/// A place that holds NaN or infinity.
#[derive(Clone, Default)]
pub(super) struct Suspected {
    /// "node `encoder`, in 2 of 32 rows (ids ..)".
    pub text: String,
    pub node: Option<String>,
    pub column: Option<String>,
    /// The ids of the rows in which it does.
    pub rows: Vec<Uuid>,
}

impl Suspect<'_> {
    /// The first place, in the order of computation, that holds NaN or infinity, and the ids of rows that do: "column
    /// `pulse.voltage`, in 2 of 32 rows (ids ..)"; none where only the sum over rows is too large.
    pub(super) fn first_place(&self) -> Result<Option<Suspected>> {
        if let Some(found) = self.found {
            return Ok(found.clone());
        }
        for &node in self.ran {
            for (input, column) in self.graph.columns(node) {
                if let Some(place) = self.column(input, column)? {
                    return Ok(Some(place));
                }
            }
            if let Some(place) = self.node(node)? {
                return Ok(Some(place));
            }
        }
        for term in self.terms.values(self.graph, self.outputs, self.rows, self.fed) {
            let (loss, inputs, values) = term?;
            for input in inputs {
                if let Compared::Column { input, key, .. } = input
                    && let Some(place) = self.column(*input, key)?
                {
                    return Ok(Some(place));
                }
            }
            let of_rows = inputs.iter().find_map(Compared::rows);
            if let Some((rows, text)) = self.offending(&values, of_rows)? {
                let text = format!("loss `{loss}`{text}");
                return Ok(Some(Suspected { text, rows, ..Suspected::default() }));
            }
        }
        Ok(None)
    }

    fn column(&self, input: usize, key: &str) -> Result<Option<Suspected>> {
        let owner = self.graph.spec().inputs.items().get(input).map_or("?", |input| input.name);
        for role in 0..self.rows.roles(input) {
            let column = self.rows.column(input, role, key)?;
            if let Some((rows, text)) = self.offending(&column, Some((input, role)))? {
                let text = format!("column `{owner}.{key}`{text}");
                return Ok(Some(Suspected { text, column: Some(format!("{owner}.{key}")), rows, node: None }));
            }
        }
        Ok(None)
    }

    fn node(&self, node: usize) -> Result<Option<Suspected>> {
        let name = node_name(self.graph, node);
        for (role, output) in self.outputs.by_node.get(node).into_iter().flatten().enumerate() {
            let of_rows = self.wiring.input_of(node).map(|input| (input, role));
            let Some((rows, text)) = self.offending(output, of_rows)? else { continue };
            let mut parameters = self.graph.parameters(node).into_iter();
            let broken = parameters.find_map(|(name, parameter)| match rows_not_finite(parameter.as_tensor()) {
                Ok((broken, _)) => (!broken.is_empty()).then_some(Ok(name)),
                Err(error) => Some(Err(error)),
            });
            let cause = broken.transpose()?.map(|name| format!(", whose parameter {name} is not finite"));
            let text = format!("node `{name}`{}{text}", cause.unwrap_or_default());
            return Ok(Some(Suspected { text, node: Some(name.to_owned()), rows, column: None }));
        }
        Ok(None)
    }

    /// The ids of the rows, and ", in 2 of 32 rows (ids ..)"; none where all values are finite.
    fn offending(&self, values: &Tensor, of_rows: Option<(usize, usize)>) -> Result<Option<(Vec<Uuid>, String)>> {
        let (offending, all) = rows_not_finite(values)?;
        if offending.is_empty() {
            return Ok(None);
        }
        let Some((input, role)) = of_rows else { return Ok(Some((Vec::new(), String::new()))) };
        let ids = self.rows.view(input, role)?.ids();
        let ids: Vec<Uuid> = offending.iter().filter_map(|&row| ids.get(row).copied()).collect();
        let named: Vec<String> = ids.iter().take(NAMED_IDS).map(ToString::to_string).collect();
        let more = if offending.len() > named.len() { ", .." } else { "" };
        let text = format!(", in {} of {all} rows (ids {}{more})", offending.len(), named.join(", "));
        Ok(Some((ids, text)))
    }
}

/// The rows of a tensor that hold NaN or infinity, and how many rows there are.
fn rows_not_finite(values: &Tensor) -> Result<(Vec<usize>, usize)> {
    let rows = values.dims().first().copied().unwrap_or(1);
    let numbers = f64s(values).at(|| "looking for what is not finite".to_owned())?;
    let width = (numbers.len() / rows.max(1)).max(1);
    let broken = |(_, row): &(usize, &[f64])| row.iter().any(|value| !value.is_finite());
    Ok((numbers.chunks(width).enumerate().filter(broken).map(|(row, _)| row).collect(), rows))
}
