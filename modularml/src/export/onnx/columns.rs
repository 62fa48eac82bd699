//! The inputs of an exported graph: raw columns, which are scaled as those that the study was trained on.

use std::collections::BTreeMap;

use serde_json::json;

use crate::data::Dtype;
use crate::experiment::Scale;
use crate::onnx::{Element, OnnxGraph, OnnxValue};
use crate::spec::{ColumnSpec, GraphSpec};
use crate::text::Name;
use crate::{Error, Result};

/// An input of the file, and what it tells of it.
pub(super) struct Input {
    pub value: OnnxValue,
    pub about: BTreeMap<&'static str, serde_json::Value>,
}

/// The columns that nodes have asked for.
pub(super) struct Columns<'a> {
    graph: &'a GraphSpec,
    scales: &'a [Scale],
    inputs: Vec<Input>,
    /// By input and column, what nodes read.
    read: BTreeMap<(usize, Name), OnnxValue>,
}

impl<'a> Columns<'a> {
    pub fn of(graph: &'a GraphSpec, scales: &'a [Scale]) -> Self {
        Self { graph, scales, inputs: Vec::new(), read: BTreeMap::new() }
    }

    /// What nodes read of a column.
    ///
    /// # Errors
    /// When it is of sequences, or a scaler tells no operators.
    pub fn value(&mut self, graph: &mut OnnxGraph, input: usize, key: Name) -> Result<OnnxValue> {
        if let Some(value) = self.read.get(&(input, key)) {
            return Ok(value.clone());
        }
        let found = self.graph.inputs.items().get(input).and_then(|it| Some((it.name, it.schema.column(key)?)));
        let Some((of, column)) = found else {
            return Err(Error::Component(format!("there is no column `{key}`")));
        };
        let name = format!("{of}.{key}");
        graph.at(&name);
        let raw = OnnxValue::of_rows(name, element(column), column.shape.axes().to_vec());
        let scale = self.scales.iter().find(|scale| scale.input == input && scale.chain.column() == key);
        let value = match scale {
            Some(scale) => {
                let scaled = scale.chain.onnx(graph, &raw)?;
                graph.cast(&scaled, graph.computes_in())
            }
            // No float holds nanoseconds since 1970.
            None if column.dtype.is_time() => raw.clone(),
            None => graph.cast(&raw, graph.computes_in()),
        };
        self.inputs.push(Input { value: raw, about: about(column) });
        self.read.insert((input, key), value.clone());
        Ok(value)
    }

    /// The inputs, in the order in which they are read.
    pub fn into_inputs(self) -> Vec<Input> {
        self.inputs
    }
}

/// The type of an input: that of its column, with all whole numbers as `int64`. Where whole numbers may be missing they are
/// `double`, with NaN in place of what is missing.
const fn element(column: &ColumnSpec) -> Element {
    match column.dtype {
        Dtype::F32 => Element::Float,
        Dtype::F64 | Dtype::Decimal => Element::Double,
        _ if column.allows_missing && !column.dtype.is_time() => Element::Double,
        Dtype::Bool => Element::Bool,
        Dtype::U64 => Element::Uint64,
        _ => Element::Int64,
    }
}

/// What a file tells of a column.
fn about(column: &ColumnSpec) -> BTreeMap<&'static str, serde_json::Value> {
    let mut about = BTreeMap::from([("type", json!(column.dtype.name()))]);
    if column.allows_missing {
        about.insert("missing", json!("NaN"));
    }
    if !column.classes.is_empty() {
        about.insert("classes", json!(column.classes));
    }
    if !column.positions.is_empty() {
        about.insert("positions", json!(column.positions));
    }
    let unit = match column.dtype {
        Dtype::Timestamp => Some("nanoseconds since 1970-01-01T00:00:00Z"),
        Dtype::Date => Some("days since 1970-01-01"),
        Dtype::TimeOfDay => Some("nanoseconds since midnight"),
        Dtype::TimeDelta => Some("nanoseconds"),
        _ => None,
    };
    if let Some(unit) = unit {
        about.insert("unit", json!(unit));
    }
    about
}
