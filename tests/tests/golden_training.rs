//! Whole trainings against PyTorch: losses of every step and final weights from given initial weights.

use std::collections::BTreeMap;

use candle_core::{DType, Tensor};
use modularml::Result;
use modularml::data::{ColumnSpec, Domain, Dtype, SchemaSpec, Shape};
use modularml::experiment::loss::{CrossEntropy, LossSpec, Mse};
use modularml::graph::{
    Activation, Adam, AdamW, Change, ColumnSource, GraphBuilder, Mlp, ModelGraph, OptimizerSpec, Precision, Reads,
    RmsProp, Sgd,
};
use modularml::random::Place;
use modularml::settings::{Range, Settings, Value as Setting};
use modularml_tests::{array, difference, golden, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    task: String,
    sizes: Vec<usize>,
    activation: String,
    optimizer: String,
    optimizer_params: BTreeMap<String, Value>,
    batch: usize,
    epochs: usize,
    x: Value,
    y: Value,
    init_weights: Vec<Weights>,
    expected: BTreeMap<String, Expected>,
}

#[derive(Deserialize)]
struct Weights {
    weight: Value,
    bias: Value,
}

#[derive(Deserialize)]
struct Expected {
    loss: Vec<f64>,
    final_weights: Vec<Weights>,
}

/// One batch of the data.
struct Batch {
    x: Tensor,
    y: Tensor,
}

impl ColumnSource for Batch {
    fn column(&self, _: usize, _: usize, key: &str) -> Result<Tensor> {
        Ok(if key == "x" { self.x.clone() } else { self.y.clone() })
    }

    fn roles(&self, _: usize) -> usize {
        1
    }
}

impl Case {
    fn is_regression(&self) -> bool {
        match self.task.as_str() {
            "regression" => true,
            "classification" => false,
            other => panic!("{}: unknown task {other}", self.id),
        }
    }

    fn loss(&self) -> LossSpec {
        if self.is_regression() { Mse.spec() } else { CrossEntropy::new().spec() }
    }

    fn number(&self, name: &str, default: f64) -> f64 {
        self.optimizer_params.get(name).map_or(default, |value| value.as_f64().unwrap())
    }

    fn flag(&self, name: &str) -> bool {
        self.optimizer_params.get(name).is_some_and(|value| value.as_bool().unwrap())
    }

    /// The optimizer, with PyTorch's names and defaults.
    fn optimizer(&self) -> OptimizerSpec {
        let betas = |position: usize, default| {
            self.optimizer_params.get("betas").map_or(default, |betas| betas[position].as_f64().unwrap())
        };
        let known =
            ["lr", "momentum", "dampening", "nesterov", "weight_decay", "betas", "eps", "amsgrad", "alpha", "centered"];
        for option in self.optimizer_params.keys() {
            assert!(known.contains(&option.as_str()), "{}: unknown option {option}", self.id);
        }
        match self.optimizer.as_str() {
            "SGD" => {
                let sgd = Sgd::lr(self.number("lr", 1e-3))
                    .momentum(self.number("momentum", 0.0))
                    .dampening(self.number("dampening", 0.0))
                    .weight_decay(self.number("weight_decay", 0.0));
                if self.flag("nesterov") { sgd.nesterov() } else { sgd }.spec()
            }
            "Adam" => {
                let adam = Adam::lr(self.number("lr", 1e-3))
                    .beta1(betas(0, 0.9))
                    .beta2(betas(1, 0.999))
                    .eps(self.number("eps", 1e-8))
                    .weight_decay(self.number("weight_decay", 0.0));
                if self.flag("amsgrad") { adam.amsgrad() } else { adam }.spec()
            }
            "AdamW" => {
                let adam = AdamW::lr(self.number("lr", 1e-3))
                    .beta1(betas(0, 0.9))
                    .beta2(betas(1, 0.999))
                    .eps(self.number("eps", 1e-8))
                    .weight_decay(self.number("weight_decay", 1e-2));
                if self.flag("amsgrad") { adam.amsgrad() } else { adam }.spec()
            }
            "RMSprop" => {
                let rms_prop = RmsProp::lr(self.number("lr", 1e-2))
                    .alpha(self.number("alpha", 0.99))
                    .eps(self.number("eps", 1e-8))
                    .momentum(self.number("momentum", 0.0))
                    .weight_decay(self.number("weight_decay", 0.0));
                if self.flag("centered") { rms_prop.centered() } else { rms_prop }.spec()
            }
            other => panic!("{}: unknown optimizer {other}", self.id),
        }
    }

