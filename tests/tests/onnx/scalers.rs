//! Scalers of features before a graph in ONNX, and their inverses behind it.

use std::collections::BTreeSet;

use modularml::Registry;
use modularml::data::{ColumnArray, ColumnSpec, Domain, Dtype, Reader, SchemaSpec, Shape, View};
use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::{Flatten, Linear};
use modularml::losses::*;
use modularml::prelude::*;
use modularml::process::{
    Absolute, BinWidth, Binarizer, Imputer, KBins, MaxAbs, MinMax, Negate, Norm, Normalizer, Ordinal, PerSampleMinMax,
    PerSampleZeroStart, Power, Quantile, Replacement, Robust, ScalerSpec, Segmented, Standard,
};
use modularml_tests::gradients::random;
use modularml_tests::numbers;

use super::run::{ForPython, compare};

/// What is scaled.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    /// Above 0.
    Positive,
    Any,
    Missing,
    /// A few whole numbers, of which the study learns from all.
    Categories,
}

struct Scaled {
    scalers: Vec<ScalerSpec>,
    of: Of,
    shape: Vec<usize>,
}

fn scaled(scaler: impl Into<ScalerSpec>, of: Of) -> Scaled {
    Scaled { scalers: vec![scaler.into()], of, shape: vec![3] }
}

fn values(of: Of, shape: &[usize], rows: usize, seed: u64) -> (Dtype, ColumnArray) {
    let values = numbers(&random(&[&[rows], shape].concat(), seed));
    let at = |values: Vec<f64>| (Dtype::F64, ColumnArray::of_shape(values, shape));
    let codes = |count: u32| (0..).zip(&values).map(|(at, _): (u32, _)| at * 7 % count).collect::<Vec<u32>>();
    match of {
        Of::Positive => at(values.iter().map(|value| 1000.0 + value * value).collect()),
        Of::Any => at(values.iter().map(|value| value * 3.0 + 1.0).collect()),
        Of::Missing => {
            at(values.iter().enumerate().map(|(row, value)| if row % 5 == 2 { f64::NAN } else { *value }).collect())
        }
        Of::Categories => at(codes(4).into_iter().map(|code| f64::from(code) * 2.5).collect()),
    }
}

const ROWS: usize = 40;

/// A study that shows a scaled feature as it is.
fn features(case: &Scaled) -> (Session, Vec<View>) {
    let (dtype, array) = values(case.of, &case.shape, ROWS, 5);
    let mut spec = ColumnSpec::new("x", Domain::Feature, dtype, Shape::new(&case.shape));
    spec.allows_missing = case.of == Of::Missing;
    let base = ColumnSpec::new("base", Domain::Feature, Dtype::F32, Shape::new(&[2]));
    let schema = SchemaSpec::at_run_time(
        "Rows",
        vec![spec, base, ColumnSpec::new("y", Domain::Target, Dtype::F32, Shape::SCALAR)],
    );
    let float = |shape: &[usize]| ColumnArray::of_shape(vec![0.5f32; ROWS * shape.iter().product::<usize>()], shape);
    let rows =
        Reader::with_schema(schema).columns([("x", array), ("base", float(&[2])), ("y", float(&[]))]).unwrap().view();
    let graph = GraphBuilder::new("Scaled")
        .input("rows", schema)
        .optimizer(Adam::lr(1e-3))
        .node("seen", Flatten, Reads::of(["rows.x"]).output())
        .node("head", Linear::new(), Reads::of(["rows.base"]).predicts("rows.y"));
    let session = ExperimentBuilder::new("Scaled", graph.spec())
        .split("rows", Random::ratios([("train", 0.8), ("test", 0.2)]))
        .scale("rows.x", case.scalers.clone(), "train")
        .train("train", |train| train.feed("rows", Batches::of(8), "train").loss(Mse, ["head", "rows.y"]).epochs(1))
        .build(vec![rows.clone()]);
    (session.unwrap_or_else(|error| panic!("{}: {error}", case.scalers[0].name)), vec![rows])
}

/// A study that predicts a scaled target.
fn targets(scalers: &[ScalerSpec], of: Of, shape: &[usize]) -> (Session, Vec<View>) {
    let (dtype, array) = values(of, shape, ROWS, 5);
    let x = ColumnSpec::new("x", Domain::Feature, Dtype::F32, Shape::new(&[4]));
    let schema =
        SchemaSpec::at_run_time("Rows", vec![x, ColumnSpec::new("y", Domain::Target, dtype, Shape::new(shape))]);
    #[allow(clippy::cast_possible_truncation)]
    let given: Vec<f32> = numbers(&random(&[ROWS, 4], 3)).into_iter().map(|value| value as f32).collect();
    let rows =
        Reader::with_schema(schema).columns([("x", ColumnArray::of_shape(given, &[4])), ("y", array)]).unwrap().view();
    let graph = GraphBuilder::new("Scaled").input("rows", schema).optimizer(Adam::lr(1e-3)).node(
        "head",
        Linear::new(),
        Reads::of(["rows.x"]).predicts("rows.y"),
    );
    let session = ExperimentBuilder::new("Scaled", graph.spec())
        .split("rows", Random::ratios([("train", 0.8), ("test", 0.2)]))
        .scale("rows.y", scalers.to_vec(), "train")
        .train("train", |train| train.feed("rows", Batches::of(8), "train").loss(Mse, ["head", "rows.y"]).epochs(1))
        .build(vec![rows.clone()]);
    (session.unwrap_or_else(|error| panic!("{}: {error}", scalers[0].name)), vec![rows])
}

