//! Learning rates, the momenta that they lead, and clipping against PyTorch.

use candle_core::{DType, Tensor};
use modularml::experiment::{ClipSpec, Course, CourseSpec, Per, RateSpec, Watched};
use modularml::prelude::*;
use modularml_tests::golden::{each_case_where, left_out};
use modularml_tests::{difference, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    #[serde(default)]
    scheduler: String,
    #[serde(default)]
    clip: String,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    base_lr: f64,
    #[serde(default)]
    base_momentum: f64,
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

    fn keeps_momentum(&self) -> bool {
        self.params.get("cycle_momentum") == Some(&Value::Bool(false))
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
                let is_three_phase = self.params.get("three_phase") == Some(&Value::Bool(true));
                let cycle = if is_three_phase { cycle.three_phase() } else { cycle };
                let cycle = cycle.base_momentum(self.number("base_momentum").unwrap_or(0.85));
                let cycle = cycle.max_momentum(self.number("max_momentum").unwrap_or(0.95));
                let cycle = if self.keeps_momentum() { cycle.keep_momentum() } else { cycle };
                return (cycle.spec(), self.number("max_lr").unwrap());
            }
            "LinearLR" => {
                let ramp = Ramp::over(steps).from(self.number("start_factor").unwrap_or(1.0 / 3.0));
                ramp.to(self.number("end_factor").unwrap_or(1.0)).spec()
            }
            "ConstantLR" => Hold::over(steps).factor(factor).spec(),
            "PolynomialLR" => Polynomial::over(steps).power(self.number("power").unwrap_or(1.0)).spec(),
            "CyclicLR" => {
                let upper = self.number("max_lr").unwrap();
                let triangle = Triangle::up(self.count("step_size_up").unwrap());
                let triangle = triangle.low(self.number("base_lr").unwrap() / upper);
                let triangle = self.count("step_size_down").map_or(triangle, |down| triangle.down(down));
                let triangle = triangle.base_momentum(self.number("base_momentum").unwrap_or(0.8));
                let triangle = triangle.max_momentum(self.number("max_momentum").unwrap_or(0.9));
                let triangle = if self.keeps_momentum() { triangle.keep_momentum() } else { triangle };
                let decays = self.params.get("mode").is_some_and(|mode| mode == "exp_range");
                let triangle = if decays { triangle.decay(self.number("gamma").unwrap_or(1.0)) } else { triangle };
                let is_halving = self.params.get("mode").is_some_and(|mode| mode == "triangular2");
                return (if is_halving { triangle.halving() } else { triangle }.spec(), upper);
            }
            other => left_out(other),
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
            let mut plateau = self.plateau().watch(Watched {
                evaluation: "val",
                name: "loss",
                higher_is_better: self.params.get("mode").is_some_and(|mode| mode == "max"),
            });
            let later = self.metrics.iter().flatten().map(|&value| self.base_lr * plateau.see(value));
            return std::iter::once(self.base_lr).chain(later).collect();
        }
        let (rate, lr) = self.rate();
        let course = CourseSpec { rates: vec![rate].into(), per: Per::Epoch, unfinished: false }.build().unwrap();
        (0..times).map(|time| lr * course.factor(0, time)).collect()
    }

    /// The momenta at each time, of an optimizer with the momentum of the case.
    fn momenta(&self, times: usize) -> Vec<f64> {
        let course =
            CourseSpec { rates: vec![self.rate().0].into(), per: Per::Epoch, unfinished: false }.build().unwrap();
        (0..times).map(|time| course.momentum(0, time).unwrap_or(self.base_momentum)).collect()
    }
}

#[track_caller]
fn all_close(id: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{id}");
    for (time, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= 1e-12, "{id} at {time}: {found}, not {expected}");
    }
}

#[test]
fn golden_rates() {
    each_case_where(
        "optimizers",
        |case| case["kind"] == "scheduler",
        |case: Case| {
            let expected: Vec<f64> = serde_json::from_value(case.expected["lr"].clone()).unwrap();
            all_close(&case.id, &case.rates(expected.len()), &expected);
            if let Some(momenta) = case.expected.get("momentum") {
                let expected: Vec<f64> = serde_json::from_value(momenta.clone()).unwrap();
                all_close(&case.id, &case.momenta(expected.len()), &expected);
            }
        },
    );
}

/// PyTorch's third part begins behind the second one, which may last to the end.
#[test]
fn a_cycle_of_three_parts_may_have_no_time_for_the_third() {
    let cycle = |rise: f64, over: usize| {
        let rates = vec![OneCycle::over(over).rise(rise).linear().three_phase().spec()];
        let course = CourseSpec { rates: rates.into(), per: Per::Step, unfinished: false }.build().unwrap();
        (0..6).map(|step| course.factor(step, 0)).collect::<Vec<f64>>()
    };
    // The peak is at 1.5, and 1.5 later the rate is back at a 25th.
    let fallen = 1.0 / 25.0;
    let half = |from: f64, to: f64, share: f64| from + (to - from) * share;
    let expected = [fallen, half(fallen, 1.0, 2.0 / 3.0), half(1.0, fallen, 1.0 / 3.0), fallen, fallen, fallen];
    all_close("back at the end", &cycle(0.625, 4), &expected);
    assert!(cycle(0.9, 4).iter().all(|factor| factor.is_finite()));
}

