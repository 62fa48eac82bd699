//! Layers of one's own, made of candle modules: gradients, freezing, files, and what is refused.

use candle_core::{DType, Device, Tensor};
use modularml::candle_nn::{self, Linear as Dense, Module, VarBuilder};
use modularml::data::Shape;
use modularml::experiment::Session;
use modularml::graph::{LayerBuild, LayerSpec, Mode};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::gradients::{check_layer, random};
use modularml_tests::{numbers, without_lines};

/// t f(x) + (1 - t) x with a learned gate t.
#[derive(Layer, Clone, Copy)]
#[layer(shape = same)]
struct Highway;

struct Gated {
    change: Dense,
    gate: Dense,
}

impl Module for Gated {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let gate = candle_nn::ops::sigmoid(&self.gate.forward(x)?)?;
        x + (gate * (self.change.forward(x)?.tanh()? - x)?)?
    }
}

impl BuildModule for Highway {
    type Module = Gated;

    fn build(&self, input: &Shape, _: &Shape, vars: VarBuilder<'_>) -> Result<Gated> {
        let width = input.axis(0);
        let dense = |name| candle_nn::linear(width, width, vars.pp(name));
        Ok(Gated { change: dense("change")?, gate: dense("gate")? })
    }
}

/// A linear map of the last axis.
#[derive(Layer, Clone, Copy)]
#[layer(shape = width)]
struct Wide {
    /// The width of what comes out.
    #[setting(first, at_least = 1)]
    width: usize,
}

impl BuildModule for Wide {
    type Module = Dense;

    fn build(&self, input: &Shape, output: &Shape, vars: VarBuilder<'_>) -> Result<Dense> {
        let last = |shape: &Shape| shape.axes().last().copied().unwrap_or(1);
        Ok(candle_nn::linear(last(input), last(output), vars)?)
    }
}

/// A linear map to a stated shape, or to that of the target.
#[derive(Layer, Clone, Copy)]
#[layer(shape = output)]
struct Head {
    /// The shape of what comes out.
    #[setting(default = None)]
    output: Option<Shape>,
}

impl BuildModule for Head {
    type Module = candle_nn::Func<'static>;

    fn build(&self, input: &Shape, output: &Shape, vars: VarBuilder<'_>) -> Result<Self::Module> {
        let dense = candle_nn::linear(input.axis(0), output.elements().unwrap_or(0), vars)?;
        let dims = output.axes().to_vec();
        Ok(candle_nn::func(move |x| {
            let shape: Vec<usize> = std::iter::once(x.dim(0)?).chain(dims.iter().copied()).collect();
            dense.forward(x)?.reshape(shape)
        }))
    }
}

/// The sine of each number.
#[derive(Layer, Clone, Copy)]
#[layer(shape = same, learns = nothing)]
struct Sine;

impl BuildModule for Sine {
    type Module = candle_nn::Func<'static>;

    fn build(&self, _: &Shape, _: &Shape, _: VarBuilder<'_>) -> Result<Self::Module> {
        Ok(candle_nn::func(Tensor::sin))
    }
}

/// Declares that it keeps the shape, and drops a column.
#[derive(Layer, Clone, Copy)]
#[layer(shape = same, learns = nothing)]
struct Narrower;

impl BuildModule for Narrower {
    type Module = candle_nn::Func<'static>;

    fn build(&self, input: &Shape, _: &Shape, _: VarBuilder<'_>) -> Result<Self::Module> {
        let width = input.axis(0);
        Ok(candle_nn::func(move |x| x.narrow(1, 0, width - 1)))
    }
}

/// candle's norm, from whose kernel no gradient comes back to its weights.
#[derive(Layer, Clone, Copy)]
#[layer(shape = same)]
struct CandleNorm;

impl BuildModule for CandleNorm {
    type Module = candle_nn::LayerNorm;

    fn build(&self, input: &Shape, _: &Shape, vars: VarBuilder<'_>) -> Result<Self::Module> {
        Ok(candle_nn::layer_norm(input.axis(0), 1e-5, vars)?)
    }
}

fn build(spec: &LayerSpec, seed: u64, input: &[usize], output: &[usize]) -> Box<dyn modularml::graph::Layer> {
    let rng = Rng::new(seed, Purpose::Weights, Place::default());
    let (inputs, output) = (vec![Shape::new(input)], Shape::new(output));
    spec.build(LayerBuild { inputs, column: None, target: None, output, dtype: DType::F64, device: Device::Cpu, rng })
        .unwrap()
}

#[test]
fn gradients_are_those_of_finite_differences() {
    check_layer("Highway", Highway, &[&[3]], &[3], &[1, 4]);
    check_layer("Wide", Wide::width(4), &[&[2, 3]], &[2, 4], &[1, 3]);
    check_layer("Head", Head::new(), &[&[3]], &[2, 2], &[1, 3]);
    check_layer("Sine", Sine, &[&[3]], &[3], &[2]);
}