const STANDARD: ScalerSpec = Standard::new().spec();
const ZERO_START: ScalerSpec = PerSampleZeroStart.spec();

#[allow(clippy::useless_vec, reason = "an array would be large on the stack")]
fn of_features() -> Vec<Scaled> {
    let mut cases = vec![
        scaled(Standard::new(), Of::Positive),
        scaled(Standard::new().over([0]), Of::Any),
        scaled(MinMax::new().low(-1.0).high(2.0), Of::Any),
        scaled(MinMax::new().clip(), Of::Any),
        scaled(MaxAbs::new().clip(), Of::Any),
        scaled(Robust::new(), Of::Any),
        scaled(Quantile::new().count(12), Of::Any),
        scaled(Quantile::new().count(12).normal(), Of::Any),
        scaled(Quantile::new().count(20), Of::Categories),
        scaled(Power::new(), Of::Any),
        scaled(Power::new(), Of::Positive),
        scaled(Power::new().box_cox(), Of::Positive),
        scaled(Log1p, Of::Positive),
        scaled(Winsorize::new().lower(10.0).upper(90.0), Of::Any),
        scaled(Normalizer::new(), Of::Any),
        scaled(Normalizer::new().norm(Norm::L1), Of::Any),
        scaled(Normalizer::new().norm(Norm::Max), Of::Any),
        scaled(Absolute, Of::Any),
        scaled(Negate, Of::Any),
        scaled(PerSampleMinMax::new().low(-1.0), Of::Any),
        scaled(PerSampleZeroStart, Of::Any),
        scaled(Segmented::at([0, 1, 3], &STANDARD), Of::Any),
        scaled(Segmented::at([0, 2, 3], &ZERO_START), Of::Any),
        scaled(Binarizer::new().threshold(0.4), Of::Any),
        scaled(KBins::new().bins(4), Of::Any),
        scaled(KBins::new().bins(4).strategy(BinWidth::Uniform), Of::Any),
        scaled(Ordinal::new(), Of::Categories),
        scaled(Imputer::new(), Of::Missing),
        scaled(Imputer::new().strategy(Replacement::Median), Of::Missing),
        scaled(Ordinal::new().ignore_unknown(), Of::Missing),
        Scaled { scalers: vec![Imputer::new().spec(), Standard::new().spec()], of: Of::Missing, shape: vec![2, 2] },
        Scaled { scalers: vec![Standard::new().over([1]).spec()], of: Of::Any, shape: vec![2, 3] },
    ];
    for scaler in vec![
        Standard::new().spec(),
        Quantile::new().count(8).spec(),
        Power::new().spec(),
        KBins::new().bins(3).spec(),
        PerSampleZeroStart.spec(),
    ] {
        cases.push(Scaled { scalers: vec![scaler], of: Of::Any, shape: vec![] });
    }
    cases
}

#[test]
fn features_are_scaled_in_the_file() {
    let cases = of_features();
    // What gives rows another shape is read by no node, in files and elsewhere.
    let reshaping = std::iter::once("OneHot");
    let names: BTreeSet<&str> =
        cases.iter().flat_map(|case| &case.scalers).map(|scaler| scaler.name).chain(reshaping).collect();
    assert_eq!(names, Registry::new().scalers().collect(), "every scaler is in the table");
    let (mut wrong, mut python) = (Vec::new(), ForPython::new("scalers"));
    for case in &cases {
        let (session, data) = features(case);
        let name = format!("{:?} of {:?}", case.scalers.iter().map(|it| it.name).collect::<Vec<_>>(), case.shape);
        match compare(&session, &data, 1e-5) {
            Ok(model) => python.iter_mut().for_each(|python| python.add(&name, &session, &data, &model, 1e-5)),
            Err(problem) => wrong.push(format!("{name}: {problem}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    python.into_iter().for_each(ForPython::check);
}

#[test]
fn outputs_are_in_raw_units() {
    let cases: Vec<(Vec<ScalerSpec>, Of, &[usize])> = vec![
        (vec![Standard::new().spec()], Of::Positive, &[]),
        (vec![MinMax::new().low(-1.0).spec()], Of::Any, &[3]),
        (vec![MaxAbs::new().spec()], Of::Any, &[3]),
        (vec![Quantile::new().count(9).spec()], Of::Any, &[3]),
        (vec![Quantile::new().count(9).normal().spec()], Of::Any, &[3]),
        (vec![Power::new().spec()], Of::Any, &[3]),
        (vec![Power::new().box_cox().spec()], Of::Positive, &[]),
        (vec![Negate.spec(), Robust::new().spec()], Of::Any, &[2, 2]),
        (vec![Segmented::at([0, 1, 3], &STANDARD).spec()], Of::Any, &[3]),
        (vec![KBins::new().bins(4).spec()], Of::Any, &[3]),
    ];
    let (mut wrong, mut python) = (Vec::new(), ForPython::new("targets"));
    for (scalers, of, shape) in cases {
        let (session, data) = targets(&scalers, of, shape);
        let name = format!("{:?}", scalers.iter().map(|it| it.name).collect::<Vec<_>>());
        match compare(&session, &data, 1e-5) {
            Ok(model) => python.iter_mut().for_each(|python| python.add(&name, &session, &data, &model, 1e-5)),
            Err(problem) => wrong.push(format!("{name}: {problem}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    python.into_iter().for_each(ForPython::check);
}
