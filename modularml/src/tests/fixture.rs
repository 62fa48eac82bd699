//! What the tests of engine and archive share: a small linear problem.

use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeListArray, Float32Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field};

use crate::data::{Column, ColumnSpec, Domain, Dtype, Reader, SchemaSpec, View};
use crate::experiment::loss::{Mse, TripletMargin};
use crate::experiment::metric::Rmse;
use crate::experiment::{EvalBuilder, ExperimentBuilder, Progress, Session, Units};
use crate::graph::Ridge;
use crate::graph::{Adam, GraphBuilder, GraphSpec, Linear, Mlp, OptimizerSpec, Reads};
use crate::process::{Batches, Random, Standard, Triplets};
use crate::random::{Place, Purpose, Rng};
use crate::text::Shape;

const fn column(key: &'static str, domain: Domain) -> ColumnSpec {
    ColumnSpec::new(key, domain, Dtype::F32, Shape::SCALAR)
}

/// `y = 20 x - 10 + noise`
pub(crate) const LINE: SchemaSpec =
    SchemaSpec { name: "Line", columns: &[column("x", Domain::Feature), column("y", Domain::Target)] };

/// Rows around the line.
pub(crate) fn rows(count: usize, noise: f64) -> View {
    let mut rng = Rng::new(99, Purpose::Noise, Place::default());
    let mut x = Vec::new();
    let mut y = Vec::new();
    for _ in 0..count {
        let at = rng.unit() * 2.0 - 1.0;
        x.push(at);
        y.push(20.0 * at - 10.0 + noise * (rng.unit() * 2.0 - 1.0));
    }
    view(&x, &y)
}

/// Rows of these values.
pub(crate) fn view(x: &[f64], y: &[f64]) -> View {
    let batch = RecordBatch::try_from_iter([("x", floats(x)), ("y", floats(y))]).expect("a batch");
    Reader::with_schema(LINE).batches([batch]).expect("rows").view()
}

/// A graph of one layer.
pub(crate) fn line(optimizer: impl Into<OptimizerSpec>) -> GraphSpec {
    let reads = Reads::of(["line.x"]).predicts("line.y");
    GraphBuilder::new("LineNet").input("line", LINE).optimizer(optimizer).node("y", Linear::new(), reads).spec()
}

/// A graph of two nodes.
pub(crate) fn deep(optimizer: impl Into<OptimizerSpec>) -> GraphSpec {
    GraphBuilder::new("DeepNet")
        .input("line", LINE)
        .optimizer(optimizer)
        .node("encoder", Mlp::hidden([8]).output([4]), ["line.x"])
        .node("y", Mlp::hidden([8]), Reads::of(["encoder"]).predicts("line.y"))
        .spec()
}

/// An experiment with splits but no phases.
pub(crate) fn split(graph: GraphSpec) -> ExperimentBuilder {
    ExperimentBuilder::new("LineStudy", graph)
        .seed(7)
        .split("line", Random::ratios([("train", 0.6), ("val", 0.2), ("test", 0.2)]))
}

/// Measures loss and RMSE of `y`, which nothing scales.
pub(crate) fn measured_unscaled(eval: EvalBuilder) -> EvalBuilder {
    eval.loss(Mse, ["y", "line.y"]).metric("rmse", Rmse, ["y", "line.y"])
}

/// An experiment that measures a graph and trains nothing.
pub(crate) fn tested(graph: GraphSpec) -> ExperimentBuilder {
    split(graph).eval("test", |phase| measured_unscaled(phase.feed("line", "test")))
}

/// Measures loss and RMSE of `y`, the latter in raw units.
pub(crate) fn measured(eval: EvalBuilder) -> EvalBuilder {
    eval.loss(Mse, ["y", "line.y"]).metric_in(Units::Raw, "rmse", Rmse, ["y", "line.y"])
}

