//! The engine end to end: what training does, against closed forms and its own rules.

mod precision;

use std::process::Command;

use candle_core::{DType, Tensor};

use super::loss::{L1, Mse};
use super::metric::Rmse;
use super::{
    Alternate, EarlyStopping, ExperimentBuilder, Hold, OneCycle, Per, PhaseResult, Session, TrainBuilder, TrainResult,
    Units,
};
use crate::Error;
use crate::data::{FeatureSet, Representation, View};
use crate::graph::layer::{Layer, LayerBuild, LayerSpec, Mode};
use crate::graph::{Adam, GraphBuilder, Linear, Mlp, Reads, Sgd};
use crate::process::{Batches, Pairs, Random, Similar, Standard};
use crate::spec::Settings;
use crate::tests::fixture::{
    LINE, build, cells, deep, line, measured, measured_unscaled, rows, split, study, tested, view, weights,
};
use crate::tests::without_lines;

fn train_result(result: PhaseResult) -> TrainResult {
    match result {
        PhaseResult::Train(result) => result,
        other => panic!("not a train result: {other:?}"),
    }
}

fn f64s(tensor: &Tensor) -> Vec<f64> {
    tensor.to_dtype(DType::F64).and_then(|it| it.flatten_all()?.to_vec1()).expect("numbers")
}

/// Weight and bias of the one-layer graph.
fn parameters(experiment: &Session) -> (f64, f64) {
    let state = experiment.graph().state().expect("a state");
    let value = |name: &str| {
        let (_, tensor) = state.iter().find(|(key, _)| key.ends_with(name)).expect("a parameter");
        f64s(tensor)[0]
    };
    (value("weight"), value("bias"))
}

fn refused(result: crate::Result<impl std::fmt::Debug>) -> String {
    without_lines(&result.expect_err("an error").to_string())
}

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{found}, expected {expected}");
}

#[test]
fn one_step_is_the_closed_form_of_gradient_descent() {
    let phase = |builder: ExperimentBuilder| {
        builder
            .train("fit", |phase| phase.feed("line", Batches::of(1000), "train").loss(Mse, ["y", "line.y"]).epochs(1))
    };
    let mut experiment = build(phase(split(line(Sgd::lr(0.1)))), rows(50, 1.0));
    let (weight, bias) = parameters(&experiment);
    let train = experiment.split("line", "train").expect("a split");
    let x = train.numbers("x", Representation::Raw).expect("x");
    let y = train.numbers("y", Representation::Raw).expect("y");
    #[allow(clippy::cast_precision_loss, reason = "a count of rows")]
    let count = x.len() as f64;
    let errors: Vec<f64> = x.iter().zip(&y).map(|(x, y)| weight * x + bias - y).collect();
    let loss = errors.iter().map(|error| error * error).sum::<f64>() / count;
    let by_weight = x.iter().zip(&errors).map(|(x, error)| 2.0 * error * x).sum::<f64>() / count;
    let by_bias = errors.iter().map(|error| 2.0 * error).sum::<f64>() / count;

    let result = train_result(experiment.run_phase("fit").expect("a run"));
    close(result.loss[0], loss, 1e-6);
    let (new_weight, new_bias) = parameters(&experiment);
    close(new_weight, weight - 0.1 * by_weight, 1e-5);
    close(new_bias, bias - 0.1 * by_bias, 1e-5);
}

/// The gradient by the bias is -1 in every step, for every target lies far above: m = k m - 1, and the bias loses lr m.
#[test]
fn steps_are_taken_with_the_momentum_of_the_rate() {
    let fed = |phase: TrainBuilder| phase.feed("line", Batches::of(1000), "train").loss(L1, ["y", "line.y"]);
    // A warm-up with the optimizer's momentum, and a cycle with its peak at step 2; the second phase has no rate.
    let cycle = OneCycle::over(6).rise(0.5).linear().base_momentum(0.3).max_momentum(0.9);
    let builder = split(line(Sgd::lr(0.1).momentum(0.5)))
        .train("first", |phase| fed(phase).rate([Hold::over(2).factor(0.5).spec(), cycle.spec()], Per::Step).epochs(8))
        .train("second", |phase| fed(phase).epochs(3));
    let mut experiment = build(builder, view(&[0.0; 10], &[1e4; 10]));
    let (_, mut bias) = parameters(&experiment);
    let momenta = [0.5, 0.5, 0.9, 0.6, 0.3, 0.5, 0.7, 0.9, 0.5, 0.5, 0.5];
    let low = 1.0 / 25.0;
    let end = low / 1e4;
    let fall = |third: f64| 1.0 + (end - 1.0) * third / 3.0;
    let rates = [0.5, 0.5, low, f64::midpoint(low, 1.0), 1.0, fall(1.0), fall(2.0), end, 1.0, 1.0, 1.0];
    let mut moment = 0.0;
    for (step, (momentum, rate)) in momenta.into_iter().zip(rates).enumerate() {
        moment = momentum * moment - 1.0;
        bias -= 0.1 * rate * moment;
        match step {
            7 => drop(experiment.run_phase("first").expect("a run")),
            10 => drop(experiment.run_phase("second").expect("a run")),
            _ => continue,
        }
        close(parameters(&experiment).1, bias, 1e-6);
    }
}

