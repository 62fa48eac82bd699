//! Settings that the other vectors do not show are those of PyTorch and scikit-learn; `golden/settings.py` wrote the
//! numbers.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor, Var};
use modularml::data::Shape;
use modularml::experiment::loss::LossSpec;
use modularml::experiment::metric::{Average, Disagreement};
use modularml::experiment::{CourseSpec, MetricSpec, Per, RateSpec};
use modularml::graph::{Layer, LayerBuild, LayerSpec, Mode};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::process::{MaxAbs, TrainingRows};
use modularml::random::{Place, Purpose};
use modularml_tests::golden::{each_case, left_out};
use modularml_tests::{difference, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    kind: String,
    name: String,
    settings: Value,
    inputs: Vec<Value>,
    expected: Value,
    #[serde(default)]
    gradient: Value,
    #[serde(default)]
    weights: BTreeMap<String, Value>,
    #[serde(default)]
    momentum: Vec<f64>,
}

impl Case {
    fn number(&self, name: &str) -> f64 {
        self.settings[name].as_f64().unwrap()
    }

    fn count(&self, name: &str) -> usize {
        usize::try_from(self.settings[name].as_u64().unwrap()).unwrap()
    }

    fn says(&self, name: &str) -> bool {
        self.settings[name].as_bool().unwrap_or(false)
    }

    fn id(&self) -> String {
        format!("{} {}", self.name, self.settings)
    }

    fn close(&self, found: &[f64], expected: &Value) {
        let expected = numbers(&tensor(expected, DType::F64));
        let off = difference(found, &expected, 1e-3);
        assert!(off < 1e-9, "{}: off by {off:e}: {found:?}, expected {expected:?}", self.id());
    }

    fn layer(&self) -> LayerSpec {
        match self.name.as_str() {
            "Relu6" => Relu6.spec(),
            "Hardsigmoid" => Hardsigmoid.spec(),
            "PRelu" => {
                let prelu = PRelu::new().slope(self.number("slope"));
                if self.says("per_channel") { prelu.per_channel().spec() } else { prelu.spec() }
            }
            "PositionwiseLinear" => {
                let map = PositionwiseLinear::to(self.count("width"));
                if self.says("no_bias") { map.no_bias().spec() } else { map.spec() }
            }
            "Softmax" => Softmax::new().axis(self.axis()).spec(),
            "LogSoftmax" => LogSoftmax::new().axis(self.axis()).spec(),
            "Hardtanh" => Hardtanh::new().low(self.number("low")).high(self.number("high")).spec(),
            other => left_out(other),
        }
    }

    fn axis(&self) -> i64 {
        self.settings["axis"].as_i64().unwrap()
    }

    /// A layer over rows of these dimensions, with the weights of the case.
    fn build(&self, spec: &LayerSpec, inputs: &[&[usize]], output: &[usize]) -> Box<dyn Layer> {
        let rng = Rng::new(1, Purpose::Weights, Place::default());
        let inputs = inputs.iter().map(|dims| Shape::new(dims)).collect();
        let build = LayerBuild {
            inputs,
            column: None,
            target: None,
            output: Shape::new(output),
            dtype: DType::F64,
            device: Device::Cpu,
            rng,
        };
        let mut layer = spec.build(build).unwrap();
        let weights = self.weights.iter().map(|(name, values)| (name.clone(), tensor(values, DType::F64)));
        layer.set_state(&weights.collect()).unwrap();
        layer
    }

    fn check_bilinear(&self) {
        let map = Bilinear::new();
        let spec = if self.says("no_bias") { map.no_bias() } else { map }.spec();
        let [a, b] = [0, 1].map(|at| Var::from_tensor(&tensor(&self.inputs[at], DType::F64)).unwrap());
        let output = tensor(&self.expected, DType::F64);
        let layer = self.build(&spec, &[&a.dims()[1..], &b.dims()[1..]], &output.dims()[1..]);
        let y = layer.forward(&[a.as_tensor().clone(), b.as_tensor().clone()], &mut Mode::Eval).unwrap();
        self.close(&numbers(&y), &self.expected);
        let gradients = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        let variables = layer.parameters().into_iter().chain([("a".to_owned(), a), ("b".to_owned(), b)]);
        for (name, variable) in variables {
            self.close(&numbers(gradients.get(&variable).unwrap()), &self.gradient[name]);
        }
    }

