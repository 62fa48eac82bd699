//! Parameters of half precision: what is kept, what steps do to it, and what a file holds.

use candle_core::{DType, Tensor, Var};

use super::{f64s, refused};
use crate::Registry;
use crate::experiment::loss::{L1, L2Penalty, Mse};
use crate::experiment::{ByNorm, EarlyStopping, ExperimentBuilder, Progress, Session, TrainBuilder};
use crate::graph::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, Asgd, BatchNorm, GraphBuilder, GraphSpec, Lbfgs, Linear, Lion, Mlp, NAdam,
    OptimizerSpec, Precision, RAdam, Reads, RmsProp, Rprop, Sgd,
};
use crate::process::{Batches, Random, Standard};
use crate::tests::fixture::{build, deep, line, measured, rows, split, tested, view, weights};

const HALVES: [(Precision, DType); 2] = [(Precision::Bf16, DType::BF16), (Precision::F16, DType::F16)];

/// y = w x with w = 1 at first, on one row; y is far above, so that each step of the absolute error takes lr x from -w.
fn one_weight(precision: Precision, lr: f64, x: f64, epochs: usize) -> Session {
    let reads = Reads::of(["line.x"]).predicts("line.y");
    let graph = GraphBuilder::new("LineNet").precision(precision).input("line", crate::tests::fixture::LINE);
    let graph = graph.optimizer(Sgd::lr(lr)).node("y", Linear::new().no_bias(), reads).spec();
    let study = ExperimentBuilder::new("LineStudy", graph).split("line", Random::ratios([("train", 1.0)]));
    let study = study
        .train("fit", |phase| phase.feed("line", Batches::of(1), "train").loss(L1, ["y", "line.y"]).epochs(epochs));
    let study = build(study, view(&[x], &[-1000.0]));
    let (_, weight) = study.graph().parameters(0).remove(0);
    weight.set(&weight.ones_like().expect("a tensor")).expect("a weight");
    study
}

/// The parameter and its f32 copy.
fn weight_and_copy(study: &Session) -> (f64, f64) {
    let copies = &study.optimizers.states().expect("states")["master"];
    (f64s(&study.graph().state().expect("a state")["y.0.weight"])[0], f64s(&copies["y.0.weight"])[0])
}

#[test]
fn steps_far_below_the_gaps_of_half_precision_add_up() {
    for (precision, _) in HALVES {
        // The numbers below 1 are 2^-8 apart in bf16, 2^-11 in f16: a step of 2^-13 alone changes neither.
        let mut study = one_weight(precision, 0.5f64.powi(13), 1.0, 1);
        study.run().expect("a run");
        assert_eq!(weight_and_copy(&study), (1.0, 1.0 - 0.5f64.powi(13)));
        let mut study = one_weight(precision, 0.5f64.powi(13), 1.0, 512);
        study.run().expect("a run");
        assert_eq!(weight_and_copy(&study), (1.0 - 0.0625, 1.0 - 0.0625));
    }
}

#[test]
fn gradients_are_not_rounded_to_half() {
    for (precision, dtype) in HALVES {
        let x = 1.0 / 3.0f32;
        let mut study = one_weight(precision, 1.0, f64::from(x), 1);
        study.run().expect("a run");
        let rounded = Tensor::new(1.0 - x, &candle_core::Device::Cpu).and_then(|copy| copy.to_dtype(dtype));
        let rounded = f64s(&rounded.expect("a number"))[0];
        assert_eq!(weight_and_copy(&study), (rounded, f64::from(1.0 - x)));
    }
}

#[test]
fn a_parameter_with_other_numbers_is_copied_anew() {
    let mut study = one_weight(Precision::Bf16, 0.25, 1.0, 1);
    study.run().expect("a run");
    assert_eq!(weight_and_copy(&study), (0.75, 0.75));
    let (_, weight) = study.graph().parameters(0).remove(0);
    let four = weight.ones_like().and_then(|one| one * 4.0).expect("a tensor");
    weight.set(&four).expect("a weight");
    study.run().expect("a run");
    assert_eq!(weight_and_copy(&study), (3.75, 3.75));
}

