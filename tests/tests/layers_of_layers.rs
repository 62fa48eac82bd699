//! Layers that are made of layers, and `Cnn1d`: closed forms, and a study that trains, saves and loads them.

use candle_core::{DType, Device, Tensor};
use modularml::data::Shape;
use modularml::graph::{LayerBuild, LayerSpec, Mode};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::gradients::random;
use modularml_tests::{difference, numbers};

fn build(spec: &LayerSpec, input: &[usize], output: &[usize]) -> Box<dyn modularml::graph::Layer> {
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let (inputs, output) = (vec![Shape::new(input)], Shape::new(output));
    spec.build(LayerBuild { inputs, column: None, target: None, output, dtype: DType::F64, device: Device::Cpu, rng })
        .unwrap()
}

/// Each element alone, with the weights of the chain, one after the other.
#[test]
fn a_sequence_is_its_layers_one_after_the_other() {
    let layers: &[LayerSpec] = const { &[Linear::to([4]).spec(), Tanh.spec(), Linear::new().spec()] };
    let chain = build(&Sequential::of(layers).spec(), &[3], &[2]);
    let state = chain.state().unwrap();
    let names: Vec<&str> = state.keys().map(String::as_str).collect();
    assert_eq!(names, ["0.0.bias", "0.0.weight", "2.0.bias", "2.0.weight"]);
    assert_ne!(numbers(&state["0.0.bias"])[..2], numbers(&state["2.0.bias"])[..2], "each draws its own weights");
    let x = random(&[5, 3], 2);
    let affine = |x: &Tensor, position: usize| {
        let [weight, bias] = ["weight", "bias"].map(|name| &state[&format!("{position}.0.{name}")]);
        x.matmul(&weight.t().unwrap()).unwrap().broadcast_add(bias).unwrap()
    };
    let expected = affine(&affine(&x, 0).tanh().unwrap(), 2);
    let found = chain.forward(std::slice::from_ref(&x), &mut Mode::Eval).unwrap();
    assert!(difference(&numbers(&found), &numbers(&expected), 1e-6) < 1e-12);

    let back: &[LayerSpec] = const { &[Linear::to([4]).spec(), Tanh.spec(), Linear::to([3]).spec()] };
    let inner = build(&Sequential::of(back).spec(), &[3], &[3]);
    let mut residual = build(&Residual::around(back).spec(), &[3], &[3]);
    residual.set_state(&inner.state().unwrap()).unwrap();
    let [inner, sum] = [inner, residual].map(|layer| layer.forward(std::slice::from_ref(&x), &mut Mode::Eval).unwrap());
    assert_eq!(numbers(&sum), numbers(&(inner + &x).unwrap()));
}

/// The statistics of a norm inside are buffers, which are saved and never learned.
#[test]
fn buffers_of_elements_are_kept() {
    let layers: &[LayerSpec] = const { &[Linear::to([4]).spec(), BatchNorm::new().spec()] };
    let layer = build(&Sequential::of(layers).spec(), &[3], &[4]);
    assert_eq!(layer.parameters().len(), 4);
    assert!(!layer.buffers().is_empty());
    assert_eq!(layer.state().unwrap().len(), 4 + layer.buffers().len());
}

/// A net of one channel and a kernel of one position is a linear map of a linear map.
#[test]
fn a_cnn_of_single_positions_is_linear() {
    let spec = Cnn1d::channels([1]).kernel(1).activation(Activation::Identity).spec();
    let layer = build(&spec, &[4], &[2]);
    let state = layer.state().unwrap();
    let names: Vec<&str> = state.keys().map(String::as_str).collect();
    assert_eq!(names, ["0.bias", "0.weight", "1.bias", "1.weight"]);
    let x = random(&[3, 4], 1);
    let (scale, shift) = (numbers(&state["0.weight"])[0], numbers(&state["0.bias"])[0]);
    let inner = ((&x * scale).unwrap() + shift).unwrap();
    let expected = inner.matmul(&state["1.weight"].t().unwrap()).unwrap().broadcast_add(&state["1.bias"]).unwrap();
    let found = layer.forward(&[x], &mut Mode::Eval).unwrap();
    assert!(difference(&numbers(&found), &numbers(&expected), 1e-6) < 1e-12);
}

