//! What rows weigh in losses whose inputs weigh them differently: the rule of the Python ModularML, by its own numbers.
//!
//! There a loss is weight · sum(w l) / rows, w being the mean over its inputs of what a row weighs, and 0 where an input
//! masks it; merged inputs have the mean of their weights too, and are masked where one is. Here a loss is
//! weight · sum(w l) / sum(w) with the same w, a mask being a weight of 0; inputs are the roles of a sampler, and a merge
//! joins columns of one row. What is compared is the gradient of a loss by each row, which is the share of its w.

use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::{GraphBuilder, Precision, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::process::Draws;
use modularml_tests::golden::each_case_where;
use modularml_tests::{array, difference, numbers};
use serde::Deserialize;
use serde_json::Value;

/// The place of a row among four, which a linear map gives a number of its own; and its weights in three roles.
#[derive(SampleSchema, Clone, Copy)]
struct Row {
    #[feat]
    place: [f64; 4],
    #[feat]
    weights: [f64; 3],
    #[target]
    none: f64,
}

/// Every row in three roles, with its weights.
#[derive(Sampler, Clone, Copy)]
#[roles(a, b, c)]
#[draws]
struct Given {
    /// Rows a batch.
    #[setting(first)]
    batch: usize,
}

impl Draw for Given {
    fn draw(&self, rows: &View, _: &mut Rng) -> Result<Draws> {
        let weights = rows.numbers("weights", Representation::Raw)?;
        let mut draws = Draws::default();
        for (place, weights) in (0..).zip(weights.chunks_exact(3)) {
            draws.push_weighted(&[0, 1, 2].map(|role| (place, weights[role])));
        }
        Ok(draws)
    }
}

/// The first input; the second one takes part with nothing but its weight.
#[derive(Loss, Clone, Copy)]
#[inputs(value: Output, second: Output)]
#[shape(value == second)]
struct OfTwo;

impl Formula for OfTwo {
    fn forward(&self, inputs: OfTwoInputs<'_>) -> Result<PerSample> {
        PerSample::mean_of(&(inputs.value + (inputs.second * 0.0)?)?)
    }
}

/// The first input; the others take part with nothing but their weights.
#[derive(Loss, Clone, Copy)]
#[inputs(value: Output, second: Output, third: Output)]
#[shape(value == second == third)]
struct OfThree;

impl Formula for OfThree {
    fn forward(&self, inputs: OfThreeInputs<'_>) -> Result<PerSample> {
        PerSample::mean_of(&(inputs.value + ((inputs.second + inputs.third)? * 0.0)?)?)
    }
}

/// The gradient, row by row, of a loss that is the output of a row: from one step of plain descent.
fn gradient(of_inputs: &[Vec<f64>], weight: f64) -> Vec<f64> {
    let row = |at: usize| {
        let mut row = Row { place: [0.0; 4], weights: [1.0; 3], none: 0.0 };
        row.place[at] = 1.0;
        row.weights.iter_mut().zip(of_inputs).for_each(|(weight, of_input)| *weight = of_input[at]);
        row
    };
    let data = FeatureSet::from_rows((0..of_inputs[0].len()).map(row)).unwrap();
    let graph = GraphBuilder::new("Lines")
        .precision(Precision::F64)
        .input("row", Row::SCHEMA)
        .optimizer(Sgd::lr(0.5))
        .node("y", Linear::new().no_bias(), Reads::of(["row.place"]).predicts("row.none"))
        .spec();
    let study = ExperimentBuilder::new("Study", graph).split("row", Random::ratios([("train", 1.0)]));
    let study = study.train("fit", |phase| {
        let phase = phase.feed("row", Given::batch(4), "train").epochs(1);
        match of_inputs.len() {
            2 => phase.add_loss(weight, OfTwo, ["y.a", "y.b"]),
            _ => phase.add_loss(weight, OfThree, ["y.a", "y.b", "y.c"]),
        }
    });
    let mut study = study.build(vec![data.view()]).unwrap();
    let state = |study: &Session| numbers(&study.graph().state().unwrap()["y.0.weight"]);
    let before = state(&study);
    study.progress(Progress::Silent).run().unwrap();
    before.iter().zip(state(&study)).map(|(before, after)| (before - after) / 0.5).collect()
}

/// Weights with those that are masked at 0.
fn masked(weights: &[f64], mask: &[f64]) -> Vec<f64> {
    weights.iter().zip(mask).map(|(weight, mask)| weight * mask).collect()
}

#[test]
fn golden_weights_of_losses() {
    #[derive(Deserialize)]
    struct Case {
        id: String,
        params: Value,
        inputs: Value,
        expected: Value,
    }
    each_case_where(
        "losses",
        |case| case["loss"] == "applied_loss",
        |case: Case| {
            let mask = array(&case.inputs["mask"]).0;
            let of_inputs = [0, 1].map(|input| masked(&array(&case.inputs["input_weights"][input]).0, &mask));
            let found = gradient(&of_inputs, case.params["weight"].as_f64().unwrap());
            // The two rules differ by the mean weight of a row.
            let mean = of_inputs.iter().flatten().sum::<f64>() / 8.0;
            let found: Vec<f64> = found.iter().map(|gradient| gradient * mean).collect();
            let off = difference(&found, &array(&case.expected["grad"]["raw_loss"]).0, 0.1);
            assert!(off < 1e-9, "{}: off by {off:e}: {found:?}", case.id);
        },
    );
}

#[test]
fn golden_weights_of_merges() {
    #[derive(Deserialize)]
    struct Case {
        id: String,
        inputs: Vec<Weights>,
        expected: Value,
    }
    #[derive(Deserialize)]
    struct Weights {
        weights: Vec<f64>,
        mask: Vec<f64>,
    }
    each_case_where(
        "merge",
        |case| case["error"].is_null(),
        |case: Case| {
            let of_inputs: Vec<_> = case.inputs.iter().map(|input| masked(&input.weights, &input.mask)).collect();
            let Weights { weights, mask } = serde_json::from_value(case.expected).unwrap();
            let weights = masked(&weights, &mask);
            let total: f64 = weights.iter().sum();
            let expected: Vec<f64> = (0..4)
                .map(|row| weights.get(row).map_or(0.0, |weight| if total > 0.0 { weight / total } else { 0.0 }))
                .collect();
            let found = gradient(&of_inputs, 1.0);
            let off = difference(&found, &expected, 0.1);
            assert!(off < 1e-9, "{}: off by {off:e}: {found:?}, not {expected:?}", case.id);
        },
    );
}