/// Up in 2 steps and down in 4, each cycle half as high: by hand 0.9 less a tenth, and as much of it as the rate has risen.
#[test]
fn a_triangle_leads_the_momentum_the_other_way() {
    let heights = [0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0, 0.25, 0.5, 0.375, 0.25, 0.125, 0.0, 0.125];
    let triangle = Triangle::up(2).down(4).low(0.2).halving();
    let course = |triangle: Triangle| {
        CourseSpec { rates: vec![triangle.spec()].into(), per: Per::Step, unfinished: false }.build().unwrap()
    };
    let found = |course: Course| (0..14).map(|step| course.momentum(step, 0).unwrap()).collect::<Vec<f64>>();
    all_close("by default", &found(course(triangle)), &heights.map(|height| 0.9 - 0.1 * height));
    let wide = course(triangle.base_momentum(0.5).max_momentum(0.99));
    all_close("wide", &found(wide), &heights.map(|height| 0.99 - 0.49 * height));
    let rates: Vec<f64> = (0..14).map(|step| course(triangle).factor(step, 0)).collect();
    all_close("rates", &rates, &heights.map(|height| 0.2 + 0.8 * height));
    assert_eq!(course(triangle.keep_momentum()).momentum(3, 0), None);
}

/// A warm-up of 2 and a last fall keep the optimizer's momentum; the cycle of 4 between them, whose peak is its step 1,
/// leads it along lines.
#[test]
fn momenta_are_the_optimizers_own_beside_a_cycle() {
    let cycle = OneCycle::over(4).rise(0.5).linear().base_momentum(0.6).max_momentum(0.9).spec();
    let rates = vec![Ramp::over(2).spec(), cycle, Exponential::factor(0.5).spec()];
    let course = CourseSpec { rates: rates.into(), per: Per::Step, unfinished: false }.build().unwrap();
    let found: Vec<Option<f64>> = (0..8).map(|step| course.momentum(step, 0)).collect();
    assert_eq!([0, 1, 6, 7].map(|step| found[step]), [None; 4]);
    let led: Vec<f64> = found.into_iter().flatten().collect();
    all_close("cycle", &led, &[0.9, 0.6, 0.75, 0.9]);
}

/// A tenth of ten steps is a rise of no length: the peak is at the start.
#[test]
fn a_cycle_may_begin_at_its_peak() {
    let course =
        CourseSpec { rates: vec![OneCycle::over(10).rise(0.1).spec()].into(), per: Per::Step, unfinished: false }
            .build()
            .unwrap();
    all_close("peak", &[course.factor(0, 0), course.momentum(0, 0).unwrap()], &[1.0, 0.85]);
}

/// A warm-up of 4 from a quarter, then two falls of ten: by hand 1/4, 7/16, 5/8, 13/16, then 1 and 0.1 after 3 more.
#[test]
fn rates_follow_each_other() {
    let rates = vec![Ramp::over(4).from(0.25).spec(), StepDecay::every(3).spec()];
    let course = CourseSpec { rates: rates.into(), per: Per::Step, unfinished: false }.build().unwrap();
    let found: Vec<f64> = (0..11).map(|step| course.factor(step, 0)).collect();
    let expected = [0.25, 0.4375, 0.625, 0.8125, 1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.01];
    assert!(difference(&found, &expected, 1.0) < 1e-12, "{found:?}");
}

#[test]
fn golden_clipping() {
    each_case_where(
        "optimizers",
        |case| case["kind"] == "clip",
        |case: Case| {
            let clip: ClipSpec = match (case.clip.as_str(), case.params.get("norm_type")) {
                ("norm", None) => ByNorm::of(case.number("max_norm").unwrap()).spec(),
                ("norm", Some(Value::Number(two))) if two.as_f64() == Some(2.0) => {
                    ByNorm::of(case.number("max_norm").unwrap()).spec()
                }
                ("norm", Some(Value::String(_))) => ByNorm::of(case.number("max_norm").unwrap()).largest().spec(),
                ("value", None) => ByValue::of(case.number("clip_value").unwrap()).spec(),
                other => left_out(&format!("{other:?}")),
            };
            let mut gradients: Vec<Tensor> = case.grads.iter().map(|gradient| tensor(gradient, DType::F64)).collect();
            clip.build().unwrap()(&mut gradients).unwrap();
            let expected: Vec<Value> = serde_json::from_value(case.expected["grads"].clone()).unwrap();
            for (gradient, expected) in gradients.iter().zip(&expected) {
                let off = difference(&numbers(gradient), &numbers(&tensor(expected, DType::F64)), 1e-2);
                assert!(off <= 1e-9, "{}: off by {off:e}", case.id);
            }
        },
    );
}
