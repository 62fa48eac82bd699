//! Merges against the Python ModularML, and against numpy's padding where that refuses to pad.
//!
//! Targets are columns that losses read by name, so a merge does not carry them: the strategies that join targets are
//! tried as merges of the targets, and those that choose one input's are the choice of a column. Weights and masks
//! belong to rows and losses, not to nodes; `golden_weights.rs` tries them there.

use candle_core::{DType, Tensor};
use modularml::Result;
use modularml::data::{ColumnSpec, Domain, Dtype, SchemaSpec, Shape};
use modularml::graph::{ColumnSource, GraphBuilder, LayerSpec, ModelGraph, Precision, Reads};
use modularml::layers::*;
use modularml::text::intern;
use modularml_tests::golden::{each_case, left_out};
use modularml_tests::{array, difference, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    options: Options,
    inputs: Vec<Input>,
    expected: Expected,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Deserialize)]
struct Options {
    concat_axis: i64,
    target_strategy: Value,
    pad_inputs: bool,
    pad_mode: String,
    pad_value: f64,
}

#[derive(Deserialize)]
struct Input {
    features: Value,
    #[serde(default)]
    targets: Option<Value>,
}

#[derive(Deserialize)]
struct Expected {
    #[serde(default)]
    features: Option<Value>,
    #[serde(default)]
    targets: Option<Value>,
}

/// Columns by their names, in order.
struct Rows(Vec<Tensor>);

impl ColumnSource for Rows {
    fn column(&self, _: usize, _: usize, key: &str) -> Result<Tensor> {
        Ok(self.0[key.trim_start_matches('c').parse::<usize>().unwrap()].clone())
    }

    fn roles(&self, _: usize) -> usize {
        1
    }
}

/// What a merge gives for these inputs, by way of the rules that infer its shape.
fn merge(merge: LayerSpec, inputs: &[&Value]) -> Result<Tensor> {
    let column = |(position, input): (usize, &&Value)| {
        let (key, shape) = (intern(&format!("c{position}")), Shape::new(&array(input).1[1..]));
        ColumnSpec::new(key, Domain::Feature, Dtype::F64, shape)
    };
    let columns: Vec<ColumnSpec> = inputs.iter().enumerate().map(column).collect();
    let reads: Vec<String> = columns.iter().map(|column| format!("rows.{}", column.key)).collect();
    let schema = SchemaSpec { name: "Row", columns: columns.leak() };
    let reads = Reads::of(reads.iter().map(String::as_str)).output();
    let spec =
        GraphBuilder::new("Merge").precision(Precision::F64).input("rows", schema).node("merged", merge, reads).spec();
    let graph = ModelGraph::build(spec, 0)?;
    let rows = Rows(inputs.iter().map(|input| tensor(input, DType::F64)).collect());
    Ok(graph.run(&[0], &[], &rows, None)?.by_node.remove(0).remove(0))
}

fn check(id: &str, what: &str, found: &Tensor, expected: &Value) {
    let (expected, shape) = array(expected);
    assert_eq!(found.dims(), shape, "{id}: {what}");
    let off = difference(&numbers(found), &expected, 1e-6);
    assert!(off <= 1e-9, "{id}: {what} off by {off:e}");
}

#[test]
fn golden_merges() {
    each_case("merge", |Case { id, options, inputs, expected, error }| {
        let concat = Concat::axis(options.concat_axis);
        let concat = match (options.pad_inputs, options.pad_mode.as_str()) {
            (false, _) => concat,
            (true, "constant") => concat.pad(Padding::Zeros).pad_value(options.pad_value),
            (true, "reflect") => concat.pad(Padding::Reflect),
            (true, "replicate") => concat.pad(Padding::Replicate),
            (true, "circular") => concat.pad(Padding::Circular),
            (true, other) => left_out(other),
        };
        let features: Vec<&Value> = inputs.iter().map(|input| &input.features).collect();
        let features = merge(concat.spec(), &features);
        let targets: Option<Vec<&Value>> = inputs.iter().map(|input| input.targets.as_ref()).collect();
        let targets = targets.map(|targets| match &options.target_strategy {
            Value::Number(axis) => merge(Concat::axis(axis.as_i64().unwrap()).spec(), &targets),
            Value::String(name) if name == "mean" => merge(Mean::new().spec(), &targets),
            Value::String(name) => {
                let chosen = match name.as_str() {
                    "first" => 0,
                    "last" => targets.len() - 1,
                    other => other.strip_prefix("input:").unwrap().parse().unwrap(),
                };
                Ok(tensor(targets[chosen], DType::F64))
            }
            other => left_out(&other.to_string()),
        });
        if error.is_some() {
            assert!(features.is_err() || targets.is_some_and(|targets| targets.is_err()), "{id} is not refused");
            return;
        }
        check(&id, "features", &features.unwrap(), &expected.features.unwrap());
        match (targets, expected.targets.filter(|targets| !targets.is_null())) {
            (Some(found), Some(expected)) => check(&id, "targets", &found.unwrap(), &expected),
            (_, expected) => assert!(expected.is_none(), "{id}: targets"),
        }
    });
}
