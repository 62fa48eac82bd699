//! What the predictions of eval phases tell at the end of a run: `analysis/PHASE.json`, from which reports are made.
//!
//! It is computed from what [`Session::predictions`] gives for the rows of a phase, with the weights as they are at the end.

mod classes;
mod curve;
mod histogram;
mod numbers;
mod scores;
mod table;
#[cfg(test)]
mod tests;
mod worst;

use serde::{Deserialize, Serialize};

use crate::data::Dtype;
use crate::error::At as _;
use crate::experiment::{PhaseSpec, Session};
use crate::spec::{ColumnSpec, InputSpec, NodeSpec};
use crate::{Error, Result};
use table::Table;

pub use classes::{ClassAnalysis, ClassFigures};
pub use curve::{Calibration, CalibrationBin, Curve};
pub use histogram::Histogram;
pub(crate) use histogram::round_step;
pub use numbers::NumberAnalysis;
pub use scores::Scores;
pub use worst::{Shown, WorstRow, WorstRows};

/// Of more rows, or more numbers in them, no predictions are gathered: they would not fit beside what a run holds.
const MOST_ROWS: usize = 1 << 20;
const MOST_NUMBERS: usize = 1 << 26;

/// What the predictions for the rows of an eval phase tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PhaseAnalysis {
    /// The phase.
    pub phase: String,
    /// How many rows it is fed.
    pub rows: usize,
    /// The nodes that predict a target, in the order of declaration.
    pub nodes: Vec<NodeAnalysis>,
}

/// What the predictions of a node tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NodeAnalysis {
    /// The node.
    pub node: String,
    /// The column that it predicts, with its input: `pulse.soh`.
    pub target: String,
    /// What was found.
    pub found: Found,
}

/// What was found, by the kind of what a node predicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Found {
    /// It predicts classes.
    Classes(ClassAnalysis),
    /// It predicts numbers.
    Numbers(NumberAnalysis),
    /// It was not looked at, for this reason.
    Nothing(String),
}

impl Session {
    /// What its predictions for the rows of an eval phase tell, with the weights as they are now.
    ///
    /// # Errors
    /// When the graph cannot be run on these rows.
    pub(super) fn analysis(&self, phase: &PhaseSpec) -> Result<PhaseAnalysis> {
        let spec = self.spec();
        let (mut lengths, mut numbers) = (Vec::new(), 0usize);
        for feed in &phase.feeds {
            let view = self.split(feed.input, feed.split)?;
            let columns = view.schema().columns.iter();
            let width: usize = columns.map(|column| column.shape.elements().unwrap_or(usize::MAX)).sum();
            numbers = numbers.saturating_add(view.len().saturating_mul(width));
            lengths.push(view.len());
        }
        let rows = lengths.iter().copied().max().unwrap_or_default();
        let is_fed = |input: &InputSpec| {
            phase.feeds.iter().any(|feed| feed.input == input.name)
                || spec.graph.aligned.iter().any(|align| align.right == input.name)
        };
        let reason = if rows > MOST_ROWS || numbers > MOST_NUMBERS {
            Some(format!("{rows} rows of {numbers} numbers in all are too many"))
        } else if !spec.graph.inputs.iter().all(is_fed) {
            Some("the phase does not feed every input".to_owned())
        } else if lengths.iter().any(|length| *length != rows) {
            Some("the inputs of the phase have different numbers of rows".to_owned())
        } else {
            None
        };
        let predicting = spec.graph.nodes.iter().enumerate().filter(|(_, node)| node.target.is_some());
        let predicting: Vec<(usize, &NodeSpec)> = predicting.collect();
        let (phase, at) = (phase.name, || format!("analysis of phase `{}`", phase.name));
        let mut nodes = Vec::new();
        if let Some(reason) = reason {
            nodes.extend(predicting.iter().map(|(_, node)| named(node, Found::Nothing(reason.clone()))));
        } else if !predicting.is_empty() {
            let predictions = self.predictions(phase)?;
            let table = Table::new(predictions.batch(), &spec.graph);
            for (position, node) in predicting {
                let found = self.looked_at(position, node, &table).at(at)?;
                nodes.push(named(node, found));
            }
        }
        Ok(PhaseAnalysis { phase: phase.to_owned(), rows, nodes })
    }

    fn looked_at(&self, position: usize, node: &NodeSpec, table: &Table<'_>) -> Result<Found> {
        let Some(column) = self.target(node) else { return Ok(Found::Nothing("it predicts nothing".to_owned())) };
        let scores = Scores::of(self, position);
        let classes: Option<Vec<String>> = match column.dtype {
            Dtype::Class => Some(column.classes.iter().map(|class| (*class).to_owned()).collect()),
            Dtype::Bool => Some(vec!["false".to_owned(), "true".to_owned()]),
            _ if column.shape.rank() == 0 && self.is_label(node, table)? => Some(vec!["0".to_owned(), "1".to_owned()]),
            _ => None,
        };
        match classes {
            Some(_) if column.shape.rank() > 0 => {
                Ok(Found::Nothing("a row has several labels, which are not looked at".to_owned()))
            }
            Some(classes) => classes::analysed(table, node, classes, scores),
            None => numbers::analysed(table, node),
        }
    }

    /// Whether the target of a node is yes or no, written as a number: it holds nothing else, and what the node gives is used
    /// as a probability.
    fn is_label(&self, node: &NodeSpec, table: &Table<'_>) -> Result<bool> {
        let Some(numbers) = table.numbers(&table.target(node))? else { return Ok(false) };
        let mut there = numbers.iter().filter(|number| !number.is_nan());
        let is_used = Scores::by_use(self, node.name) != Scores::Unknown;
        Ok(is_used && there.all(|number| [0.0, 1.0].contains(number)))
    }

    /// The column that a node predicts.
    fn target(&self, node: &NodeSpec) -> Option<&'static ColumnSpec> {
        let target = node.target?;
        let input = self.spec().graph.inputs.iter().find(|input| input.name == target.input)?;
        input.schema.column(target.column)
    }
}

fn named(node: &NodeSpec, found: Found) -> NodeAnalysis {
    let target = node.target.map(|target| format!("{}.{}", target.input, target.column));
    NodeAnalysis { node: node.name.to_owned(), target: target.unwrap_or_default(), found }
}

/// A count as a number.
#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn count(count: usize) -> f64 {
    count as f64
}

/// A value that is there where it is finite: JSON has no NaN and no infinity.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

fn of_arrow(error: &arrow::error::ArrowError) -> Error {
    Error::Data(error.to_string())
}