#[test]
fn learns_a_line_and_reports_it_in_raw_units() {
    let builder = split(line(Adam::lr(0.05)))
        .scale("line.x", [Standard::new()], "train")
        .scale("line.y", [Standard::new()], "train")
        .train("fit", |phase| {
            phase.feed("line", Batches::of(16).shuffled(), "train").loss(Mse, ["y", "line.y"]).epochs(100)
        })
        .eval("test", |phase| {
            let phase = phase.feed("line", "test").metric_in(Units::Raw, "raw", Rmse, ["y", "line.y"]);
            phase.metric_in(Units::Scaled, "scaled", Rmse, ["y", "line.y"])
        });
    let mut experiment = build(builder, rows(200, 0.0));
    let results = experiment.run().expect("a run");
    let test = &results[1];
    assert!(test.measured("raw").expect("raw") < 0.05, "{test:?}");

    // The standard scaler divides by the deviation of the train rows: raw = scaled * deviation.
    let train = experiment.split("line", "train").expect("a split");
    let y = train.numbers("y", Representation::Raw).expect("y");
    #[allow(clippy::cast_precision_loss, reason = "a count of rows")]
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let center = mean(&y);
    let deviation = mean(&y.iter().map(|y| (y - center).powi(2)).collect::<Vec<_>>()).sqrt();
    close(test.measured("raw").expect("raw"), test.measured("scaled").expect("scaled") * deviation, 1e-4);

    let predicted = experiment.predict(&[view(&[0.0, 0.5], &[0.0, 0.0])]).expect("predictions");
    let predicted = f64s(predicted.get("y").expect("y"));
    close(predicted[0], -10.0, 1e-2);
    close(predicted[1], 0.0, 1e-1);
}

#[test]
fn scalers_see_only_the_rows_that_they_are_fitted_on() {
    let study = split(line(Sgd::lr(0.1))).scale("line.y", [Standard::new()], "train");
    let study = study.eval("test", |phase| measured(phase.feed("line", "test")));
    let experiment = build(study, rows(100, 1.0));
    let train = experiment.split("line", "train").expect("a split");
    let scaled = train.numbers("y", Representation::Transformed).expect("y");
    #[allow(clippy::cast_precision_loss, reason = "a count of rows")]
    let count = scaled.len() as f64;
    let mean = scaled.iter().sum::<f64>() / count;
    let variance = scaled.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    assert!(mean.abs() < 1e-9 && (variance - 1.0).abs() < 1e-9, "mean {mean}, variance {variance}");
}

#[test]
fn an_evaluation_weighs_every_row_alike() {
    // 1500 rows are measured in two pieces of unequal length.
    let builder = ExperimentBuilder::new("Study", line(Sgd::lr(0.1)))
        .split("line", Random::ratios([("train", 0.25), ("test", 0.75)]))
        .eval("test", |phase| measured_unscaled(phase.feed("line", "test")));
    let mut experiment = build(builder, rows(2000, 5.0));
    let (weight, bias) = parameters(&experiment);
    let test = experiment.split("line", "test").expect("a split");
    let x = test.numbers("x", Representation::Raw).expect("x");
    let y = test.numbers("y", Representation::Raw).expect("y");
    #[allow(clippy::cast_precision_loss, reason = "a count of rows")]
    let mse = x.iter().zip(&y).map(|(x, y)| (weight * x + bias - y).powi(2)).sum::<f64>() / x.len() as f64;
    let result = experiment.run().expect("a run").remove(0);
    close(result.measured("loss").expect("a loss"), mse, 1e-5);
    close(result.measured("rmse").expect("a metric"), mse.sqrt(), 1e-5);
}

