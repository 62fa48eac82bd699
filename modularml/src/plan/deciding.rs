//! How a metric of classes makes yes and no of a score.

use super::ending::{Kind, ending};
use super::operand::{Named, column, named};
use super::wiring::Wiring;
use crate::spec::{ColumnSpec, Dtype, GraphSpec, MetricSpec, Operand, Value};

/// Whether a metric reads one score for each yes or no of its target, and which kind of numbers these scores are; none where
/// rows have a score a class.
pub(crate) const fn one_score(graph: &GraphSpec, wiring: &Wiring, operands: &[Operand]) -> Option<Kind> {
    if operands.len() != 2 {
        return None;
    }
    let (Named::Node(node), Named::Column { input, column: key }) =
        (named(graph, &operands[0]), named(graph, &operands[1]))
    else {
        return None;
    };
    let Some(shape) = wiring.shape(node) else { return None };
    let column = column(graph, input, key);
    let is_one = match column.dtype {
        Dtype::Bool => {
            shape.same(&column.shape) || (column.shape.rank() == 0 && shape.rank() == 1 && shape.axis(0) == 1)
        }
        Dtype::Class => column.classes.len() == 2 && column.shape.rank() == 0 && shape.rank() == 0,
        _ => false,
    };
    if is_one { Some(ending(graph, wiring, node).0) } else { None }
}

/// The metric with what the graph and its target leave to it: the score from which on a row is a yes, where it is not said
/// or said as a probability of logits, and class `true` as the one that is reported of a column of bools.
pub(super) fn decided(metric: MetricSpec, graph: &GraphSpec, wiring: &Wiring, operands: &[Operand]) -> MetricSpec {
    let mut settings = metric.settings;
    if settings.has("threshold")
        && let Some(kind) = one_score(graph, wiring, operands)
        && let Some(threshold) = threshold(kind, settings.get("threshold"))
    {
        settings = settings.replacing("threshold", Value::Float(threshold));
    }
    let is_unset = |name| settings.has(name) && settings.get(name) == Value::Unset;
    if is_unset("class") && is_unset("average") && target(graph, operands).is_some_and(is_yes_or_no) {
        settings = settings.replacing("class", Value::Int(1));
    }
    MetricSpec { settings, ..metric }
}

/// The metric that takes decisions, 0 and 1, for scores.
pub(super) fn takes_decisions(metric: MetricSpec) -> MetricSpec {
    MetricSpec { settings: metric.settings.replacing("threshold", Value::Float(0.5)), ..metric }
}

/// The least score of this kind that is a yes; none where a number may be that of a class.
fn threshold(kind: Kind, said: Value) -> Option<f64> {
    let said = if let Value::Float(probability) = said { Some(probability) } else { None };
    match kind {
        Kind::Scores(_) => Some(said.map_or(0.0, |probability| (probability / (1.0 - probability)).ln())),
        Kind::Probabilities(_) | Kind::OfClasses => Some(said.unwrap_or(0.5)),
        Kind::LogProbabilities => Some(said.unwrap_or(0.5).ln()),
        Kind::Unknown | Kind::AsRead => said,
    }
}

/// The column that a metric compares with.
fn target<'a>(graph: &'a GraphSpec, operands: &[Operand]) -> Option<&'a ColumnSpec> {
    match named(graph, operands.get(1)?) {
        Named::Column { input, column: key } => graph.inputs.items().get(input)?.schema.columns.get(key),
        _ => None,
    }
}

/// Whether a column holds one bool a row.
fn is_yes_or_no(column: &ColumnSpec) -> bool {
    column.dtype == Dtype::Bool && column.shape.rank() == 0
}
