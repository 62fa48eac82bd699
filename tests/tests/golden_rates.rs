//! Learning rates and clipping against PyTorch.

use candle_core::{DType, Tensor};
use modularml::experiment::{ClipSpec, CourseSpec, Per, RateSpec};
use modularml::prelude::*;
use modularml_tests::{difference, golden, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    kind: String,
    #[serde(default)]
    scheduler: String,
    #[serde(default)]
    clip: String,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    base_lr: f64,
    #[serde(default)]
    metrics: Option<Vec<f64>>,
    #[serde(default)]
    grads: Vec<Value>,
    expected: Value,
}

impl Case {
    fn number(&self, name: &str) -> Option<f64> {
        self.params.get(name).and_then(Value::as_f64)
    }

    fn count(&self, name: &str) -> Option<usize> {
        self.params.get(name).and_then(Value::as_u64).map(|count| usize::try_from(count).unwrap())
    }

    /// The rate, and the learning rate that it multiplies.
    fn rate(&self) -> (RateSpec, f64) {
        let factor = self.number("factor").unwrap_or(1.0 / 3.0);
        let end = self.number("eta_min").unwrap_or(0.0) / self.base_lr;
        let steps = self.count("total_iters").unwrap_or(5);
        let gamma = self.number("gamma").unwrap_or(0.1);
        let rate = match self.scheduler.as_str() {
            "StepLR" => StepDecay::every(self.count("step_size").unwrap()).factor(gamma).spec(),
            "MultiStepLR" => {
                let times: Vec<usize> = serde_json::from_value(self.params["milestones"].clone()).unwrap();
                Milestones::at(<[usize; 3]>::try_from(times).unwrap()).factor(gamma).spec()
            }
            "ExponentialLR" => Exponential::factor(gamma).spec(),
            "CosineAnnealingLR" => Cosine::over(self.count("T_max").unwrap()).end(end).spec(),
            "CosineAnnealingWarmRestarts" => {
                let growth = self.count("T_mult").unwrap_or(1);
                CosineRestarts::first(self.count("T_0").unwrap()).growth(growth).end(end).spec()
            }
            "OneCycleLR" => {
                let cycle = OneCycle::over(self.count("total_steps").unwrap());
                let cycle = cycle.rise(self.number("pct_start").unwrap_or(0.3));
                let cycle = cycle.start(self.number("div_factor").unwrap_or(25.0));
                let cycle = cycle.end(self.number("final_div_factor").unwrap_or(1e4));
                let is_linear = self.params.get("anneal_strategy").is_some_and(|by| by == "linear");
                let cycle = if is_linear { cycle.linear() } else { cycle };
                return (cycle.spec(), self.number("max_lr").unwrap());
            }
            "LinearLR" => Ramp::over(steps).from(self.number("start_factor").unwrap_or(1.0 / 3.0)).spec(),
            "ConstantLR" => Hold::over(steps).factor(factor).spec(),
            "PolynomialLR" => Polynomial::over(steps).power(self.number("power").unwrap_or(1.0)).spec(),
            "CyclicLR" => {
                let upper = self.number("max_lr").unwrap();
                let triangle = Triangle::up(self.count("step_size_up").unwrap());
                let triangle = triangle.low(self.number("base_lr").unwrap() / upper);
                let triangle = self.count("step_size_down").map_or(triangle, |down| triangle.down(down));
                let is_halving = self.params.get("mode").is_some_and(|mode| mode == "triangular2");
                return (if is_halving { triangle.halving() } else { triangle }.spec(), upper);
            }
            other => panic!("{}: unknown scheduler {other}", self.id),
        };
        (rate, self.base_lr)
    }

    /// The component that watches a value; PyTorch's patience is one less.
    fn plateau(&self) -> ReduceOnPlateau {
        let reduce = ReduceOnPlateau::patience(self.count("patience").unwrap() + 1);
        let reduce = reduce.factor(self.number("factor").unwrap_or(0.1)).cooldown(self.count("cooldown").unwrap_or(0));
        let reduce = reduce.threshold(self.number("threshold").unwrap_or(1e-4));
        let reduce = reduce.min_factor(self.number("min_lr").unwrap_or(0.0) / self.base_lr);
        if self.params.get("threshold_mode").is_some_and(|mode| mode == "abs") { reduce.absolute() } else { reduce }
    }

    /// The learning rates at each time.
    fn rates(&self, times: usize) -> Vec<f64> {
        if self.scheduler == "ReduceLROnPlateau" {
            let mut plateau = self.plateau().watch(false);
            let later = self.metrics.iter().flatten().map(|&value| self.base_lr * plateau.see(value));
            return std::iter::once(self.base_lr).chain(later).collect();
        }
        let (rate, lr) = self.rate();
        let course = CourseSpec { rates: vec![rate].into(), per: Per::Epoch };
        (0..times).map(|time| lr * course.factor(0, time)).collect()
    }
}

#[test]
fn golden_rates() {
    let mut tried = 0;
    for case in golden::<Case>("optimizers").into_iter().filter(|case| case.kind == "scheduler") {
        let expected: Vec<f64> = serde_json::from_value(case.expected["lr"].clone()).unwrap();
        let found = case.rates(expected.len());
        assert_eq!(found.len(), expected.len(), "{}", case.id);
        for (time, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert!((found - expected).abs() <= 1e-12, "{} at {time}: {found}, not {expected}", case.id);
        }
        tried += 1;
    }
    assert_eq!(tried, 25);
}

/// A warm-up of 4 from a quarter, then two falls of ten: by hand 1/4, 7/16, 5/8, 13/16, then 1 and 0.1 after 3 more.
#[test]
fn rates_follow_each_other() {
    let rates = vec![Ramp::over(4).from(0.25).spec(), StepDecay::every(3).spec()];
    let course = CourseSpec { rates: rates.into(), per: Per::Step };
    let found: Vec<f64> = (0..11).map(|step| course.factor(step, 0)).collect();
    let expected = [0.25, 0.4375, 0.625, 0.8125, 1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.01];
    assert!(difference(&found, &expected, 1.0) < 1e-12, "{found:?}");
}

#[test]
fn golden_clipping() {
    let mut tried = 0;
    for case in golden::<Case>("optimizers").into_iter().filter(|case| case.kind == "clip") {
        let clip: ClipSpec = match (case.clip.as_str(), case.params.get("norm_type")) {
            ("norm", None) => ByNorm::of(case.number("max_norm").unwrap()).spec(),
            ("norm", Some(Value::Number(two))) if two.as_f64() == Some(2.0) => {
                ByNorm::of(case.number("max_norm").unwrap()).spec()
            }
            ("norm", Some(Value::String(_))) => ByNorm::of(case.number("max_norm").unwrap()).largest().spec(),
            ("value", None) => ByValue::of(case.number("clip_value").unwrap()).spec(),
            other => panic!("{}: unknown clipping {other:?}", case.id),
        };
        let mut gradients: Vec<Tensor> = case.grads.iter().map(|gradient| tensor(gradient, DType::F64)).collect();
        (clip.clip)(&clip.settings, &mut gradients).unwrap();
        let expected: Vec<Value> = serde_json::from_value(case.expected["grads"].clone()).unwrap();
        for (gradient, expected) in gradients.iter().zip(&expected) {
            let off = difference(&numbers(gradient), &numbers(&tensor(expected, DType::F64)), 1e-2);
            assert!(off <= 1e-9, "{}: off by {off:e}", case.id);
        }
        tried += 1;
    }
    assert!(tried > 0);
}