#[test]
fn early_stopping_goes_back_to_the_best_epoch() {
    let fit = |epochs: usize, stops: bool| {
        let builder = split(deep(Adam::lr(0.1))).train("fit", |phase| {
            let phase = phase.feed("line", Batches::of(4).shuffled(), "train").loss(Mse, ["y", "line.y"]);
            let phase = phase.epochs(epochs).val(1, "val", measured_unscaled);
            if stops { phase.callback(EarlyStopping::patience(3).restore_best(), ["val.loss"]) } else { phase }
        });
        let mut experiment = build(builder, rows(40, 8.0));
        let result = train_result(experiment.run().expect("a run").remove(0));
        (experiment, result)
    };
    let (stopped, result) = fit(200, true);
    let best = result.best_epoch.expect("a best epoch");
    assert_eq!(result.epochs, best + 4, "stops three evaluations after the best");
    assert!(result.epochs < 200);
    let values: Vec<f64> = result.validated("val").filter_map(|val| val.measured.loss).collect();
    assert!(values.iter().enumerate().all(|(epoch, value)| epoch == best || *value >= values[best]), "{values:?}");

    let (short, _) = fit(best + 1, false);
    assert_eq!(weights(&stopped), weights(&short));
    let (a, b) = (stopped.optimizers.states().expect("states"), short.optimizers.states().expect("states"));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (a, b) in a.values().flatten().zip(b.values().flatten()) {
        assert_eq!((a.0, f64s(a.1)), (b.0, f64s(b.1)));
    }
}

#[test]
fn a_frozen_node_keeps_weights_and_moments() {
    let mut experiment = build(study(), rows(100, 1.0));
    let of = |experiment: &Session, node: &str| {
        let weights: Vec<_> = weights(experiment).into_iter().filter(|(name, _)| name.starts_with(node)).collect();
        let states = experiment.optimizers.states().expect("states");
        let moments: Vec<_> = states.values().flatten().filter(|(name, _)| name.starts_with(node)).collect();
        let moments: Vec<_> = moments.into_iter().map(|(name, tensor)| (name.clone(), f64s(tensor))).collect();
        assert!(!weights.is_empty() && !moments.is_empty());
        (weights, moments)
    };
    experiment.run_phase("first").expect("a run");
    let before = (of(&experiment, "encoder."), of(&experiment, "y."));
    experiment.run_phase("second").expect("a run");
    assert_eq!(of(&experiment, "encoder."), before.0);
    let after = of(&experiment, "y.");
    assert_ne!(after.0, before.1.0);
    assert_ne!(after.1, before.1.1);
}

#[test]
fn roles_pull_an_encoder_and_a_fit_solves_its_head() {
    let mut experiment = cells();
    let results = experiment.run().expect("a run");
    let pretrain = results[0].trained().expect("a train result");
    assert!(pretrain.loss.last() < pretrain.loss.first(), "{:?}", pretrain.loss);
    assert!(matches!(&results[1], PhaseResult::Fit(fit) if fit.nodes == ["head"]));
    // `level` is linear in the columns that `head` reads, so least squares with hardly any penalty finds it.
    assert!(results[2].measured("rmse").expect("rmse") < 1e-2, "{:?}", results[2]);
}

#[test]
fn nodes_step_by_their_own_optimizers() {
    // A rate of nearly nothing leaves `encoder` where it began, beside a graph optimizer that moves `y`.
    let graph = GraphBuilder::new("Net")
        .input("line", LINE)
        .optimizer(Sgd::lr(0.01))
        .node("encoder", Mlp::hidden([4]).output([2]), Reads::of(["line.x"]).override_optimizer(Sgd::lr(1e-30)))
        .node("y", Linear::new(), Reads::of(["encoder"]).predicts("line.y"))
        .spec();
    let builder =
        split(graph).train("fit", |phase| phase.feed("line", Batches::of(10), "train").loss(Mse, ["y", "line.y"]));
    let mut experiment = build(builder, rows(50, 1.0));
    let before = weights(&experiment);
    experiment.run().expect("a run");
    for ((name, before), (_, after)) in before.iter().zip(&weights(&experiment)) {
        assert_eq!(before == after, name.starts_with("encoder."), "{name}");
    }
}

#[test]
fn a_loss_that_is_not_finite_stops_with_its_place() {
    let builder = split(line(Sgd::lr(1e30)))
        .train("fit", |phase| phase.feed("line", Batches::of(10), "train").loss(Mse, ["y", "line.y"]).epochs(5));
    let mut experiment = build(builder, rows(50, 1.0));
    let message = refused(experiment.run());
    assert!(message.starts_with("train `fit`, epoch 1 step 2: loss is"), "{message}");
    assert!(message.contains("Sgd, lr 1000000000000000000000000000000"), "{message}");
}

/// A layer that cuts the gradient to its own parameters.
struct Cut(Box<dyn Layer>);

impl Layer for Cut {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> crate::Result<Tensor> {
        Ok(self.0.forward(inputs, mode)?.detach())
    }