    /// An embedding, or what is left of its vectors along the codes of a row: PyTorch's `EmbeddingBag`.
    fn check_embedding(&self) {
        let codes = tensor(&self.inputs[0], DType::F64);
        let embedding = Embedding::size(3).entries(5);
        let spec = match self.settings["padding"].as_u64() {
            Some(code) => embedding.padding(usize::try_from(code).unwrap()).spec(),
            None => embedding.spec(),
        };
        let layer = self.build(&spec, &[&[4]], &[4, 3]);
        let vectors = layer.forward(&[codes], &mut Mode::Eval).unwrap();
        let behind = match self.name.as_str() {
            "Embedding" => None,
            "SumOfSequence" => Some(SumOfSequence.spec()),
            "MeanOfSequence" => Some(MeanOfSequence.spec()),
            "MaxOfSequence" => Some(MaxOfSequence.spec()),
            other => left_out(other),
        };
        let y = behind.map_or(vectors.clone(), |spec| {
            let rng = Rng::new(1, Purpose::Weights, Place::default());
            let (inputs, output) = (vec![Shape::new(&[4, 3])], Shape::new(&[3]));
            let layer = spec
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
            layer.forward(&[vectors], &mut Mode::Eval).unwrap()
        });
        self.close(&numbers(&y), &self.expected);
        let sum = (y.sqr().unwrap().sum_all().unwrap() + y.sum_all().unwrap()).unwrap();
        let gradients = sum.backward().unwrap();
        let (_, weight) = layer.parameters().remove(0);
        self.close(&numbers(gradients.get(&weight).unwrap()), &self.gradient);
    }

    fn check_scaler(&self) {
        let [train, test] = [0, 1].map(|at| numbers(&tensor(&self.inputs[at], DType::F64)));
        let scaler = if self.says("clip") { MaxAbs::new().clip() } else { MaxAbs::new() };
        let rows = TrainingRows::of(&train, Shape::new(&[3])).unwrap();
        let fitted = scaler.spec().fit(&rows).unwrap();
        let mut values = test.clone();
        fitted.transform(&mut values).unwrap();
        self.close(&values, &self.expected[0]);
        fitted.inverse(&mut values, &test).unwrap();
        self.close(&values, &self.expected[1]);
    }

    fn check_layer(&self) {
        let x = Var::from_tensor(&tensor(&self.inputs[0], DType::F64)).unwrap();
        let expected = tensor(&self.expected, DType::F64);
        let rng = Rng::new(1, Purpose::Weights, Place::default());
        let [inputs, output] = [x.dims(), expected.dims()].map(|dims| Shape::new(&dims[1..]));
        let build = LayerBuild {
            inputs: vec![inputs],
            column: None,
            target: None,
            output,
            dtype: DType::F64,
            device: Device::Cpu,
            rng,
        };
        let mut layer = self.layer().build(build).unwrap();
        // PyTorch's names stand alone in its modules; those of a linear map follow its position here.
        let named = |name: &str| if self.name == "PRelu" { name.to_owned() } else { format!("0.{name}") };
        let weights = self.weights.iter().map(|(name, values)| (named(name), tensor(values, DType::F64)));
        layer.set_state(&weights.collect()).unwrap();
        let y = layer.forward(&[x.as_tensor().clone()], &mut Mode::Eval).unwrap();
        self.close(&numbers(&y), &self.expected);
        let gradients = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        self.close(&numbers(gradients.get(x.as_tensor()).unwrap()), &self.gradient);
    }

    fn loss(&self) -> LossSpec {
        match self.name.as_str() {
            "PoissonNll" => PoissonNll::new().of_rates().eps(self.number("eps")).spec(),
            "MultiMargin" => {
                let loss = MultiMargin::new().margin(self.number("margin"));
                let loss = if self.says("squared") { loss.squared() } else { loss };
                let weights = self.settings["weights"].as_array().unwrap();
                let weights: Vec<f64> = weights.iter().map(|weight| weight.as_f64().unwrap()).collect();
                match weights.as_slice() {
                    &[a, b, c] => loss.class_weights([("a", a), ("b", b), ("c", c)]).spec(),
                    _ => loss.spec(),
                }
            }
            "TripletMargin" => {
                let loss = TripletMargin::margin(1.0).norm(self.number("norm")).eps(self.number("eps"));
                if self.says("swap") { loss.swap().spec() } else { loss.spec() }
            }
            other => left_out(other),
        }
    }

