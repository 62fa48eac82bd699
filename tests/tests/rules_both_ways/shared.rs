//! Schemas, graphs and studies that the areas share.

use modularml::data::{ColumnSpec, Domain, Dtype, SchemaSpec, Shape};
use modularml::experiment::{ExperimentBuilder, TrainBuilder};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::process::SplitterSpec;

pub(crate) const fn column(key: &'static str, domain: Domain, dtype: Dtype, axes: &[usize]) -> ColumnSpec {
    ColumnSpec::new(key, domain, dtype, Shape::new(axes))
}

pub(crate) const VOLTAGE: ColumnSpec = column("voltage", Domain::Feature, Dtype::F32, &[101]);
pub(crate) const TEMPERATURE: ColumnSpec = column("temperature", Domain::Feature, Dtype::F32, &[]);
pub(crate) const SOH: ColumnSpec = column("soh", Domain::Target, Dtype::F32, &[]);
pub(crate) const CELL: ColumnSpec = column("cell", Domain::Tag, Dtype::I64, &[]);
pub(crate) const STATE: ColumnSpec =
    ColumnSpec { classes: &["fresh", "worn", "dead"], ..column("state", Domain::Target, Dtype::Class, &[]) };

pub(crate) const fn pulse(columns: &'static [ColumnSpec]) -> SchemaSpec {
    SchemaSpec { name: "Pulse", columns }
}

pub(crate) const TWO: SchemaSpec = pulse(&[VOLTAGE, SOH]);
pub(crate) const TAGGED: SchemaSpec = pulse(&[VOLTAGE, SOH, CELL]);
pub(crate) const CLASSED: SchemaSpec = pulse(&[VOLTAGE, SOH, STATE]);
pub(crate) const FOUR: SchemaSpec = pulse(&[VOLTAGE, TEMPERATURE, SOH, CELL]);
pub(crate) const CAPACITY: ColumnSpec = column("capacity", Domain::Feature, Dtype::F32, &[]);
pub(crate) const CELLS: SchemaSpec =
    SchemaSpec { name: "Cell", columns: &[CAPACITY, column("life", Domain::Target, Dtype::F32, &[])] };

pub(crate) fn graph(schema: SchemaSpec) -> GraphBuilder {
    without_optimizer(schema).optimizer(Adam::lr(1e-3))
}

pub(crate) fn without_optimizer(schema: SchemaSpec) -> GraphBuilder {
    GraphBuilder::new("SohNet").input("pulse", schema)
}

/// What a node reads that predicts the state of health.
pub(crate) fn soh(source: &str) -> Reads {
    Reads::of([source]).predicts("pulse.soh")
}

pub(crate) fn encoded(graph: GraphBuilder) -> GraphBuilder {
    graph.node("encoder", Mlp::hidden([64]).output([16]), ["pulse.voltage"])
}

pub(crate) fn branches() -> GraphBuilder {
    encoded(graph(FOUR)).node("thermal", Linear::to([4]), ["pulse.temperature"])
}

pub(crate) fn merged(graph: GraphBuilder, axis: i64, sources: &[&str]) -> GraphBuilder {
    graph.node("fused", Concat::axis(axis), sources.to_vec()).node("soh", Linear::new(), soh("fused"))
}

/// A graph of one node.
pub(crate) fn net(schema: SchemaSpec) -> GraphBuilder {
    graph(schema).node("soh", Mlp::hidden([32]), soh("pulse.voltage"))
}

/// A graph of an encoder and an estimate.
pub(crate) fn deep(graph: GraphBuilder) -> GraphBuilder {
    encoded(graph).node("soh", Linear::new(), soh("encoder"))
}

pub(crate) fn states(schema: SchemaSpec) -> GraphBuilder {
    graph(schema).node("state", Mlp::hidden([32]), Reads::of(["pulse.voltage"]).predicts("pulse.state"))
}

pub(crate) fn study(graph: GraphBuilder) -> ExperimentBuilder {
    ExperimentBuilder::new("SohStudy", graph.spec())
        .split("pulse", Random::ratios([("train", 0.7), ("val", 0.15), ("test", 0.15)]))
}

pub(crate) fn split_by(graph: GraphBuilder, splitter: impl Into<SplitterSpec>) -> ExperimentBuilder {
    ExperimentBuilder::new("SohStudy", graph.spec()).split("pulse", splitter)
}

/// A study with a split of a split.
pub(crate) fn nested(schema: SchemaSpec, parent: &str, halves: Random) -> ExperimentBuilder {
    split_by(net(schema), Random::ratios([("train", 0.7), ("test", 0.3)])).split(parent, halves)
}

pub(crate) fn fed(phase: TrainBuilder) -> TrainBuilder {
    phase.feed("pulse", Batches::of(32), "train").epochs(20)
}

pub(crate) fn trained(phase: TrainBuilder) -> TrainBuilder {
    fed(phase).loss(Mse, ["soh", "pulse.soh"])
}

pub(crate) fn validated(phase: TrainBuilder) -> TrainBuilder {
    trained(phase).val(1, "val", |eval| eval.loss(Mse, ["soh", "pulse.soh"]))
}

pub(crate) fn tested(study: ExperimentBuilder) -> ExperimentBuilder {
    study.eval("test", |eval| eval.feed("pulse", "test").metric("rmse", Rmse, ["soh", "pulse.soh"]))
}