    fn parameters(&self) -> Vec<(String, candle_core::Var)> {
        self.0.parameters()
    }

    fn set_state(&mut self, state: &std::collections::BTreeMap<String, Tensor>) -> crate::Result<()> {
        self.0.set_state(state)
    }
}

fn cut(settings: &Settings, build: LayerBuild) -> crate::Result<Box<dyn Layer>> {
    Ok(Box::new(Cut(LayerSpec { settings: *settings, ..Linear::new().spec() }.build(build)?)))
}

#[test]
fn a_parameter_without_gradient_is_named() {
    let layer = LayerSpec { name: "Cut", code: code!(crate::graph::layer::Build, cut), ..Linear::new().spec() };
    let reads = Reads::of(["line.x"]).predicts("line.y");
    let graph = GraphBuilder::new("Net").input("line", LINE).optimizer(Sgd::lr(0.1)).node("y", layer, reads).spec();
    let builder =
        split(graph).train("fit", |phase| phase.feed("line", Batches::of(10), "train").loss(Mse, ["y", "line.y"]));
    let message = refused(build(builder, rows(50, 1.0)).run());
    assert!(message.starts_with("train `fit`, step 1: parameters y."), "{message}");
    assert!(message.ends_with("received no gradient; a detach in `y`, or between it and the loss?"), "{message}");
}

#[test]
fn feeds_of_unequal_batch_counts_are_refused() {
    let graph = GraphBuilder::new("Net")
        .input("a", LINE)
        .input("b", LINE)
        .optimizer(Sgd::lr(0.1))
        .node("ya", Linear::new(), Reads::of(["a.x"]).predicts("a.y"))
        .node("yb", Linear::new(), Reads::of(["b.x"]).predicts("b.y"))
        .spec();
    let halves = || Random::ratios([("train", 0.5), ("test", 0.5)]);
    let experiment = ExperimentBuilder::new("Study", graph)
        .split("a", halves())
        .split("b", halves())
        .train("fit", |phase| {
            let phase = phase.feed("a", Batches::of(10), "train").feed("b", Batches::of(10), "train");
            phase.loss(Mse, ["ya", "a.y"]).add_loss(0.5, Mse, ["yb", "b.y"])
        })
        .build(vec![rows(100, 1.0), rows(60, 1.0)]);
    let message = refused(experiment);
    assert!(message.starts_with("train `fit`: `a` gives 5 batches, `b` 3; "), "{message}");
}

#[test]
fn data_that_does_not_fit_is_refused() {
    let builder = || tested(line(Sgd::lr(0.1)));
    assert_eq!(refused(builder().build(vec![])), "graph `LineNet` has 1 inputs, 0 data sets are given");
    let message = refused(builder().build(vec![view(&[1.0], &[1.0])]));
    assert!(message.contains("no row") || message.contains("rows"), "{message}");
    let experiment = build(builder(), rows(20, 1.0));
    let message = refused(experiment.split("line", "tain"));
    assert_eq!(message, "no split `tain` in input `line`; there are train, val, test; did you mean `train`?");
    assert!(matches!(experiment.predict(&[]), Err(Error::Data(_))));
}

/// A net so wide that products of matrices and operations on elements are shared among threads, where there are some.
fn bits() -> Vec<(String, Vec<u32>)> {
    let graph = GraphBuilder::new("WideNet")
        .input("line", LINE)
        .optimizer(Adam::lr(1e-3))
        .node("y", Mlp::hidden([320, 320]).dropout(0.1), Reads::of(["line.x"]).predicts("line.y"))
        .spec();
    let builder = split(graph).scale("line.y", [Standard::new()], "train").train("fit", |phase| {
        phase.feed("line", Batches::of(256).shuffled(), "train").loss(Mse, ["y", "line.y"]).epochs(3)
    });
    let mut experiment = build(builder, rows(1000, 1.0));
    experiment.run().expect("a run");
    weights(&experiment)
}

#[test]
fn a_mapped_store_trains_to_the_bits_of_the_rows_in_memory() {
    let trained = |rows: View| {
        let mut experiment = build(study(), rows);
        experiment.run().expect("a run");
        weights(&experiment)
    };
    let path = std::env::temp_dir().join(format!("modularml-{}.arrow", uuid::Uuid::new_v4().simple()));
    let set = rows(300, 1.0).to_feature_set().expect("a set");
    set.to_arrow_file(&path).expect("a store");
    let opened = FeatureSet::open_dynamic(&path).expect("the store").view();
    assert!(opened.is_mapped() && !set.view().is_mapped());
    assert!(trained(opened) == trained(set.view()), "a store trains to other bits");
    std::fs::remove_file(&path).expect("the store");
}

