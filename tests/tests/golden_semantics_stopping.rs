//! Early stopping against the Python package modularml.

use std::cell::RefCell;
use std::collections::VecDeque;

use modularml::experiment::ExperimentBuilder;
use modularml::experiment::metric::{Measure, Measurement};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::{Metric, Result, Tensor};
use modularml_tests::golden::each_case_where;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    options: Options,
    /// Nothing where the value was not measured.
    series: Vec<Option<f64>>,
    expected: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    patience: usize,
    #[serde(default)]
    min_delta: f64,
    #[serde(default)]
    mode: Mode,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Min,
    Max,
}

#[derive(Deserialize)]
struct Expected {
    best_epoch: Option<usize>,
    epochs_run: usize,
}

thread_local! {
    /// What is still to be measured.
    static SERIES: RefCell<VecDeque<f64>> = const { RefCell::new(VecDeque::new()) };
}

/// Measures what the series of a case says.
#[derive(Metric, Clone, Copy)]
#[spec(higher_is_better = self.higher, has_unit = true)]
struct Told {
    /// Whether more is better.
    #[setting(default = false)]
    higher: bool,
}

impl Measure for Told {
    fn start(&self) -> Box<dyn Measurement> {
        Box::new(Next)
    }
}

struct Next;

impl Measurement for Next {
    fn add(&mut self, _: &[Tensor]) -> Result<()> {
        Ok(())
    }

    fn value(&self) -> f64 {
        SERIES.with_borrow_mut(VecDeque::pop_front).unwrap_or(f64::NAN)
    }
}

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: f32,
    #[target]
    y: f32,
}

#[test]
fn golden_early_stopping() {
    each_case_where(
        "semantics",
        |case| case["kind"] == "early_stopping",
        |case: Case| {
            let Options { patience, min_delta, mode } = case.options;
            let told = if mode == Mode::Max { Told::new().higher() } else { Told::new() };
            let epochs = case.series.len();
            SERIES.set(case.series.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect());
            let rows = FeatureSet::from_rows((0..8u8).map(|row| Point { x: f32::from(row), y: 1.0 })).unwrap();
            let y = Reads::of(["point.x"]).predicts("point.y");
            let graph = GraphBuilder::new("Line").input("point", Point::SCHEMA).optimizer(Sgd::lr(1e-3));
            let study = ExperimentBuilder::new("LineStudy", graph.node("y", Linear::new(), y).spec())
                .split("point", Random::ratios([("train", 0.5), ("val", 0.5)]))
                .train("fit", |phase| {
                    let phase = phase.feed("point", Batches::of(4), "train").loss(Mse, ["y", "point.y"]).epochs(epochs);
                    let phase = phase.val(1, "val", |eval| eval.metric("told", told, ["y", "point.y"]));
                    phase.callback(EarlyStopping::patience(patience).min_delta(min_delta), ["val.told"])
                });
            let mut study = study.build(vec![rows.view()]).unwrap();
            study.progress(Progress::Silent);
            let results = study.run().unwrap();
            let fit = results[0].trained().unwrap();
            assert_eq!((fit.best_epoch, fit.epochs), (case.expected.best_epoch, case.expected.epochs_run));
        },
    );
}
