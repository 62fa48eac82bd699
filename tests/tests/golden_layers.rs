//! Layers and activations, with their gradients, against PyTorch.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor, Var};
use modularml::data::Shape;
use modularml::graph::{Layer, LayerBuild, LayerSpec, Mode};
use modularml::layers::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::golden::{each_case_where, left_out};
use modularml_tests::{array, difference, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    layer: String,
    params: BTreeMap<String, Value>,
    train: bool,
    input: Value,
    #[serde(default)]
    weights: BTreeMap<String, Value>,
    cotangent: Value,
    expected: Value,
}

impl Case {
    fn float(&self, name: &str, default: f64) -> f64 {
        self.params.get(name).map_or(default, |value| value.as_f64().unwrap())
    }

    fn size(&self, name: &str, default: usize) -> usize {
        self.params.get(name).map_or(default, |value| value.as_u64().unwrap().try_into().unwrap())
    }

    fn is(&self, name: &str, default: bool) -> bool {
        self.params.get(name).map_or(default, |value| value.as_bool().unwrap())
    }

    /// The component of ours.
    fn component(&self) -> LayerSpec {
        match self.layer.as_str() {
            "Linear" => if self.is("bias", true) { Linear::new() } else { Linear::new().no_bias() }.into(),
            "Dropout" => Dropout::probability(self.float("p", 0.5)).into(),
            "BatchNorm1d" => {
                let norm = BatchNorm::new().epsilon(self.float("eps", 1e-5));
                let norm = match self.params.get("momentum") {
                    Some(Value::Null) => norm.cumulative(),
                    _ => norm.momentum(self.float("momentum", 0.1)),
                };
                let norm = if self.is("affine", true) { norm } else { norm.no_affine() };
                if self.is("track_running_stats", true) { norm } else { norm.always_of_batch() }.into()
            }
            "LayerNorm" => {
                let axes = self.params["normalized_shape"].as_array().unwrap().len();
                let norm = LayerNorm::new().axes(axes).epsilon(self.float("eps", 1e-5));
                let norm = if self.is("elementwise_affine", true) { norm } else { norm.no_affine() };
                if self.is("bias", true) { norm } else { norm.no_bias() }.into()
            }
            "AdaptiveAvgPool1d" => AdaptiveAvgPool::to([self.size("output_size", 1)]).into(),
            "AvgPool1d" => {
                let pool = AvgPool1d::kernel(self.size("kernel_size", 1)).padding(self.size("padding", 0));
                let pool = if self.params.contains_key("stride") { pool.stride(self.size("stride", 1)) } else { pool };
                let pool = if self.is("ceil_mode", false) { pool.partial() } else { pool };
                if self.is("count_include_pad", true) { pool } else { pool.without_padding() }.into()
            }
            "MaxPool1d" => {
                let pool = MaxPool1d::kernel(self.size("kernel_size", 1)).padding(self.size("padding", 0));
                let pool = pool.dilation(self.size("dilation", 1));
                let pool = if self.params.contains_key("stride") { pool.stride(self.size("stride", 1)) } else { pool };
                if self.is("ceil_mode", false) { pool.partial() } else { pool }.into()
            }
            "Conv1d" => {
                let conv = Conv1d::channels(self.size("out_channels", 1)).kernel(self.size("kernel_size", 1));
                let conv = conv.stride(self.size("stride", 1)).padding(self.size("padding", 0));
                let conv = conv.dilation(self.size("dilation", 1)).groups(self.size("groups", 1));
                let conv = conv.padding_mode(match self.params.get("padding_mode").and_then(Value::as_str) {
                    None | Some("zeros") => Padding::Zeros,
                    Some("reflect") => Padding::Reflect,
                    Some("replicate") => Padding::Replicate,
                    Some("circular") => Padding::Circular,
                    Some(other) => left_out(other),
                });
                if self.is("bias", true) { conv } else { conv.no_bias() }.into()
            }
            "activation" => self.activation(),
            other => left_out(other),
        }
    }

