//! Layers, activations and their gradients against PyTorch.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::{DType, Tensor, Var};
use modularml::data::Shape;
use modularml::graph::{Activation, LayerBuild, LayerSpec, Linear, Mode};
use modularml::random::{Place, Purpose, Rng};
use modularml_tests::{array, difference, golden, is_missing, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    layer: String,
    params: BTreeMap<String, Value>,
    input: Value,
    #[serde(default)]
    weights: BTreeMap<String, Value>,
    cotangent: Value,
    expected: Value,
}

/// Layers, activations and options that are not there yet, or not as a layer of their own (Dropout is part of Mlp).
const MISSING: &[&str] = &[
    // Layers.
    "AdaptiveAvgPool1d",
    "AvgPool1d",
    "BatchNorm1d",
    "Conv1d",
    "Dropout",
    "GRU",
    "LSTM",
    "LayerNorm",
    "MaxPool1d",
    "RNN",
    // Activations.
    "Hardswish",
    "Hardtanh",
    "Mish",
    "SELU",
    "Softplus",
    "Softsign",
];

fn activation(case: &Case) -> Option<Activation> {
    let name = case.params["name"].as_str().unwrap();
    let activation = match name {
        "ELU" => Activation::Elu,
        "GELU" => Activation::Gelu,
        "LeakyReLU" => Activation::LeakyRelu,
        "LogSoftmax" => Activation::LogSoftmax,
        "ReLU" => Activation::Relu,
        "SiLU" => Activation::Silu,
        "Sigmoid" => Activation::Sigmoid,
        "Softmax" => Activation::Softmax,
        "Tanh" => Activation::Tanh,
        other => {
            assert!(is_missing(other, &[], MISSING));
            return None;
        }
    };
    // Slopes other than PyTorch's defaults and the approximation of GELU are not there; softmax runs over the last axis.
    let last = array(&case.input).1.len() - 1;
    let exact = case.params.get("approximate").is_none_or(|approximate| approximate == "none");
    let over_last = case.params.get("dim").is_none_or(|dim| *dim == -1 || *dim == last);
    let is_default = |name, default: f64| case.params.get(name).is_none_or(|value| *value == default);
    (exact && over_last && is_default("alpha", 1.0) && is_default("negative_slope", 0.01)).then_some(activation)
}

fn check(case: &Case, what: &str, found: &Tensor, expected: &Value) {
    let off = difference(&numbers(found), &array(expected).0, 1e-6);
    assert!(off <= 1e-9, "{} {}: {what} off by {off:e}", case.id, case.layer);
}

#[test]
fn golden_layers() {
    let mut tried = BTreeSet::new();
    for case in golden::<Case>("layers") {
        if is_missing(&case.layer, &["Linear", "activation"], MISSING) {
            continue;
        }
        let input = Var::from_tensor(&tensor(&case.input, DType::F64)).unwrap();
        let cotangent = tensor(&case.cotangent, DType::F64);
        let (output, parameters) = if case.layer == "Linear" {
            // Without a bias, and for inputs with more axes than rows and numbers, there is no Linear of ours.
            if case.params["bias"] == false || input.rank() != 2 {
                continue;
            }
            let (inputs, outputs) = (input.dim(1).unwrap(), cotangent.dim(1).unwrap());
            let spec: LayerSpec = Linear::new().into();
            let mut layer = (spec.build)(
                &spec.settings,
                LayerBuild {
                    inputs: vec![Shape::new(&[inputs])],
                    output: Shape::new(&[outputs]),
                    dtype: DType::F64,
                    rng: Rng::new(0, Purpose::Weights, Place::default()),
                },
            )
            .unwrap();
            let weights = case.weights.iter().map(|(name, value)| (format!("0.{name}"), tensor(value, DType::F64)));
            layer.set_state(&weights.collect()).unwrap();
            (layer.forward(&[input.as_tensor().clone()], &mut Mode::Eval).unwrap(), layer.parameters())
        } else {
            let Some(activation) = activation(&case) else { continue };
            (activation.apply(&input).unwrap(), Vec::new())
        };
        check(&case, "output", &output, &case.expected["output"]);
        let gradients = (&output * cotangent).unwrap().sum_all().unwrap().backward().unwrap();
        check(&case, "gradient of the input", gradients.get(&input).unwrap(), &case.expected["grad_input"]);
        for (name, parameter) in parameters {
            let name = name.trim_start_matches("0.");
            let gradient = gradients.get(&parameter).unwrap();
            check(&case, &format!("gradient of {name}"), gradient, &case.expected["grad_params"][name]);
        }
        tried.insert(case.layer);
    }
    assert!(!tried.is_empty(), "no case is for a layer that is there");
}
