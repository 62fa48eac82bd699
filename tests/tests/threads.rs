//! Layers and optimizers give the same bits with one and with two threads: outputs, gradients, and what steps make of
//! parameters.

use std::process::Command;

use candle_core::{DType, Tensor, Var};
use modularml::data::Shape;
use modularml::graph::{Change, LayerBuild, LayerSpec, Mode, OptimizerSpec};
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::gradients::random;

/// Set in the processes that the test below starts: they print their bits and end.
const PRINTS_BITS: &str = "MODULARML_TEST_PRINTS_BITS";

/// The bits of an output and of all gradients in f32, of sizes that are worth a second thread.
fn bits(spec: LayerSpec, input: &[usize], output: &[usize]) -> Vec<u32> {
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let (inputs, shape) = (vec![Shape::new(input)], Shape::new(output));
    let build = LayerBuild { inputs, output: shape, dtype: DType::F32, rng };
    let layer = (spec.build)(&spec.settings, build).unwrap();
    let x = random(&[&[128], input].concat(), 1).to_dtype(DType::F32).unwrap();
    let codes = || x.abs().unwrap().floor().unwrap();
    let x = Var::from_tensor(&if spec.name == "Embedding" { codes() } else { x.clone() }).unwrap();
    let mut mode = Mode::Train(Rng::new(3, Purpose::Noise, Place::default()));
    let y = layer.forward(&[x.as_tensor().clone()], &mut mode).unwrap();
    let gradients = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
    let learned = layer.parameters().into_iter().map(|(_, parameter)| parameter).chain([x]);
    let found = learned.filter_map(|parameter| gradients.get(&parameter).cloned());
    let numbers = |tensor: Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    [y].into_iter().chain(found).flat_map(numbers).map(f32::to_bits).collect()
}

/// The bits of the parameters of a layer after three steps.
fn stepped(spec: &OptimizerSpec) -> Vec<u32> {
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let (inputs, output) = (vec![Shape::new(&[200])], Shape::new(&[150]));
    let linear = Linear::new().spec();
    let layer = (linear.build)(&linear.settings, LayerBuild { inputs, output, dtype: DType::F32, rng }).unwrap();
    let x = random(&[128, 200], 1).to_dtype(DType::F32).unwrap();
    let mut optimizer = (spec.build)(&spec.settings);
    for _ in 0..3 {
        let y = layer.forward(std::slice::from_ref(&x), &mut Mode::Eval).unwrap();
        let gradients = y.sqr().unwrap().mean_all().unwrap().backward().unwrap();
        let learned = layer.parameters();
        let changes = learned.iter().map(|(name, parameter)| {
            let gradient = gradients.get(parameter).unwrap();
            Change { name, parameter, gradient }
        });
        optimizer.step(&changes.collect::<Vec<_>>()).unwrap();
    }
    let numbers = |parameter: Var| parameter.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    layer.parameters().into_iter().flat_map(|(_, parameter)| numbers(parameter)).map(f32::to_bits).collect()
}

/// A sum over the bits of each layer and optimizer, which any other bit changes.
fn sums() -> Vec<(&'static str, u64)> {
    let block: &[LayerSpec] = const { &[LayerNorm::new().spec(), Linear::to([96]).spec(), Gelu.spec()] };
    let layers = vec![
        (Linear::new().spec(), &[200][..], &[150][..]),
        (Mlp::hidden([128, 96]).spec(), &[200], &[50]),
        (Conv1d::channels(32).padding(1).spec(), &[16, 64], &[32, 64]),
        (Conv2d::channels(16).spec(), &[8, 18, 18], &[16, 16, 16]),
        (Cnn1d::channels([16, 32]).pool(2).spec(), &[64], &[20]),
        (Rnn::hidden(64).layers(2).spec(), &[20, 32], &[20, 64]),
        (Lstm::hidden(64).bidirectional().last().spec(), &[20, 32], &[128]),
        (Gru::hidden(64).dropout(0.1).layers(2).spec(), &[20, 32], &[20, 64]),
        (MultiHeadAttention::heads(4).spec(), &[24, 64], &[24, 64]),
        (TransformerEncoder::heads(4).feed_forward(96).dropout(0.1).spec(), &[24, 64], &[24, 64]),
        (Embedding::size(64).entries(2).spec(), &[40], &[40, 64]),
        (Sequential::of(block).spec(), &[150], &[96]),
        (Residual::around(block).spec(), &[96], &[96]),
    ];
    let sum = |bits: Vec<u32>| {
        bits.into_iter().fold(0u64, |sum, bit| sum.rotate_left(5) ^ u64::from(bit).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    };
    let optimizers = vec![
        Sgd::lr(0.1).momentum(0.9).spec(),
        Asgd::lr(0.1).spec(),
        Adam::lr(0.1).spec(),
        AdamW::lr(0.1).spec(),
        NAdam::lr(0.1).spec(),
        RAdam::lr(0.1).spec(),
        Adamax::lr(0.1).spec(),
        Adagrad::lr(0.1).spec(),
        Adadelta::lr(0.1).spec(),
        RmsProp::lr(0.1).spec(),
        Rprop::lr(0.1).spec(),
        Lbfgs::lr(0.1).spec(),
        Lion::lr(0.1).spec(),
    ];
    let layers = layers.into_iter().map(|(spec, input, output)| (spec.name, sum(bits(spec, input, output))));
    layers.chain(optimizers.iter().map(|spec| (spec.name, sum(stepped(spec))))).collect()
}

#[test]
fn one_and_two_threads_give_the_same_bits() {
    let here = format!("{:?}", sums());
    if std::env::var_os(PRINTS_BITS).is_some() {
        println!("{here}");
        return;
    }
    for threads in ["1", "2"] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "one_and_two_threads_give_the_same_bits", "--nocapture"])
            .env("RAYON_NUM_THREADS", threads)
            .env(PRINTS_BITS, "yes")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(&here), "{threads} threads give other bits:\n{here}\n{text}");
    }
}