#[test]
fn parameters_have_the_names_of_the_module_and_come_from_the_seed() {
    let layer = build(&Highway.spec(), 5, &[3], &[3]);
    let names: Vec<String> = layer.parameters().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["change.weight", "change.bias", "gate.weight", "gate.bias"]);
    let drawn = |seed| -> Vec<Vec<f64>> {
        build(&Highway.spec(), seed, &[3], &[3]).parameters().iter().map(|(_, it)| numbers(it)).collect()
    };
    assert_eq!(drawn(5), drawn(5));
    assert_ne!(drawn(5), drawn(6));
    // U(±1/sqrt(fan_in)) for biases, as candle_nn::linear asks for.
    assert!(drawn(5)[1].iter().all(|bias| bias.abs() <= 1.0 / 3f64.sqrt()));
}

/// The constants of a frozen layer are the numbers that the parameters have at that time.
#[test]
fn a_frozen_layer_gives_the_same_bits_and_no_gradient_to_its_parameters() {
    let mut layer = build(&Highway.spec(), 5, &[3], &[3]);
    let other = build(&Highway.spec(), 6, &[3], &[3]).state().unwrap();
    layer.set_state(&other).unwrap();
    let x = candle_core::Var::from_tensor(&random(&[4, 3], 1)).unwrap();
    let inputs = [x.as_tensor().clone()];
    let [eval, frozen] = [Mode::Eval, Mode::Frozen].map(|mut mode| layer.forward(&inputs, &mut mode).unwrap());
    assert_eq!(numbers(&eval), numbers(&frozen));
    let gradients = frozen.sum_all().unwrap().backward().unwrap();
    assert!(gradients.get(&x).is_some());
    for (name, parameter) in layer.parameters() {
        assert!(gradients.get(&parameter).is_none(), "{name}");
    }
}

#[test]
fn a_shape_that_is_not_the_declared_one_is_refused() {
    let message = build(&Narrower.spec(), 1, &[3], &[3]).forward(&[random(&[2, 3], 1)], &mut Mode::Eval);
    assert_eq!(
        message.unwrap_err().to_string(),
        "Narrower gave a tensor [2, 2] for an input [2, 3]; it declares [3] behind the axis of rows"
    );
}

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: [f32; 3],
    #[target]
    y: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-2))]
    graph Own(point: Point) {
        wide = Wide::width(6)(point.x);
        way = Highway(wide);
        wave = Sine(way);
        y = Head(wave) -> point.y;
    }
}

experiment! {
    experiment OwnStudy for Own {
        seed = 3;
        split point = Random::ratios(train: 0.75, test: 0.25);
        train all {
            feed point = Batches::of(8).shuffled()(train);
            loss = Mse(y, point.y);
            epochs = 30;
        }
        train head {
            freeze = [way];
            feed point = Batches::of(8)(train);
            loss = Mse(y, point.y);
            epochs = 2;
        }
        eval test { feed point = test; error = L1(y, point.y); }
    }
}

fn points() -> FeatureSet<Point> {
    let point = |row: u16| {
        let x = [1.0, 2.0, 3.0].map(|rate| (rate * f32::from(row)).sin());
        Point { x, y: x[0] * 0.5 - x[2] * 0.25 + 0.1 }
    };
    FeatureSet::from_rows((0..64).map(point)).unwrap()
}

#[test]
fn a_study_of_them_learns_freezes_and_comes_back_from_its_file_bit_for_bit() {
    let mut study = OwnStudy::new(points()).unwrap();
    study.progress(Progress::Silent);
    let results = study.run().unwrap();
    let losses = &results.all.loss;
    assert!(losses[29] < losses[0] / 10.0, "{losses:?}");
    let path = std::env::temp_dir().join(format!("modularml-own-{}.mml", std::process::id()));
    study.save(&path).unwrap();
    let loaded = OwnStudy::load(&path).unwrap();
    let registry = modularml::Registry::new()
        .layer(|settings| Highway::from_settings(settings).spec())
        .layer(|settings| Wide::from_settings(settings).spec())
        .layer(|settings| Head::from_settings(settings).spec());
    let unknown = Session::load(&path, &registry).unwrap_err().to_string();
    Session::load(&path, &registry.layer(|settings| Sine::from_settings(settings).spec())).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(unknown.contains("no layer `Sine` is registered"), "{unknown}");
    let [before, after] = [&study, &loaded].map(|study| {
        let rows = study.session().split("point", "test").unwrap();
        numbers(&study.predict(&rows).unwrap().y)
    });
    assert_eq!(before, after);
}

model_graph! {
    #[optimizer(Adam::lr(1e-2))]
    graph Normed(point: Point) {
        norm = CandleNorm(point.x);
        y = Linear(norm) -> point.y;
    }
}

experiment! {
    experiment NormedStudy for Normed {
        seed = 0;
        split point = Random::ratios(train: 1.0);
        train all {
            feed point = Batches::of(8)(train);
            loss = Mse(y, point.y);
            epochs = 1;
        }
    }
}

#[test]
fn a_module_that_loses_gradients_is_named_with_its_parameters() {
    let mut study = NormedStudy::new(points()).unwrap();
    study.progress(Progress::Silent);
    let message = without_lines(&study.run().unwrap_err().to_string());
    assert_eq!(
        message,
        "train `all`, step 1: parameters norm.weight, norm.bias received no gradient; a detach in `norm`, or between \
         it and the loss?"
    );
}