    fn activation(&self) -> LayerSpec {
        let last = array(&self.input).1.len() - 1;
        assert!(self.params.get("dim").is_none_or(|dim| *dim == -1 || *dim == last), "{}: over the last axis", self.id);
        match self.params["name"].as_str().unwrap() {
            "ELU" => Elu::new().alpha(self.float("alpha", 1.0)).into(),
            "GELU" if self.params.get("approximate").is_some_and(|how| how == "tanh") => GeluTanh.into(),
            "GELU" => Gelu.into(),
            "Hardswish" => Hardswish.into(),
            "Hardtanh" => Hardtanh::new().into(),
            "LeakyReLU" => LeakyRelu::new().slope(self.float("negative_slope", 0.01)).into(),
            "LogSoftmax" => LogSoftmax::new().into(),
            "Mish" => Mish.into(),
            "ReLU" => Relu.into(),
            "SELU" => Selu.into(),
            "SiLU" => Silu.into(),
            "Sigmoid" => Sigmoid.into(),
            "Softmax" => Softmax::new().into(),
            "Softplus" => {
                let threshold = self.float("threshold", 20.0);
                Softplus::new().beta(self.float("beta", 1.0)).threshold(threshold).into()
            }
            "Softsign" => Softsign.into(),
            "Tanh" => Tanh.into(),
            "Hardsigmoid" => Hardsigmoid.into(),
            "ReLU6" => Relu6.into(),
            other => left_out(other),
        }
    }

    /// The name of a parameter of PyTorch in ours.
    fn name(&self, name: &str) -> String {
        match self.layer.as_str() {
            "Linear" => format!("0.{name}"),
            _ => name.to_owned(),
        }
    }

    fn build(&self, spec: &LayerSpec) -> Box<dyn Layer> {
        let shape = |value: &Value| Shape::new(&array(value).1[1..]);
        let rng = Rng::new(0, Purpose::Weights, Place::default());
        let (inputs, output) = (vec![shape(&self.input)], shape(&self.cotangent));
        let mut layer = spec
            .build(LayerBuild {
                inputs,
                column: None,
                target: None,
                output,
                dtype: DType::F64,
                device: Device::Cpu,
                rng,
            })
            .unwrap();
        let state = self.weights.iter().map(|(name, value)| (self.name(name), tensor(value, DType::F64)));
        layer.set_state(&state.collect()).unwrap();
        layer
    }

    fn check(&self, what: &str, found: &Tensor, expected: &Value) {
        let (expected, shape) = array(expected);
        assert_eq!(found.dims(), shape, "{} {}: {what}", self.id, self.layer);
        let off = difference(&numbers(found), &expected, 1e-6);
        assert!(off <= 1e-9, "{} {}: {what} off by {off:e}", self.id, self.layer);
    }
}

#[test]
fn golden_layers() {
    // Those that have states beside the output are compared in golden_recurrent.rs.
    let is_plain = |case: &Value| case.get("initial_state").is_none();
    each_case_where("layers", is_plain, |case: Case| {
        let spec = case.component();
        let layer = case.build(&spec);
        let input = Var::from_tensor(&tensor(&case.input, DType::F64)).unwrap();
        let noise = Rng::new(0, Purpose::Noise, Place::default());
        let mut mode = if case.train { Mode::Train(noise) } else { Mode::Eval };
        let output = layer.forward(&[input.as_tensor().clone()], &mut mode).unwrap();
        case.check("output", &output, &case.expected["output"]);
        let cotangent = tensor(&case.cotangent, DType::F64);
        let gradients = (&output * cotangent).unwrap().sum_all().unwrap().backward().unwrap();
        case.check("gradient of the input", gradients.get(&input).unwrap(), &case.expected["grad_input"]);
        let parameters: BTreeMap<String, Var> = layer.parameters().into_iter().collect();
        let expected = case.expected["grad_params"].as_object().unwrap();
        assert_eq!(parameters.len(), expected.len(), "{}: parameters", case.id);
        for (name, expected) in expected {
            let gradient = gradients.get(&parameters[&case.name(name)]).unwrap();
            case.check(&format!("gradient of {name}"), gradient, expected);
        }
        if let Some(buffers) = case.expected.get("buffers_after") {
            let state = layer.state().unwrap();
            for (name, expected) in buffers.as_object().unwrap() {
                case.check(name, &state[name], expected);
            }
        }
    });
}