/// The deep graph with a phase that steps in every way there is.
fn study(
    optimizer: impl Into<OptimizerSpec>,
    precision: Precision,
    phase: fn(TrainBuilder) -> TrainBuilder,
) -> Session {
    let graph = GraphSpec { precision, ..deep(optimizer) };
    let study = split(graph).scale("line.y", [Standard::new()], "train").train("fit", |train| {
        let train = train.feed("line", Batches::of(8).shuffled(), "train").loss(Mse, ["y", "line.y"]);
        phase(train)
    });
    build(study, rows(60, 1.0))
}

/// The bits of all weights and of all that optimizers keep.
fn bits(study: &Session) -> Vec<(String, Vec<u64>)> {
    let bits = |name: String, tensor: &Tensor| (name, f64s(tensor).into_iter().map(f64::to_bits).collect());
    let mut all: Vec<_> =
        study.graph().state().expect("a state").into_iter().map(|(name, it)| bits(name, &it)).collect();
    for (site, state) in study.optimizers.states().expect("states") {
        all.extend(state.iter().map(|(name, tensor)| bits(format!("{site}/{name}"), tensor)));
    }
    all
}

#[test]
fn every_optimizer_goes_on_with_the_same_bits() {
    let optimizers: Vec<OptimizerSpec> = vec![
        Sgd::lr(0.01).momentum(0.9).spec(),
        Asgd::lr(0.01).spec(),
        Adam::lr(0.01).spec(),
        AdamW::lr(0.01).spec(),
        NAdam::lr(0.01).spec(),
        RAdam::lr(0.01).spec(),
        Adamax::lr(0.01).spec(),
        Adagrad::lr(0.01).spec(),
        Adadelta::lr(0.1).spec(),
        RmsProp::lr(0.01).spec(),
        Rprop::lr(0.01).spec(),
        Lbfgs::lr(0.01).spec(),
        Lion::lr(0.001).spec(),
    ];
    for (optimizer, precision) in optimizers.into_iter().flat_map(|it| HALVES.map(|(half, _)| (it, half))) {
        let started = || study(optimizer, precision, |phase| phase.epochs(12));
        let (mut whole, mut first) = (started(), started());
        let before = weights(&whole);
        whole.run().expect("a run");
        whole.run().expect("another run");
        first.run().expect("a run");
        let file = std::env::temp_dir().join(format!("modularml-{}.mml", uuid::Uuid::new_v4()));
        first.save(&file).expect("a file");
        let loaded = Session::load(&file, &Registry::new());
        std::fs::remove_file(&file).expect("the file");
        let mut second = loaded.expect("the experiment");
        assert_eq!(bits(&second), bits(&first), "{} {precision:?}", optimizer.name);
        let predicted = |study: &Session| {
            let outputs = study.predict(&[rows(17, 3.0)]).expect("predictions");
            f64s(outputs.get("y").expect("y")).into_iter().map(f64::to_bits).collect::<Vec<_>>()
        };
        assert_eq!(predicted(&second), predicted(&first), "{} {precision:?}", optimizer.name);
        second.progress(Progress::Silent).run().expect("another run");
        assert_eq!(bits(&second), bits(&whole), "{} {precision:?}", optimizer.name);
        assert_ne!(weights(&whole), before, "{} {precision:?}", optimizer.name);
    }
}

#[test]
fn the_best_epoch_is_restored_with_its_copies() {
    let stops = |phase: TrainBuilder| {
        let phase = phase.epochs(80).val(1, "val", measured);
        phase.callback(EarlyStopping::patience(2).restore_best(), ["val.loss"])
    };
    let mut stopped = study(Adam::lr(0.3), Precision::Bf16, stops);
    let result = super::train_result(stopped.run().expect("a run").remove(0));
    let best = result.best_epoch.expect("a best epoch");
    assert!(result.epochs < 80);
    let graph = GraphSpec { precision: Precision::Bf16, ..deep(Adam::lr(0.3)) };
    let short = split(graph).scale("line.y", [Standard::new()], "train").train("fit", |train| {
        train.feed("line", Batches::of(8).shuffled(), "train").loss(Mse, ["y", "line.y"]).epochs(best + 1)
    });
    let mut short = build(short, rows(60, 1.0));
    short.run().expect("a run");
    assert_eq!(bits(&stopped), bits(&short));
}