/// A whole experiment on a graph with nodes `encoder` and `y`: two train phases and a test.
pub(crate) fn study() -> ExperimentBuilder {
    split(deep(Adam::lr(1e-2)))
        .scale("line.x", [Standard::new()], "train")
        .scale("line.y", [Standard::new()], "train")
        .train("first", |phase| {
            let phase = phase.feed("line", Batches::of(16).shuffled(), "train").loss(Mse, ["y", "line.y"]);
            phase.epochs(3).val(1, "val", measured)
        })
        .train("second", |phase| {
            let phase = phase.feed("line", Batches::of(16).shuffled(), "train").loss(Mse, ["y", "line.y"]);
            phase.epochs(2).freeze(["encoder"])
        })
        .eval("test", |phase| measured(phase.feed("line", "test")))
}

const CELL: SchemaSpec = SchemaSpec {
    name: "Cell",
    columns: &[
        ColumnSpec { shape: Shape::new(&[3]), ..column("curve", Domain::Feature) },
        column("level", Domain::Target),
        ColumnSpec { dtype: Dtype::I64, ..column("kind", Domain::Tag) },
    ],
};

/// Three kinds of cells: an encoder is pretrained by triplets, and a head that reads the same columns is fitted.
pub(crate) fn cells() -> Session {
    let graph = GraphBuilder::new("CellNet")
        .input("cell", CELL)
        .optimizer(Adam::lr(1e-2))
        .node("encoder", Mlp::hidden([8]).output([2]), Reads::of(["cell.curve"]).output())
        .node("head", Ridge::penalty(1e-6), Reads::of(["cell.curve"]).predicts("cell.level"))
        .spec();
    let builder = ExperimentBuilder::new("CellStudy", graph)
        .seed(3)
        .split("cell", Random::ratios([("train", 0.7), ("test", 0.3)]))
        .train("pretrain", |phase| {
            let phase = phase.feed("cell", Triplets::of(16).same(Column::<i64>::new(CELL.columns[2])), "train");
            let roles = ["encoder.anchor", "encoder.positive", "encoder.negative"];
            phase.nodes(["encoder"]).loss(TripletMargin::margin(1.0), roles).epochs(5)
        })
        .fit("solve", |phase| phase.feed("cell", "train").nodes(["head"]))
        .eval("test", |phase| phase.feed("cell", "test").metric("rmse", Rmse, ["head", "cell.level"]));

    let mut rng = Rng::new(98, Purpose::Noise, Place::default());
    let (mut curve, mut level, mut kind) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..90i16 {
        let at = row % 3;
        let noise = [rng.unit(), rng.unit(), rng.unit()];
        let values = [f64::from(at) + noise[0], 1.0 - f64::from(at) + noise[1], noise[2]];
        level.push(2.0 * values[0] - values[1] + 0.5 * values[2] + 3.0);
        curve.extend(values);
        kind.push(i64::from(at));
    }
    let curve =
        FixedSizeListArray::new(Arc::new(Field::new("item", DataType::Float32, false)), 3, floats(&curve), None);
    let columns: [(&str, ArrayRef); 3] =
        [("curve", Arc::new(curve)), ("level", floats(&level)), ("kind", Arc::new(Int64Array::from(kind)))];
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    build(builder, Reader::with_schema(CELL).batches([batch]).expect("rows").view())
}

#[allow(clippy::cast_possible_truncation, reason = "the columns are f32")]
fn floats(values: &[f64]) -> ArrayRef {
    Arc::new(Float32Array::from(values.iter().map(|&value| value as f32).collect::<Vec<_>>()))
}

/// Builds without progress.
pub(crate) fn build(builder: ExperimentBuilder, data: View) -> Session {
    let mut experiment = builder.build(vec![data]).expect("an experiment");
    experiment.progress(Progress::Silent);
    experiment
}

/// The bits of all weights, as f32.
pub(crate) fn weights(experiment: &Session) -> Vec<(String, Vec<u32>)> {
    let state = experiment.graph().state().expect("a state");
    let bits = |tensor: &candle_core::Tensor| -> Vec<u32> {
        let values =
            tensor.to_dtype(candle_core::DType::F32).and_then(|it| it.flatten_all()?.to_vec1::<f32>()).expect("values");
        values.into_iter().map(f32::to_bits).collect()
    };
    state.iter().map(|(name, tensor)| (name.clone(), bits(tensor))).collect()
}
