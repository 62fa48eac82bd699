//! Whole trainings against PyTorch: losses of every step and final weights from given initial weights.

use std::collections::BTreeMap;

use candle_core::Var;
use modularml::Result;
use modularml::data::{ColumnArray, ColumnSpec, Domain, Dtype, Reader, SchemaSpec, Shape, View};
use modularml::experiment::loss::{CrossEntropy, LossSpec, Mse};
use modularml::experiment::{Callback, ExperimentBuilder, Moment, Next, Progress, Session, StepInfo};
use modularml::graph::{
    Activation, Adam, AdamW, GraphBuilder, GraphSpec, Mlp, OptimizerSpec, Precision, Reads, RmsProp, Sgd,
};
use modularml::process::{Batches, Random};
use modularml::spec::{Range, Settings, Sizes, Value as Setting};
use modularml_tests::golden::{each_case, left_out};
use modularml_tests::{array, difference, numbers, tensor};
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

/// Keeps the loss of every step.
#[derive(Default)]
struct Losses(Vec<f64>);

impl Callback for Losses {
    fn on_step_end(&mut self, _: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        self.0.push(step.loss);
        Ok(Next::Continue)
    }
}

impl Case {
    fn is_regression(&self) -> bool {
        match self.task.as_str() {
            "regression" => true,
            "classification" => false,
            other => left_out(other),
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
            other => left_out(other),
        }
    }

    fn schema(&self) -> SchemaSpec {
        let column =
            |key, domain, dtype, shape, classes| ColumnSpec { classes, ..ColumnSpec::new(key, domain, dtype, shape) };
        let (inputs, outputs) = (self.sizes[0], self.sizes[self.sizes.len() - 1]);
        let x = column("x", Domain::Feature, Dtype::F64, Shape::new(&[inputs]), &[]);
        let y = if self.is_regression() {
            column("y", Domain::Target, Dtype::F64, Shape::new(&[outputs]), &[])
        } else {
            let classes: Vec<&str> = (0..outputs).map(|class| modularml::text::intern(&class.to_string())).collect();
            column("y", Domain::Target, Dtype::Class, Shape::SCALAR, classes.leak())
        };
        SchemaSpec { name: "Rows", columns: vec![x, y].leak() }
    }

    fn graph(&self, precision: Precision) -> GraphSpec {
        let hidden = Sizes::new(&self.sizes[1..self.sizes.len() - 1]);
        let activation = match self.activation.as_str() {
            "ELU" => Activation::Elu,
            "LeakyReLU" => Activation::LeakyRelu,
            "ReLU" => Activation::Relu,
            "Tanh" => Activation::Tanh,
            "GELU" => Activation::Gelu,
            "SiLU" => Activation::Silu,
            "Sigmoid" => Activation::Sigmoid,
            other => left_out(other),
        };
        // The number of hidden layers is known at run time only.
        let mlp = Mlp::from_settings(&Settings::NONE.with("hidden", Setting::Sizes(hidden), Range::ANY));
        let reads = Reads::of(["rows.x"]).predicts("rows.y");
        let builder = GraphBuilder::new("Golden").precision(precision).input("rows", self.schema());
        builder.optimizer(self.optimizer()).node("net", mlp.activation(activation), reads).spec()
    }

    fn rows(&self) -> View {
        let column = |value: &Value| {
            let (numbers, shape) = array(value);
            ColumnArray::of_shape(numbers, &shape[1..])
        };
        let y = if self.is_regression() {
            column(&self.y)
        } else {
            ColumnArray::from(serde_json::from_value::<Vec<i64>>(self.y.clone()).unwrap())
        };
        Reader::with_schema(self.schema()).columns([("x", column(&self.x)), ("y", y)]).unwrap().view()
    }

    /// The experiment with the given initial weights.
    fn study(&self, precision: Precision) -> Session {
        let study = ExperimentBuilder::new("Golden", self.graph(precision));
        let study = study.split("rows", Random::ratios([("train", 1.0)]));
        let study = study.train("fit", |phase| {
            let phase = phase.feed("rows", Batches::of(self.batch), "train").epochs(self.epochs);
            phase.loss(self.loss(), ["net", "rows.y"])
        });
        let study = study.build(vec![self.rows()]).unwrap();
        let parameters: BTreeMap<String, Var> = study.graph().parameters(0).into_iter().collect();
        assert_eq!(parameters.len(), 2 * self.init_weights.len());
        for (layer, weights) in self.init_weights.iter().enumerate() {
            for (name, value) in [("weight", &weights.weight), ("bias", &weights.bias)] {
                let parameter = &parameters[&format!("net.{layer}.{name}")];
                parameter.set(&tensor(value, parameter.dtype())).unwrap();
            }
        }
        study
    }

    fn check(&self, precision: Precision, expected: &Expected, tolerance: f64) {
        let mut study = self.study(precision);
        let mut losses = Losses::default();
        study.progress(Progress::Silent).run_with(&mut losses).unwrap();
        let off = difference(&losses.0, &expected.loss, 1e-3);
        assert!(off <= tolerance, "{} {precision:?}: losses off by {off:e}", self.id);
        let state = study.graph().state().unwrap();
        assert_eq!(state.len(), 2 * expected.final_weights.len());
        for (layer, weights) in expected.final_weights.iter().enumerate() {
            for (name, expected) in [("weight", &weights.weight), ("bias", &weights.bias)] {
                let found = numbers(&state[&format!("net.{layer}.{name}")]);
                let expected = array(expected).0;
                // Relative to the largest weight of the layer: one near zero is a difference of larger numbers.
                let largest = expected.iter().fold(0f64, |largest, value| largest.max(value.abs()));
                let off = difference(&found, &expected, largest);
                assert!(off <= tolerance, "{} {precision:?}: {layer}.{name} off by {off:e}", self.id);
            }
        }
    }
}

#[test]
fn golden_training() {
    each_case("training", |case: Case| {
        case.check(Precision::F64, &case.expected["float64"], 1e-9);
        case.check(Precision::F32, &case.expected["float32"], 1e-5);
    });
}
