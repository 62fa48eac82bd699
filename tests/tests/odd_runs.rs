//! Runs of unusual depth and size, runs beside each other, and a callback that panics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use arrow::array::{ArrayRef, FixedSizeListArray, Float32Array, RecordBatch};
use arrow::datatypes::{DataType, Field};
use modularml::Registry;
use modularml::experiment::{Callback, ExperimentBuilder, Moment, Next, Session, StepInfo, TrainBuilder};
use modularml::graph::{GraphBuilder, GraphSpec, LayerSpec, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml_tests::numbers;

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: [f32; 2],
    #[target]
    y: f32,
}

fn points(rows: u16) -> FeatureSet<Point> {
    FeatureSet::from_rows((0..rows).map(|row| {
        let x = f32::from(row % 97) / 97.0;
        Point { x: [x, 1.0 - x * x], y: x }
    }))
    .unwrap()
}

fn line() -> GraphSpec {
    let y = Reads::of(["point.x"]).predicts("point.y");
    GraphBuilder::new("Line").input("point", Point::SCHEMA).optimizer(Adam::lr(1e-3)).node("y", Linear::new(), y).spec()
}

/// A study that trains on 0.8 of the rows, in two phases, and measures on the others.
fn study(graph: GraphSpec, rows: &FeatureSet<Point>, batch: usize, epochs: usize) -> Session {
    let last = graph.nodes.items().last().map_or_else(String::new, |node| node.name.to_string());
    let train = |phase: TrainBuilder| {
        phase.feed("point", Batches::of(batch).shuffled(), "train").loss(Mse, [last.as_str(), "point.y"]).epochs(epochs)
    };
    let study = ExperimentBuilder::new("LineStudy", graph)
        .split("point", Random::ratios([("train", 0.8), ("test", 0.2)]))
        .train("first", train)
        .train("second", train)
        .eval("check", |phase| phase.feed("point", "test").loss(Mse, [last.as_str(), "point.y"]));
    let mut study = study.build(vec![rows.view()]).unwrap();
    study.progress(Progress::Silent);
    study
}

/// All weights, as bits.
fn weights(study: &Session) -> Vec<u64> {
    let state = study.graph().state().unwrap();
    state.keys().flat_map(|name| numbers(state.get(name).unwrap())).map(f64::to_bits).collect()
}

#[test]
fn studies_in_two_threads_give_the_bits_of_each_alone() {
    let trained = |seed: u64| {
        let mut study = study(line(), &points(500), 8, 4).again(seed, 0).unwrap();
        let results = study.run().unwrap();
        (results, weights(&study))
    };
    let alone = [1, 2].map(trained);
    let beside = thread::scope(|scope| {
        let threads = [1, 2].map(|seed| scope.spawn(move || trained(seed)));
        threads.map(|thread| thread.join().unwrap())
    });
    assert_eq!(beside, alone);
    assert_ne!(alone[0], alone[1]);
}

/// Panics in the given step of the second phase.
struct Panics(usize);

impl Callback for Panics {
    fn on_step_end(&mut self, moment: &mut Moment<'_>, _: &StepInfo<'_>) -> modularml::Result<Next> {
        self.0 -= usize::from(moment.phase().is_some_and(|phase| phase.name == "second"));
        assert!(self.0 > 0, "an assertion of a user");
        Ok(Next::Continue)
    }
}

#[test]
fn a_study_is_whole_after_a_callback_panicked() {
    let rows = points(200);
    let mut study = study(line(), &rows, 8, 2);
    assert!(catch_unwind(AssertUnwindSafe(|| study.run_with(&mut Panics(27)))).is_err());
    let [first, second] = study.results() else { panic!("{:?}", study.results()) };
    assert_eq!((first.name(), second.name()), ("first", "second"));
    assert_eq!((first.trained().unwrap().epochs, second.trained().unwrap().epochs), (2, 1));
    let before = weights(&study);
    study.predict(&[rows.view()]).unwrap();
    study.run_phase("check").unwrap();
    assert_eq!(weights(&study), before);
    assert_eq!(study.run().unwrap().len(), 3);
    assert_ne!(weights(&study), before);
}

/// What a test's thread has on most platforms.
fn in_a_small_stack(test: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(2 << 20).spawn(test).unwrap().join().unwrap();
}

/// Trains, saves, loads and predicts the same.
fn goes_through(graph: GraphSpec) {
    let rows = points(60);
    let mut study = study(graph, &rows, 8, 1);
    study.run().unwrap();
    let predicted = |study: &Session| numbers(study.predict(&[rows.view()]).unwrap().get("last").unwrap());
    let file =
        std::env::temp_dir().join(format!("modularml-odd-{}-{}.mml", std::process::id(), study.spec().graph.name));
    study.save(&file).unwrap();
    let loaded = Session::load(&file, &Registry::new());
    std::fs::remove_file(&file).ok();
    assert_eq!(predicted(&loaded.unwrap()), predicted(&study));
}

