//! Attention and encoder blocks, with their gradients, against PyTorch; `golden/attention.py` wrote the numbers.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor, Var};
use modularml::data::Shape;
use modularml::graph::{Layer, LayerBuild, LayerSpec, Mode};
use modularml::layers::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::golden::each_case;
use modularml_tests::gradients::random;
use modularml_tests::{array, difference, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    layer: String,
    params: Params,
    input: Value,
    weights: BTreeMap<String, Value>,
    cotangent: Value,
    expected: Expected,
}

#[derive(Deserialize)]
struct Params {
    heads: usize,
    causal: bool,
    #[serde(default)]
    bias: bool,
    #[serde(default)]
    hidden: usize,
    #[serde(default)]
    activation: String,
    #[serde(default)]
    pre_norm: bool,
}

#[derive(Deserialize)]
struct Expected {
    output: Value,
    grad_input: Value,
    grad_params: BTreeMap<String, Value>,
}

impl Params {
    fn component(&self, layer: &str) -> LayerSpec {
        if layer == "MultiheadAttention" {
            let attention = MultiHeadAttention::heads(self.heads);
            let attention = if self.causal { attention.causal() } else { attention };
            return if self.bias { attention } else { attention.no_bias() }.spec();
        }
        let activation = if self.activation == "gelu" { Activation::Gelu } else { Activation::Relu };
        let block = TransformerEncoder::heads(self.heads).feed_forward(self.hidden).activation(activation);
        let block = if self.causal { block.causal() } else { block };
        if self.pre_norm { block.pre_norm() } else { block }.spec()
    }
}

fn build(spec: &LayerSpec, dims: &[usize]) -> Box<dyn Layer> {
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let shape = Shape::new(dims);
    spec.build(LayerBuild {
        inputs: vec![shape],
        column: None,
        target: None,
        output: shape,
        dtype: DType::F64,
        device: Device::Cpu,
        rng,
    })
    .unwrap()
}

fn check(what: &str, found: &Tensor, expected: &Value) {
    let (expected, shape) = array(expected);
    assert_eq!(found.dims(), shape, "{what}");
    let off = difference(&numbers(found), &expected, 1e-6);
    assert!(off <= 1e-9, "{what} off by {off:e}");
}

#[test]
fn outputs_and_gradients_are_those_of_pytorch() {
    each_case("attention", |Case { layer: name, params, input, weights, cotangent, expected }: Case| {
        let what = |part: &str| format!("{name}: {part}");
        let mut layer = build(&params.component(&name), &array(&input).1[1..]);
        let state = weights.iter().map(|(name, value)| (name.clone(), tensor(value, DType::F64)));
        layer.set_state(&state.collect()).unwrap();
        let input = Var::from_tensor(&tensor(&input, DType::F64)).unwrap();
        let output = layer.forward(&[input.as_tensor().clone()], &mut Mode::Eval).unwrap();
        check(&what("output"), &output, &expected.output);
        let sum = (output * tensor(&cotangent, DType::F64)).unwrap().sum_all().unwrap();
        let gradients = sum.backward().unwrap();
        check(&what("gradient of the input"), gradients.get(&input).unwrap(), &expected.grad_input);
        let parameters: BTreeMap<String, Var> = layer.parameters().into_iter().collect();
        assert!(parameters.keys().eq(expected.grad_params.keys()), "{}", what("parameters"));
        for (name, expected) in &expected.grad_params {
            check(&what(name), gradients.get(&parameters[name]).unwrap(), expected);
        }
    });
}

/// What stands behind a position changes nothing at it, to the bit.
#[test]
fn causal_attention_does_not_see_what_follows() {
    for spec in [MultiHeadAttention::heads(2).causal().spec(), TransformerEncoder::heads(2).causal().spec()] {
        let layer = build(&spec, &[5, 4]);
        let x = random(&[2, 5, 4], 1);
        let changed = Tensor::cat(&[x.narrow(1, 0, 3).unwrap(), random(&[2, 2, 4], 2)], 1).unwrap();
        let [before, after] = [x, changed].map(|x| layer.forward(&[x], &mut Mode::Eval).unwrap());
        let first = |y: &Tensor| numbers(&y.narrow(1, 0, 3).unwrap());
        assert_eq!(first(&before), first(&after), "{}", spec.name);
        assert_ne!(numbers(&before), numbers(&after), "{}", spec.name);
    }
}

/// Attention that is not causal knows no order: positions that trade places trade their outputs.
#[test]
fn attention_knows_no_order() {
    let layer = build(&TransformerEncoder::heads(2).pre_norm().spec(), &[4, 6]);
    let x = random(&[3, 4, 6], 1);
    let order = Tensor::new(&[2u32, 0, 3, 1], x.device()).unwrap();
    let [plain, traded] =
        [x.clone(), x.index_select(&order, 1).unwrap()].map(|x| layer.forward(&[x], &mut Mode::Eval).unwrap());
    assert!(difference(&numbers(&traded), &numbers(&plain.index_select(&order, 1).unwrap()), 1e-6) < 1e-12);
}

/// A frozen layer passes a gradient to its input, and none to its parameters.
#[test]
fn frozen_attention_learns_nothing() {
    let layer = build(&TransformerEncoder::heads(2).spec(), &[3, 4]);
    let x = Var::from_tensor(&random(&[2, 3, 4], 1)).unwrap();
    let y = layer.forward(&[x.as_tensor().clone()], &mut Mode::Frozen).unwrap();
    let gradients = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
    assert!(gradients.get(&x).is_some());
    assert!(layer.parameters().iter().all(|(_, parameter)| gradients.get(parameter).is_none()));
}
