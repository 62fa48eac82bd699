//! Recurrent layers, with their states and all gradients, against PyTorch.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor, Var};
use modularml::data::Shape;
use modularml::graph::{Layer, LayerBuild, Mode, Recurrence};
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
    initial_state: BTreeMap<String, Value>,
    weights: BTreeMap<String, Value>,
    cotangent: Value,
    expected: Value,
}

impl Case {
    fn is(&self, name: &str, default: bool) -> bool {
        self.params.get(name).map_or(default, |value| value.as_bool().unwrap())
    }

    /// A tensor of theirs whose rows come first, as ours do.
    fn rows_first(&self, value: &Value) -> Tensor {
        let tensor = tensor(value, DType::F64);
        if self.is("batch_first", false) { tensor } else { tensor.transpose(0, 1).unwrap().contiguous().unwrap() }
    }

    fn layer(&self) -> Recurrence {
        let size = |name: &str, default: u64| -> usize {
            self.params.get(name).map_or(default, |value| value.as_u64().unwrap()).try_into().unwrap()
        };
        let (hidden, layers) = (size("hidden_size", 0), size("num_layers", 1));
        let dims = self.rows_first(&self.input).dims().to_vec();
        let rng = Rng::new(0, Purpose::Weights, Place::default());
        let inputs = vec![Shape::new(&dims[1..])];
        let build = LayerBuild {
            inputs,
            column: None,
            target: None,
            output: Shape::new(&[dims[1], hidden]),
            dtype: DType::F64,
            device: Device::Cpu,
            rng,
        };
        macro_rules! layer {
            ($name:ident) => {{
                let layer = $name::hidden(hidden).layers(layers);
                let layer = if self.is("bidirectional", false) { layer.bidirectional() } else { layer };
                if self.is("bias", true) { layer } else { layer.no_bias() }.recurrence(build)
            }};
        }
        let mut layer = match self.layer.as_str() {
            "GRU" => layer!(Gru),
            "LSTM" => layer!(Lstm),
            "RNN" if self.params.get("nonlinearity").is_none_or(|function| function == "tanh") => layer!(Rnn),
            other => left_out(other),
        }
        .unwrap();
        let state = self.weights.iter().map(|(name, value)| (name.clone(), tensor(value, DType::F64)));
        layer.set_state(&state.collect()).unwrap();
        layer
    }

    fn check(&self, what: &str, found: &Tensor, expected: &Tensor) {
        assert_eq!(found.dims(), expected.dims(), "{} {}: {what}", self.id, self.layer);
        let off = difference(&numbers(found), &numbers(expected), 1e-6);
        assert!(off <= 1e-9, "{} {}: {what} off by {off:e}", self.id, self.layer);
    }
}

/// The parts of the states that PyTorch gives by name, such as `h_n` and `c_n`.
fn states(of: &BTreeMap<String, Value>, names: [&str; 2]) -> Option<Tensor> {
    let parts: Vec<Tensor> = names.iter().filter_map(|&name| Some(tensor(of.get(name)?, DType::F64))).collect();
    (!parts.is_empty()).then(|| Tensor::cat(&parts, 2).unwrap())
}

fn map(value: &Value) -> BTreeMap<String, Value> {
    value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[test]
fn golden_recurrent_layers() {
    each_case_where(
        "layers",
        |case| case.get("initial_state").is_some(),
        |case: Case| {
            let layer = case.layer();
            let input = Var::from_tensor(&case.rows_first(&case.input)).unwrap();
            let initial = states(&case.initial_state, ["h", "c"]).map(|states| Var::from_tensor(&states).unwrap());
            let by_direction = initial.as_ref().map(|states| -> Vec<Tensor> {
                (0..states.dims()[0]).map(|direction| states.get(direction).unwrap()).collect()
            });
            let noise = Rng::new(0, Purpose::Noise, Place::default());
            let mut mode = if case.train { Mode::Train(noise) } else { Mode::Eval };
            let (output, last) = layer.run(&input, by_direction.as_deref(), &mut mode).unwrap();
            let last = Tensor::stack(&last, 0).unwrap();
            case.check("output", &output, &case.rows_first(&case.expected["output"]));
            let expected = map(&case.expected);
            case.check("states", &last, &states(&expected, ["h_n", "c_n"]).unwrap());

            let cotangent = case.rows_first(&case.cotangent["output"]);
            let of_states = states(&map(&case.cotangent), ["h_n", "c_n"]).unwrap();
            let sum = |a: &Tensor, b: &Tensor| a.mul(b).unwrap().sum_all().unwrap();
            let scalar = (sum(&output, &cotangent) + sum(&last, &of_states)).unwrap();
            let gradients = scalar.backward().unwrap();
            let of_input = gradients.get(&input).unwrap();
            case.check("gradient of the input", of_input, &case.rows_first(&case.expected["grad_input"]));
            if let Some(initial) = &initial {
                let expected = states(&map(&case.expected["grad_initial_state"]), ["h", "c"]).unwrap();
                case.check("gradient of the initial states", gradients.get(initial).unwrap(), &expected);
            }
            let expected = map(&case.expected["grad_params"]);
            let parameters = layer.parameters();
            assert_eq!(parameters.len(), expected.len(), "{}: parameters", case.id);
            for (name, parameter) in parameters {
                assert_eq!(parameter.dims(), array(&expected[&name]).1, "{}: {name}", case.id);
                let found = gradients.get(&parameter).unwrap();
                case.check(&format!("gradient of {name}"), found, &tensor(&expected[&name], DType::F64));
            }
        },
    );
}