/// Without a score inputs weigh alike; with one by hand, width 1: softmax of 2 tanh(x) of 0.5 and -1.
#[test]
fn attention_pool_weighs_its_inputs() {
    let spec = AttentionPool::hidden(1).spec();
    let mut layer = build(&spec, &[1], &[1]);
    let x = [0.5, -1.0].map(|x| Tensor::new(&[[x]], &Device::Cpu).unwrap());
    let mut with = |score: f64| {
        let number = |value: f64, dims: &[usize]| Tensor::full(value, dims, &Device::Cpu).unwrap();
        let state = [("hidden.weight", number(1.0, &[1, 1])), ("hidden.bias", number(0.0, &[1]))];
        let state = state.into_iter().chain([("score.weight", number(score, &[1, 1]))]);
        layer.set_state(&state.map(|(name, value)| (name.to_owned(), value)).collect()).unwrap();
        numbers(&layer.forward(&x, &mut Mode::Eval).unwrap())[0]
    };
    assert!((with(0.0) + 0.25).abs() < 1e-12);
    let [a, b] = [0.5f64, -1.0].map(|x| (2.0 * x.tanh()).exp());
    assert!((with(2.0) - (0.5 * a - b) / (a + b)).abs() < 1e-12);
}

/// A wave of some length.
#[derive(SampleSchema)]
struct Wave {
    /// Two channels over time.
    #[feat]
    values: [[f32; 8]; 2],
    /// Its frequency.
    #[target]
    frequency: f32,
}

model_graph! {
    /// Every layer that is made of others, encoder blocks among them, and a recurrent one.
    #[optimizer(Adam::lr(1e-2))]
    graph WaveNet(wave: Wave) {
        features = Sequential::of([
            Conv1d::channels(4).padding(1),
            Relu,
            Residual::around([Conv1d::channels(4).padding(1).init(Init::Orthogonal), Tanh]),
            MaxPool1d::kernel(2),
            Transpose,
        ])(wave.values);
        blocks = Sequential::of([TransformerEncoder::heads(2).feed_forward(6), TransformerEncoder::heads(1).causal()])(features);
        memory = Gru::hidden(3).bidirectional().last()(blocks);
        net = Cnn1d::channels([4]).pool(2).output([6])(wave.values);
        both = AttentionPool::hidden(3)(memory, net);
        frequency = Sequential::of([Linear::to([4]), Tanh, Linear])(both) -> wave.frequency;
    }
}

experiment! {
    experiment WaveStudy for WaveNet {
        seed = 3;
        split wave = Random::ratios(train: 0.75, test: 0.25);
        train all {
            feed wave = Batches::of(8).shuffled()(train);
            loss = Mse(frequency, wave.frequency);
            epochs = 30;
        }
        eval test { feed wave = test; error = L1(frequency, wave.frequency); }
    }
}

#[test]
fn a_study_of_them_learns_and_comes_back_from_its_file_bit_for_bit() {
    let wave = |row: u16| {
        let frequency = 0.2 + f32::from(row % 16) / 16.0;
        let at = |shift: f32| {
            std::array::from_fn(|time| (frequency * f32::from(u16::try_from(time).unwrap()) + shift).sin())
        };
        Wave { values: [at(0.0), at(1.0)], frequency }
    };
    let waves = FeatureSet::from_rows((0..64).map(wave)).unwrap();
    let mut study = WaveStudy::new(waves).unwrap();
    study.progress(Progress::Silent);
    let results = study.run().unwrap();
    let losses = &results.all.loss;
    assert!(losses[29] < losses[0] / 10.0, "{losses:?}");
    let path = std::env::temp_dir().join(format!("modularml-waves-{}.mml", std::process::id()));
    study.save(&path).unwrap();
    let loaded = WaveStudy::load(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let [before, after] = [&study, &loaded].map(|study| {
        let rows = study.session().split("wave", "test").unwrap();
        numbers(&study.predict(&rows).unwrap().frequency)
    });
    assert_eq!(before, after);
}
