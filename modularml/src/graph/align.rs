//! Inputs that are joined to another.

use crate::Result;
use crate::data::{Join, View};
use crate::error::At as _;
use crate::plan::lookup::input_named;

use super::{GraphSpec, InputSpec};

/// An input that is joined to another, bound to data.
#[derive(Clone, Debug)]
pub(crate) struct Alignment {
    /// The input that is fed.
    pub(crate) left: usize,
    /// The input that is joined.
    pub(crate) right: usize,
    /// Which rows belong together.
    pub(crate) join: Join,
}

impl Alignment {
    /// Joins the rows of all aligned inputs, one view for each input in order.
    pub(crate) fn all(graph: &GraphSpec, data: &[View]) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for align in &graph.aligned {
            let (left, right) = (input_named(graph, align.left), input_named(graph, align.right));
            let (Some(left), Some(right)) = (left, right) else { continue };
            let (Some(left_rows), Some(right_rows)) = (data.get(left), data.get(right)) else { continue };
            let join = Join::new(left_rows, right_rows, align.key)
                .at(|| format!("align {} with {} by {}", align.left, align.right, align.key))?;
            all.push(Self { left, right, join });
        }
        Ok(all)
    }
}

/// The rows of each input as its schema declares them, those of joined inputs in the order of the rows that they are
/// joined to.
pub(crate) fn side_by_side(graph: &GraphSpec, data: Vec<View>) -> Result<Vec<View>> {
    let declared =
        |(view, input): (View, &InputSpec)| view.declared_as(&input.schema).at(|| format!("input `{}`", input.name));
    let mut data = data.into_iter().zip(&graph.inputs).map(declared).collect::<Result<Vec<_>>>()?;
    for Alignment { left, right, join } in Alignment::all(graph, &data)? {
        let Some(partners) = data.get(left).map(|rows| join.positions(rows)).transpose()? else { continue };
        if let Some(rows) = data.get_mut(right) {
            *rows = rows.take(&partners)?;
        }
    }
    Ok(data)
}
