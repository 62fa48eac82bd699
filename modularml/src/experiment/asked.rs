//! Columns of joined inputs that splits ask.

use crate::Result;
use crate::data::View;
use crate::error::At as _;
use crate::graph::Alignment;
use crate::rules::parted;
use crate::spec::{Condition, ExperimentSpec, SplitterSpec, Value};

/// The rows of an input with those columns of joined inputs that its splits ask, as tags: `cell.year`.
pub(super) fn with_asked_columns(
    spec: &ExperimentSpec,
    input: usize,
    data: &[View],
    aligned: &[Alignment],
    rows: &View,
) -> Result<View> {
    let inputs = spec.graph.inputs.items();
    let Some(name) = inputs.get(input).map(|input| input.name) else { return Ok(rows.clone()) };
    let mut rows = rows.clone();
    for statement in spec.splits.iter().filter(|statement| statement.input == name) {
        let within = statement.within.as_ref().map(|within| &within.folds);
        for key in [Some(&statement.splitter), within].into_iter().flatten().flat_map(asked) {
            // What the input has under this key is its own.
            let Some((joined, column)) = parted(key).filter(|_| rows.schema().column(key).is_none()) else { continue };
            let is_joined =
                |it: &&Alignment| it.left == input && inputs.get(it.right).is_some_and(|right| right.name == joined);
            let Some(alignment) = aligned.iter().find(is_joined) else { continue };
            let Some(right) = data.get(alignment.right) else { continue };
            rows = rows.with_column_of(right, &alignment.join, column, key).at(|| format!("input `{joined}`"))?;
        }
    }
    Ok(rows)
}

/// The columns that a splitter asks.
fn asked(splitter: &SplitterSpec) -> Vec<&'static str> {
    let mut keys = Vec::new();
    for setting in splitter.settings.iter() {
        match setting.value {
            Value::Column(key) => keys.push(key),
            Value::Conditions(conditions) => {
                conditions.pairs().iter().for_each(|(_, condition)| gather(condition, &mut keys));
            }
            _ => {}
        }
    }
    keys
}

fn gather(condition: &Condition<'static>, keys: &mut Vec<&'static str>) {
    match condition {
        Condition::Single { column, .. } => keys.push(column),
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| gather(part, keys)),
        Condition::Not(part) => gather(part, keys),
    }
}