    fn schema(&self) -> SchemaSpec {
        let column = |key, domain, dtype, shape, classes| ColumnSpec {
            key,
            stored_as: key,
            domain,
            dtype,
            shape,
            classes,
            allows_missing: false,
            groups: false,
            sequence: None,
        };
        let (inputs, outputs) = (self.sizes[0], self.sizes[self.sizes.len() - 1]);
        let x = column("x", Domain::Feature, Dtype::F64, Shape::new(&[inputs]), &[]);
        let y = if self.is_regression() {
            column("y", Domain::Target, Dtype::F64, Shape::new(&[outputs]), &[])
        } else {
            let classes: Vec<&str> = (0..outputs).map(|class| modularml::list::intern(&class.to_string())).collect();
            column("y", Domain::Target, Dtype::Class, Shape::SCALAR, classes.leak())
        };
        SchemaSpec { name: "Rows", columns: vec![x, y].leak() }
    }

    fn graph(&self, precision: Precision) -> ModelGraph {
        let hidden = Shape::new(&self.sizes[1..self.sizes.len() - 1]);
        let activation = match self.activation.as_str() {
            "ELU" => Activation::Elu,
            "LeakyReLU" => Activation::LeakyRelu,
            "ReLU" => Activation::Relu,
            "Tanh" => Activation::Tanh,
            "GELU" => Activation::Gelu,
            "SiLU" => Activation::Silu,
            "Sigmoid" => Activation::Sigmoid,
            other => panic!("{}: unknown activation {other}", self.id),
        };
        // The number of hidden layers is known at run time only.
        let mlp = Mlp::from_settings(&Settings::NONE.with("hidden", Setting::Sizes(hidden), Range::ANY));
        let builder = GraphBuilder::new("Golden").precision(precision).input("rows", self.schema());
        let builder = builder.optimizer(self.optimizer()).node(
            "net",
            mlp.activation(activation),
            Reads::of(["rows.x"]).predicts("rows.y"),
        );
        let mut graph = ModelGraph::build(builder.spec(), 0).unwrap();
        let (mut state, dtype) = (BTreeMap::new(), graph.dtype());
        for (layer, weights) in self.init_weights.iter().enumerate() {
            state.insert(format!("net.{layer}.weight"), tensor(&weights.weight, dtype));
            state.insert(format!("net.{layer}.bias"), tensor(&weights.bias, dtype));
        }
        graph.set_state(&state).unwrap();
        graph
    }

    fn check(&self, precision: Precision, expected: &Expected, tolerance: f64) {
        let graph = self.graph(precision);
        let dtype = graph.dtype();
        let spec = graph.spec().optimizer.unwrap();
        let mut optimizer = (spec.build)(&spec.settings);
        let loss = self.loss();
        let x = tensor(&self.x, dtype);
        let y = tensor(&self.y, if self.is_regression() { dtype } else { DType::U32 });
        let rows = x.dim(0).unwrap();
        let mut losses = Vec::new();
        for _ in 0..self.epochs {
            for start in (0..rows).step_by(self.batch) {
                let [x, y] = [&x, &y].map(|all| all.narrow(0, start, self.batch.min(rows - start)).unwrap());
                let batch = Batch { x, y };
                let outputs = graph.run(&[0], &[true], &batch, Some((0, Place::default()))).unwrap();
                let inputs = [outputs.by_node[0][0].clone(), batch.y.clone()];
                let loss = (loss.evaluate)(&loss.settings, &inputs).unwrap().0.mean_all().unwrap();
                losses.extend(numbers(&loss));
                let gradients = loss.backward().unwrap();
                for (name, parameter) in graph.parameters(0) {
                    let gradient = gradients.get(&parameter).unwrap();
                    optimizer.step(&[Change { name: &name, parameter: &parameter, gradient }]).unwrap();
                }
            }
        }
        let off = difference(&losses, &expected.loss, 1e-3);
        assert!(off <= tolerance, "{} {dtype:?}: losses off by {off:e}", self.id);
        let state = graph.state().unwrap();
        assert_eq!(state.len(), 2 * expected.final_weights.len());
        for (layer, weights) in expected.final_weights.iter().enumerate() {
            for (name, expected) in [("weight", &weights.weight), ("bias", &weights.bias)] {
                let found = numbers(&state[&format!("net.{layer}.{name}")]);
                let expected = array(expected).0;
                // Relative to the largest weight of the layer: one near zero is a difference of larger numbers.
                let largest = expected.iter().fold(0f64, |largest, value| largest.max(value.abs()));
                let off = difference(&found, &expected, largest);
                assert!(off <= tolerance, "{} {dtype:?}: {layer}.{name} off by {off:e}", self.id);
            }
        }
    }
}

#[test]
fn golden_training() {
    for case in golden::<Case>("training") {
        case.check(Precision::F64, &case.expected["float64"], 1e-9);
        case.check(Precision::F32, &case.expected["float32"], 1e-5);
    }
}
