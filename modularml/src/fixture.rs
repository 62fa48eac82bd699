//! What the tests of engine and archive share: a small linear problem.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, RecordBatch};

use crate::data::{ColumnSpec, Domain, Dtype, Reader, SchemaSpec, Shape, View};
use crate::experiment::loss::Mse;
use crate::experiment::metric::Rmse;
use crate::experiment::{EvalBuilder, Experiment, ExperimentBuilder, Progress, Units};
use crate::graph::{Adam, GraphBuilder, GraphSpec, Linear, Mlp, OptimizerSpec, Reads};
use crate::process::{Batches, Random, Standard};
use crate::random::{Place, Purpose, Rng};

const fn column(key: &'static str, domain: Domain) -> ColumnSpec {
    ColumnSpec {
        key,
        stored_as: key,
        domain,
        dtype: Dtype::F32,
        shape: Shape::SCALAR,
        classes: &[],
        allows_missing: false,
        groups: false,
    }
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
#[allow(clippy::cast_possible_truncation, reason = "the columns are f32")]
pub(crate) fn view(x: &[f64], y: &[f64]) -> View {
    let column = |values: &[f64]| -> ArrayRef {
        Arc::new(Float32Array::from(values.iter().map(|&value| value as f32).collect::<Vec<_>>()))
    };
    let batch = RecordBatch::try_from_iter([("x", column(x)), ("y", column(y))]).expect("a batch");
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

/// Builds without progress.
pub(crate) fn build(builder: ExperimentBuilder, data: View) -> Experiment {
    let mut experiment = builder.build(vec![data]).expect("an experiment");
    experiment.progress(Progress::Silent);
    experiment
}

/// The bits of all weights.
pub(crate) fn weights(experiment: &Experiment) -> Vec<(String, Vec<u32>)> {
    let state = experiment.graph().state().expect("a state");
    let bits = |tensor: &candle_core::Tensor| -> Vec<u32> {
        let values = tensor.flatten_all().and_then(|flat| flat.to_vec1::<f32>()).expect("f32 values");
        values.into_iter().map(f32::to_bits).collect()
    };
    state.iter().map(|(name, tensor)| (name.clone(), bits(tensor))).collect()
}
