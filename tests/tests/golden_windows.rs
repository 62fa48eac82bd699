//! Convolutions of the same length, transposed ones, those and pools of volumes, and upsampling, with their gradients,
//! against PyTorch; `golden/windows.py` wrote the numbers. A layer is named as files name it.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor, Var};
use modularml::Registry;
use modularml::data::Shape;
use modularml::graph::{LayerBuild, LayerSpec, Mode};
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::golden::{each_case, left_out};
use modularml_tests::{array, difference, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    layer: Value,
    input: Value,
    weights: BTreeMap<String, Value>,
    cotangent: Value,
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    output: Value,
    grad_input: Value,
    grad_params: BTreeMap<String, Value>,
}

fn check(what: &str, found: &Tensor, expected: &Value) {
    let (expected, shape) = array(expected);
    assert_eq!(found.dims(), shape, "{what}");
    let off = difference(&numbers(found), &expected, 1e-6);
    assert!(off <= 1e-9, "{what} off by {off:e}");
}

#[test]
fn outputs_and_gradients_are_those_of_pytorch() {
    each_case("windows", |Case { layer, input, weights, cotangent, expected }: Case| {
        let read = Registry::new().read::<LayerSpec>(&layer.to_string());
        let spec = read.unwrap_or_else(|error| left_out(&error.to_string()));
        let [inputs, output] = [&input, &expected.output].map(|value| Shape::new(&array(value).1[1..]));
        let rng = Rng::new(0, Purpose::Weights, Place::default());
        let build = LayerBuild {
            inputs: vec![inputs],
            column: None,
            target: None,
            output,
            dtype: DType::F64,
            device: Device::Cpu,
            rng,
        };
        let mut layer = spec.build(build).unwrap();
        let state = weights.iter().map(|(name, value)| (name.clone(), tensor(value, DType::F64)));
        layer.set_state(&state.collect()).unwrap();
        let input = Var::from_tensor(&tensor(&input, DType::F64)).unwrap();
        let output = layer.forward(&[input.as_tensor().clone()], &mut Mode::Eval).unwrap();
        check("output", &output, &expected.output);
        let sum = (output * tensor(&cotangent, DType::F64)).unwrap().sum_all().unwrap();
        let gradients = sum.backward().unwrap();
        check("gradient of the input", gradients.get(&input).unwrap(), &expected.grad_input);
        let parameters: BTreeMap<String, Var> = layer.parameters().into_iter().collect();
        assert!(parameters.keys().eq(expected.grad_params.keys()), "parameters");
        for (name, expected) in &expected.grad_params {
            check(name, gradients.get(&parameters[name]).unwrap(), expected);
        }
    });
}