#[test]
fn gathered_clipped_and_penalised_gradients_stay_in_f32() {
    let trained = |batch: usize, accumulate: usize| {
        let graph = GraphSpec { precision: Precision::Bf16, ..deep(Sgd::lr(0.01)) };
        let study = split(graph).train("fit", |train| {
            let train = train.feed("line", Batches::of(batch), "train").loss(Mse, ["y", "line.y"]);
            train.add_loss(0.1, L2Penalty, ["encoder"]).accumulate(accumulate).clip(ByNorm::of(1.0)).epochs(3)
        });
        let mut study = build(study, rows(60, 1.0));
        study.run().expect("a run");
        study.optimizers.states().expect("states").remove("master").expect("copies")
    };
    let (gathered, whole) = (trained(9, 4), trained(36, 1));
    assert_eq!(gathered.len(), whole.len());
    for (name, copy) in &whole {
        // A gradient that was rounded to bf16 would differ by 4e-3 of itself.
        let (found, expected) = (f64s(&gathered[name]), f64s(copy));
        let off = found.iter().zip(&expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f64::max);
        assert!(off < 1e-6, "{name}: {off:e}");
    }
}

#[test]
fn steps_that_are_left_out_change_nothing() {
    let graph = GraphSpec { precision: Precision::F16, ..line(Sgd::lr(0.1)) };
    let study = split(graph).train("fit", |train| {
        let train = train.feed("line", Batches::of(100), "train").loss(Mse, ["y", "line.y"]);
        train.skip_non_finite().epochs(2)
    });
    // The squared error is beyond f32.
    let data: (Vec<f64>, Vec<f64>) = (0..20).map(|row| (f64::from(row), 1e30)).unzip();
    let mut study = build(study, view(&data.0, &data.1));
    let before = weights(&study);
    study.run().expect("a run");
    assert_eq!(weights(&study), before);
}

#[test]
fn frozen_nodes_keep_their_numbers() {
    let mut frozen =
        study(Adam::lr(0.01), Precision::Bf16, |phase| phase.epochs(12).freeze(["encoder"]).as_initialised());
    let of_encoder = |study: &Session| -> Vec<_> {
        weights(study).into_iter().filter(|(name, _)| name.starts_with("encoder.")).collect()
    };
    let before = of_encoder(&frozen);
    frozen.run().expect("a run");
    assert_eq!(of_encoder(&frozen), before);
    let copies = &frozen.optimizers.states().expect("states")["master"];
    assert!(copies.keys().all(|name| name.starts_with("y.")), "{:?}", copies.keys());
}

#[test]
fn a_file_holds_half_the_bytes_of_weights_and_buffers_in_f32() {
    let graph = |precision: Precision| {
        let graph = GraphBuilder::new("LineNet").precision(precision).input("line", crate::tests::fixture::LINE);
        let graph = graph.optimizer(Adam::lr(0.01)).node("wide", Linear::to([64]), ["line.x"]);
        let graph = graph.node("norm", BatchNorm::new(), ["wide"]);
        graph.node("y", Mlp::hidden([64]), Reads::of(["norm"]).predicts("line.y")).spec()
    };
    let state = |precision: Precision| build(tested(graph(precision)), rows(20, 1.0)).graph().state().expect("a state");
    let whole = state(Precision::F32);
    let size =
        |state: &std::collections::BTreeMap<String, Tensor>| safetensors::serialize(state, None).expect("bytes").len();
    for (precision, dtype) in HALVES {
        let half = state(precision);
        for (name, tensor) in &half {
            let expected = match name.as_str() {
                "norm.running_mean" | "norm.running_var" => DType::F32,
                "norm.num_batches_tracked" => DType::F64,
                _ => dtype,
            };
            assert_eq!(tensor.dtype(), expected, "{name}");
            // The same draws, rounded.
            let rounded = whole[name].to_dtype(tensor.dtype()).expect("a tensor");
            assert_eq!(f64s(tensor), f64s(&rounded), "{name}");
        }
        assert!(size(&half) * 2 < size(&whole) + 3000, "{} and {} bytes", size(&half), size(&whole));
    }
}

