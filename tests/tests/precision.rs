//! Graphs of every precision end to end, on a regression whose least squares are known.

use candle_core::DType;
use modularml::candle_nn::{self, VarBuilder};
use modularml::data::Shape;
use modularml::experiment::{ExperimentBuilder, PhaseResult, Session};
use modularml::graph::{Change, Graph as _, GraphBuilder, GraphSpec, Optimizer, Precision, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml_tests::numbers;

/// Corners of a square.
#[derive(SampleSchema)]
struct Corner {
    #[feat]
    place: [f32; 2],
    #[target]
    height: f32,
}

/// The height is 1.9 a - 0.7 b + 0.3 + 0.25 a b at (a, b) = (±1, ±1), as often each. The last part is orthogonal to all
/// that a linear map can say, so the least mean of squares is 0.25².
fn corners() -> FeatureSet<Corner> {
    let corner = |row: u8| {
        let place = [if row & 1 == 0 { 1.0 } else { -1.0 }, if row & 2 == 0 { 1.0 } else { -1.0f32 }];
        Corner { place, height: 1.9 * place[0] - 0.7 * place[1] + 0.3 + 0.25 * place[0] * place[1] }
    };
    FeatureSet::from_rows((0..64).map(corner)).unwrap()
}

const LEAST: f64 = 0.0625;

/// A study on a linear graph of one precision.
macro_rules! fitted {
    ($module:ident, $precision:ident) => {
        mod $module {
            use modularml::layers::*;
            use modularml::losses::*;

            use modularml::prelude::*;

            use super::Corner;

            model_graph! {
                #[optimizer(Adam::lr(0.02))]
                #[precision($precision)]
                pub graph Plane(corner: Corner) { height = Linear::new()(corner.place) -> corner.height; }
            }

            experiment! {
                pub experiment Study for Plane {
                    seed = 3;
                    split corner = Random::ratios(train: 1.0);
                    train fit {
                        feed corner = Batches::of(64)(train);
                        loss = Mse(height, corner.height);
                        epochs = 600;
                    }
                    #[allow(training_rows)]
                    eval after { feed corner = train; mse = Mse(height, corner.height); }
                }
            }
        }
    };
}

fitted!(in_f32, F32);
fitted!(in_f64, F64);
fitted!(in_bf16, Bf16);
fitted!(in_f16, F16);

/// What the weights of a precision cost: rounding w by e costs e², and their gaps are 2^-8 of them in bf16, 2^-11 in f16.
#[test]
fn each_precision_reaches_the_least_squares_within_its_rounding() {
    macro_rules! mse {
        ($module:ident) => {
            $module::Study::new(corners()).unwrap().progress(Progress::Silent).run().unwrap().after.mse
        };
    }
    for (precision, mse, tolerance) in [
        ("F32", mse!(in_f32), 1e-6),
        ("F64", mse!(in_f64), 1e-6),
        ("Bf16", mse!(in_bf16), 5e-5),
        ("F16", mse!(in_f16), 2e-6),
    ] {
        assert!((mse - LEAST).abs() < tolerance, "{precision}: {mse}");
    }
}

#[test]
fn a_declared_graph_is_of_the_precision_that_it_names() {
    let types = |graph: &modularml::graph::ModelGraph| {
        (graph.dtype(), graph.parameters(0).iter().map(|(_, parameter)| parameter.dtype()).collect::<Vec<_>>())
    };
    assert_eq!(types(in_f64::Plane::new(1).unwrap().graph()), (DType::F64, vec![DType::F64; 2]));
    assert_eq!(types(in_bf16::Plane::new(1).unwrap().graph()), (DType::F32, vec![DType::BF16; 2]));
    assert_eq!(types(in_f16::Plane::new(1).unwrap().graph()), (DType::F32, vec![DType::F16; 2]));
    // What is predicted is computed in f32 with the rounded numbers.
    let graph = in_bf16::Plane::new(1).unwrap();
    let height = graph.forward(corners().view()).unwrap().height;
    let state = graph.graph().state().unwrap();
    let (weight, bias) = (numbers(&state["height.0.weight"]), numbers(&state["height.0.bias"])[0]);
    let expected = weight[0] + weight[1] + bias;
    assert_eq!(height.dtype(), DType::F32);
    assert!((numbers(&height)[0] - expected).abs() < 1e-6);
}

/// A candle module of a user's own.
#[derive(Layer, Clone, Copy)]
#[layer(shape = same)]
struct Dense;

impl BuildModule for Dense {
    type Module = candle_nn::Linear;

    fn build(&self, input: &Shape, _output: &Shape, vars: VarBuilder<'_>) -> Result<candle_nn::Linear> {
        Ok(candle_nn::linear(input.axis(0), input.axis(0), vars)?)
    }
}

/// candle's layers cannot read parameters of another type than their input's.
#[test]
fn a_module_of_ones_own_keeps_what_the_graph_computes_in() {
    for (precision, of_module, of_others) in [
        (Precision::Bf16, DType::F32, DType::BF16),
        (Precision::F16, DType::F32, DType::F16),
        (Precision::F64, DType::F64, DType::F64),
    ] {
        let graph = GraphBuilder::new("Net").precision(precision).input("corner", Corner::SCHEMA);
        let graph = graph.optimizer(Adam::lr(0.02)).node("dense", Dense.spec(), ["corner.place"]);
        let graph = graph.node("height", Linear::new(), Reads::of(["dense"]).predicts("corner.height")).spec();
        let study = ExperimentBuilder::new("Study", graph).split("corner", Random::ratios([("train", 1.0)]));
        let study = study.train("fit", |phase| {
            phase.feed("corner", Batches::of(64), "train").loss(Mse, ["height", "corner.height"]).epochs(400)
        });
        let mut study = study.build(vec![corners().view()]).unwrap();
        let types = |node: usize| -> Vec<DType> {
            study.graph().parameters(node).iter().map(|(_, parameter)| parameter.dtype()).collect()
        };
        assert_eq!((types(0), types(1)), (vec![of_module; 2], vec![of_others; 2]));
        let results = study.progress(Progress::Silent).run().unwrap();
        let PhaseResult::Train(fit) = &results[0] else { panic!("a train phase") };
        assert!(
            fit.loss.last().is_some_and(|last| (last - LEAST).abs() < 1e-3),
            "{precision:?}: {:?}",
            fit.loss.last()
        );
    }
}

/// Steps by the sign of the gradient: an optimizer of a user's own, which keeps nothing.
#[derive(Optimizer, Clone, Copy)]
struct SignStep {
    /// The learning rate.
    #[setting(first)]
    lr: f64,
}

struct Running {
    lr: f64,
    factor: f64,
}

impl BuildOptimizer for SignStep {
    fn build(&self) -> Box<dyn Optimizer> {
        Box::new(Running { lr: self.lr, factor: 1.0 })
    }
}

impl Optimizer for Running {
    fn step(&mut self, changes: &[Change<'_>]) -> Result<()> {
        for Change { parameter, gradient, .. } in changes {
            parameter.set(&(parameter.as_tensor() - (gradient.sign()? * (self.lr * self.factor))?)?)?;
        }
        Ok(())
    }

    fn scale_rate(&mut self, factor: f64) {
        self.factor = factor;
    }

    fn state(&self) -> Result<std::collections::BTreeMap<String, Tensor>> {
        Ok(std::collections::BTreeMap::new())
    }

    fn set_state(&mut self, _: &std::collections::BTreeMap<String, Tensor>) -> Result<()> {
        Ok(())
    }
}

/// It knows f32 only, and is given the f32 copies: 300 steps of 2^-14, far below the gaps of bf16, go 300 · 2^-14 far.
#[test]
fn an_optimizer_of_ones_own_steps_half_precision() {
    let optimizer = Some(SignStep::lr(0.5f64.powi(14)).spec());
    let study = ExperimentBuilder::new("Study", GraphSpec { optimizer, ..in_bf16::Plane::SPEC });
    let study = study.split("corner", Random::ratios([("train", 1.0)])).train("fit", |phase| {
        phase.feed("corner", Batches::of(64), "train").loss(Mse, ["height", "corner.height"]).epochs(300)
    });
    let mut study = study.build(vec![corners().view()]).unwrap();
    let weights = |study: &Session| numbers(&study.graph().state().unwrap()["height.0.weight"]);
    let before = weights(&study);
    study.progress(Progress::Silent).run().unwrap();
    let moved: Vec<f64> = weights(&study).iter().zip(&before).map(|(after, before)| after - before).collect();
    // Both are far from their goals 1.9 and -0.7; what is kept is rounded to 8 bits.
    let far = 300.0 * 0.5f64.powi(14);
    for (moved, expected) in moved.iter().zip([far, -far]) {
        assert!((moved - expected).abs() < 0.002, "{moved}, {expected}");
    }
}