    fn check_loss(&self) {
        let gradients = self.gradient.as_array().unwrap();
        let inputs: Vec<Var> = self
            .inputs
            .iter()
            .zip(gradients)
            .map(|(values, gradient)| {
                let is_class = gradient.as_array().is_some_and(Vec::is_empty);
                Var::from_tensor(&tensor(values, if is_class { DType::U32 } else { DType::F64 })).unwrap()
            })
            .collect();
        let tensors: Vec<Tensor> = inputs.iter().map(|input| input.as_tensor().clone()).collect();
        let values = self.loss().evaluate(&tensors).unwrap().0;
        self.close(&numbers(&values), &self.expected);
        let found = values.sum_all().unwrap().backward().unwrap();
        for (input, expected) in tensors.iter().zip(gradients) {
            if expected.as_array().is_none_or(|expected| !expected.is_empty()) {
                self.close(&numbers(found.get(input).unwrap()), expected);
            }
        }
    }

    fn rate(&self) -> RateSpec {
        match self.name.as_str() {
            "Ramp" => Ramp::over(self.count("over")).from(self.number("from")).to(self.number("to")).spec(),
            "OneCycle" => {
                let cycle = OneCycle::over(self.count("over")).three_phase();
                if self.says("linear") { cycle.linear().spec() } else { cycle.spec() }
            }
            "Triangle" => {
                let rate = Triangle::up(self.count("up")).down(self.count("down")).low(self.number("low"));
                rate.decay(self.number("decay")).spec()
            }
            other => left_out(other),
        }
    }

    fn check_rate(&self) {
        let rate = CourseSpec { rates: vec![self.rate()].into(), per: Per::Epoch, unfinished: false }.build().unwrap();
        let times = self.expected.as_array().unwrap().len();
        let found: Vec<f64> = (0..times).map(|time| rate.factor(0, time)).collect();
        self.close(&found, &self.expected);
        for (time, expected) in self.momentum.iter().enumerate() {
            let found = rate.momentum(0, time).unwrap();
            assert!((found - expected).abs() < 1e-9, "{} at {time}: momentum {found}, not {expected}", self.id());
        }
    }

    fn metric(&self) -> MetricSpec {
        let average = || match self.settings["average"].as_str() {
            Some("Weighted") => Average::Weighted,
            _ => Average::Macro,
        };
        let zero = || self.number("zero_division");
        match self.name.as_str() {
            "CohenKappa" => {
                let disagreement = match self.settings["disagreement"].as_str() {
                    Some("Linear") => Disagreement::Linear,
                    Some("Quadratic") => Disagreement::Quadratic,
                    _ => Disagreement::Equal,
                };
                CohenKappa::new().disagreement(disagreement).spec()
            }
            "Precision" => Precision::new().average(average()).zero_division(zero()).spec(),
            "Recall" => Recall::new().average(average()).zero_division(zero()).spec(),
            "F1" => F1::new().average(average()).zero_division(zero()).spec(),
            "FBeta" => FBeta::beta(2.0).average(average()).zero_division(zero()).spec(),
            "Jaccard" => Jaccard::new().average(average()).zero_division(zero()).spec(),
            "RocAuc" => RocAuc::new().max_fpr(self.number("max_fpr")).spec(),
            other => left_out(other),
        }
    }

    fn check_metric(&self) {
        let mut running = self.metric().start().unwrap();
        let inputs = [tensor(&self.inputs[0], DType::F64), tensor(&self.inputs[1], DType::U32)];
        running.add(&inputs).unwrap();
        self.close(&[running.value()], &self.expected);
    }

    fn check_folds(&self) {
        #[derive(SampleSchema)]
        struct Row {
            #[feat]
            x: f32,
        }
        let count = u8::try_from(self.inputs[0].as_u64().unwrap()).unwrap();
        let rows = FeatureSet::from_rows((0..count).map(|row| Row { x: row.into() })).unwrap();
        let mut rng = Rng::new(1, Purpose::Split, Place::default());
        let folds = TimeFolds::of(self.count("folds")).gap(self.count("gap")).most_train(self.count("most_train"));
        let folds = folds.spec().folds(&rows.view(), &mut rng).unwrap();
        let found: Vec<[&[u32]; 2]> = folds.iter().map(|fold| [fold.train.rows(), fold.test.rows()]).collect();
        assert_eq!(serde_json::to_value(found).unwrap(), self.expected, "{}", self.id());
    }
}

#[test]
fn settings_are_those_of_the_references() {
    each_case("settings", |case: Case| match case.kind.as_str() {
        "layer" => case.check_layer(),
        "bilinear" => case.check_bilinear(),
        "embedding" => case.check_embedding(),
        "scaler" => case.check_scaler(),
        "loss" => case.check_loss(),
        "rate" => case.check_rate(),
        "metric" => case.check_metric(),
        "folds" => case.check_folds(),
        other => left_out(other),
    });
}