#[test]
fn copies_that_do_not_fit_are_refused() {
    let mut half = study(Adam::lr(0.01), Precision::Bf16, |phase| phase.epochs(12));
    half.run().expect("a run");
    let before = bits(&half);
    let states = half.optimizers.states().expect("states");
    let with = |name: &str, copy: &Tensor| {
        let mut states = states.clone();
        states.entry("master".to_owned()).or_default().insert(name.to_owned(), copy.clone());
        states
    };
    let copy = &states["master"]["y.1.bias"];
    for (name, copy, message) in [
        ("y.9.bias", copy.clone(), "the f32 copy of `y.9.bias` belongs to no parameter of the graph"),
        ("y.0.bias", copy.clone(), "the f32 copy of `y.0.bias` has shape [1], [8] is needed"),
        ("y.1.bias", copy.to_dtype(DType::F64).expect("f64"), "the f32 copy of `y.1.bias` holds F64, F32 is needed"),
    ] {
        assert_eq!(refused(half.optimizers.set_states(&with(name, &copy), &half.graph)), message);
        assert_eq!(bits(&half), before);
    }
    let mut wide = study(Adam::lr(0.01), Precision::F32, |phase| phase.epochs(12));
    let message = refused(wide.optimizers.set_states(&with("y.1.bias", copy), &wide.graph));
    assert!(message.ends_with("is not needed: the parameter is F32"), "{message}");
}

/// Outside of a phase a gradient is what candle gives: of the type of the parameter.
#[test]
fn candle_gets_gradients_of_the_type_of_the_parameter() {
    let parameter = Var::new(&[1.5f32, -2.0], &candle_core::Device::Cpu).and_then(|it| it.to_dtype(DType::BF16));
    let parameter = Var::from_tensor(&parameter.expect("bf16")).expect("a parameter");
    let wide = crate::graph::kernel::half::widened(&parameter).expect("f32");
    let loss = wide.sqr().and_then(|squares| squares.sum_all()).expect("a loss");
    let gradients = loss.backward().expect("gradients");
    let gradient = gradients.get(&parameter).expect("a gradient");
    assert_eq!((gradient.dtype(), f64s(gradient)), (DType::BF16, vec![3.0, -4.0]));
}

#[test]
fn a_file_of_another_precision_is_another_experiment() {
    let of = |precision: Precision| tested(GraphSpec { precision, ..line(Adam::lr(0.01)) });
    let file = std::env::temp_dir().join(format!("modularml-{}.mml", uuid::Uuid::new_v4()));
    build(of(Precision::F16), rows(20, 1.0)).save(&file).expect("a file");
    let message = refused(Session::load_into(of(Precision::F64).spec(), &file));
    std::fs::remove_file(&file).expect("the file");
    assert!(message.contains(r#"precision is "F16", `LineStudy` declares "F64""#), "{message}");
}

/// Columns, scalers, losses and steps in f64 from end to end, where f32 would end at 1e-7 of the numbers.
#[test]
fn f64_is_f64_throughout() {
    let graph = GraphSpec { precision: Precision::F64, ..line(Sgd::lr(0.4)) };
    let study = split(graph)
        .train("fit", |train| train.feed("line", Batches::of(100), "train").loss(Mse, ["y", "line.y"]).epochs(400));
    let x: Vec<f64> = (0..16).map(|row| f64::from(row % 4) / 2.0 - 1.0).collect();
    let y: Vec<f64> = x.iter().map(|x| 3.0 * x + 0.25).collect();
    let mut study = build(study, view(&x, &y));
    let losses = super::train_result(study.run().expect("a run").remove(0)).loss;
    assert!(losses.last().is_some_and(|last| *last < 1e-20), "{losses:?}");
    assert!(
        weights(&study).len() == 2
            && study.graph().state().expect("a state").values().all(|it| it.dtype() == DType::F64)
    );
}