#[test]
fn two_hundred_layers_in_a_row_fit_a_small_stack() {
    static LAYERS: [LayerSpec; 200] = [const { Linear::to([3]).spec() }; 200];
    in_a_small_stack(|| {
        let graph = GraphBuilder::new("Deep").input("point", Point::SCHEMA).optimizer(Adam::lr(1e-3));
        let graph = graph.node("deep", Sequential::of(&LAYERS), Reads::of(["point.x"]));
        goes_through(graph.node("last", Linear::new(), Reads::of(["deep"]).predicts("point.y")).spec());
    });
}

#[test]
fn five_hundred_nodes_fit_a_small_stack() {
    in_a_small_stack(|| {
        let graph = GraphBuilder::new("Chain").input("point", Point::SCHEMA).optimizer(Adam::lr(1e-3));
        let graph = graph.node("node0", Linear::to([3]), Reads::of(["point.x"]));
        let graph = (1..500).fold(graph, |graph, node| {
            graph.node(&format!("node{node}"), Linear::to([3]), Reads::of([format!("node{}", node - 1).as_str()]))
        });
        goes_through(graph.node("last", Linear::new(), Reads::of(["node499"]).predicts("point.y")).spec());
    });
}

#[derive(SampleSchema)]
struct Reading {
    #[feat]
    x: f32,
    #[target]
    y: f32,
}

#[test]
fn ten_million_rows_train_and_are_measured() {
    const ROWS: usize = 10_000_000;
    #[expect(clippy::cast_precision_loss, reason = "less than 2^24")]
    let x: ArrayRef = Arc::new((0..ROWS).map(|row| row as f32 / ROWS as f32).collect::<Float32Array>());
    let batch = RecordBatch::try_from_iter([("x", x.clone()), ("y", x)]).unwrap();
    let rows = FeatureSet::<Reading>::from_batches([batch]).unwrap();
    let y = Reads::of(["reading.x"]).predicts("reading.y");
    let graph = GraphBuilder::new("Line").input("reading", Reading::SCHEMA).optimizer(Adam::lr(0.01));
    let study = ExperimentBuilder::new("LineStudy", graph.node("y", Linear::new(), y).spec())
        .split("reading", Random::ratios([("train", 0.8), ("test", 0.2)]))
        .train("fit", |phase| {
            phase.feed("reading", Batches::of(1 << 16).shuffled(), "train").loss(Mse, ["y", "reading.y"]).epochs(1)
        })
        .eval("check", |phase| phase.feed("reading", "test").metric("mean", Mse, ["y", "reading.y"]));
    let mut study = study.build(vec![rows.view()]).unwrap();
    study.progress(Progress::Silent);
    study.run().unwrap();
    let [weight, bias] =
        ["y.0.weight", "y.0.bias"].map(|name| numbers(study.graph().state().unwrap().get(name).unwrap())[0]);
    // The mean of ((w - 1) x + b)^2 over x in [0, 1).
    let expected = (weight - 1.0).powi(2) / 3.0 + (weight - 1.0) * bias + bias * bias;
    let found = study.results()[1].measured("mean").unwrap();
    assert!((found - expected).abs() <= 2e-3 * expected, "{found}, not {expected}");
}

#[derive(SampleSchema)]
struct Wide {
    #[feat]
    spectrum: [f32; 1_000_000],
    #[target]
    y: f32,
}

#[test]
fn rows_of_a_million_numbers_train() {
    const WIDTH: usize = 1_000_000;
    let numbers: Float32Array = (0..8u8).flat_map(|row| (0..WIDTH).map(move |_| f32::from(row) / 8.0)).collect();
    let item = Arc::new(Field::new("item", DataType::Float32, false));
    let spectra: ArrayRef = Arc::new(FixedSizeListArray::new(item, 1_000_000, Arc::new(numbers), None));
    let y: ArrayRef = Arc::new((0..8u8).map(f32::from).collect::<Float32Array>());
    let rows =
        FeatureSet::<Wide>::from_batches([RecordBatch::try_from_iter([("spectrum", spectra), ("y", y)]).unwrap()])
            .unwrap();
    let graph = GraphBuilder::new("Line").input("wide", Wide::SCHEMA).optimizer(Sgd::lr(1e-7));
    let y = Reads::of(["wide.spectrum"]).predicts("wide.y");
    let study = ExperimentBuilder::new("LineStudy", graph.node("y", Linear::new(), y).spec())
        .split("wide", Random::ratios([("train", 1.0)]))
        .scale("wide.spectrum", [Standard::new()], "train")
        .train("fit", |phase| phase.feed("wide", Batches::of(4), "train").loss(Mse, ["y", "wide.y"]).epochs(4));
    let mut study = study.build(vec![rows.view()]).unwrap();
    study.progress(Progress::Silent);
    let results = study.run().unwrap();
    let losses = &results[0].trained().unwrap().loss;
    assert!(losses.windows(2).all(|pair| pair[1] < pair[0]), "{losses:?}");
}