/// Set in the processes that the test below starts: they print their bits and end.
const PRINTS_BITS: &str = "MODULARML_TEST_PRINTS_BITS";

#[test]
fn two_runs_give_the_same_bits_with_one_and_with_two_threads() {
    let here = format!("{:?}", bits());
    if std::env::var_os(PRINTS_BITS).is_some() {
        println!("{here}");
        return;
    }
    let run = |threads: &str| {
        let this = std::thread::current().name().expect("the name of this test").to_owned();
        let output = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", &this, "--nocapture"])
            .env("RAYON_NUM_THREADS", threads)
            .env(PRINTS_BITS, "yes")
            .output()
            .expect("a run");
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().find_map(|line| line.find("[(").and_then(|at| line.get(at..)).map(str::to_owned)).expect("bits")
    };
    assert!(run("1") == here, "another process with one thread gives other bits");
    assert!(run("2") == here, "two threads give other bits");
}

#[test]
fn roles_that_rows_cannot_fill_are_refused_before_anything_runs() {
    let builder = |sampler: Pairs| {
        split(deep(Sgd::lr(0.1))).train("pretrain", |phase| {
            let inputs = ["encoder.anchor", "encoder.pair"];
            phase.feed("line", sampler, "train").loss(Mse, inputs).epochs(1)
        })
    };
    let far = |row: usize| f64::from(u8::try_from(row).unwrap_or(0)) * 10.0;
    let x: Vec<f64> = (0..20).map(far).collect();
    let near = Pairs::of(4).pair([Similar::new("x", true).within(1.0)]);
    let message = refused(builder(near).build(vec![view(&x, &x)]));
    let expected = "train `pretrain`, feed `line` of split `train`: Pairs: 12 of 12 anchors lack a pair \
                    (Similar::to(x).within(1)); relax the condition";
    assert!(message.starts_with(expected), "{message}");
    assert!(builder(Pairs::of(4).pair([Similar::new("x", true).within(200.0)])).build(vec![view(&x, &x)]).is_ok());
}

#[test]
fn feeds_that_take_turns_are_each_measured_over_all_their_rows() {
    let graph = GraphBuilder::new("Net")
        .input("a", LINE)
        .input("b", LINE)
        .optimizer(Sgd::lr(0.1))
        .node("ya", Linear::new(), Reads::of(["a.x"]).predicts("a.y"))
        .node("yb", Linear::new(), Reads::of(["b.x"]).predicts("b.y"))
        .spec();
    let halves = || Random::ratios([("train", 0.5), ("val", 0.5)]);
    let mut experiment = ExperimentBuilder::new("Study", graph)
        .split("a", halves())
        .split("b", halves())
        .train("fit", |phase| {
            let phase = phase.feed("a", Batches::of(10), "train").feed("b", Batches::of(10), "train");
            let phase = phase.schedule(Alternate::cycle()).epochs(2);
            phase.loss(Mse, ["ya", "a.y"]).add_loss(0.5, Mse, ["yb", "b.y"]).val(2, "val", |eval| {
                let eval = eval.loss(Mse, ["ya", "a.y"]).add_loss(0.5, Mse, ["yb", "b.y"]);
                eval.metric("of_a", Rmse, ["ya", "a.y"]).metric("of_b", Rmse, ["yb", "b.y"])
            })
        })
        .build(vec![rows(100, 1.0), rows(60, 1.0)])
        .expect("an experiment");
    experiment.progress(super::Progress::Silent);
    let results = experiment.run().expect("a run");
    let measured = &results[0].trained().expect("a train result").validations[0].measured;

    let state = experiment.graph().state().expect("a state");
    let mse = |input: &str| {
        let (weight, bias) =
            (f64s(&state[&format!("y{input}.0.weight")])[0], f64s(&state[&format!("y{input}.0.bias")])[0]);
        let val = experiment.split(input, "val").expect("a split");
        let x = val.numbers("x", Representation::Raw).expect("x");
        let y = val.numbers("y", Representation::Raw).expect("y");
        #[allow(clippy::cast_precision_loss, reason = "a count of rows")]
        let count = x.len() as f64;
        x.iter().zip(&y).map(|(x, y)| (weight * x + bias - y).powi(2)).sum::<f64>() / count
    };
    close(measured.loss.expect("a loss"), mse("a") + 0.5 * mse("b"), 1e-5);
    close(measured.get("of_a").expect("a metric"), mse("a").sqrt(), 1e-5);
    close(measured.get("of_b").expect("a metric"), mse("b").sqrt(), 1e-5);
}
