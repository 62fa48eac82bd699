//! A study of one layer over columns of random numbers.

use modularml::data::{
    ColumnArray, ColumnSpec, Date, Domain, Dtype, Reader, SchemaSpec, Shape, TimeDelta, Timestamp, View,
};
use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::{GraphBuilder, LayerSpec, Learns, Precision, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml_tests::gradients::random;
use modularml_tests::numbers;

/// What columns hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Of {
    Numbers,
    /// Numbers of which every third is missing.
    Missing,
    /// Whole numbers from 0 up to a bound.
    Codes(u32),
    Timestamps,
    Dates,
    Spans,
}

/// A layer, what it reads, and the shape of its output where a target says it.
pub(crate) struct Case {
    pub name: String,
    pub layer: LayerSpec,
    pub inputs: Vec<Vec<usize>>,
    pub of: Of,
    pub predicts: Option<Vec<usize>>,
    /// Whether that is bools.
    pub predicts_bools: bool,
}

impl Case {
    pub(crate) fn of(self, of: Of) -> Self {
        Self { of, ..self }
    }

    pub(crate) fn predicts(self, shape: &[usize]) -> Self {
        Self { predicts: Some(shape.to_vec()), ..self }
    }

    pub(crate) fn predicts_bools(self, shape: &[usize]) -> Self {
        Self { predicts_bools: true, ..self.predicts(shape) }
    }

    pub(crate) fn called(self, more: &str) -> Self {
        Self { name: format!("{} {more}", self.name), ..self }
    }
}

pub(crate) fn case(layer: impl Into<LayerSpec>, inputs: &[&[usize]]) -> Case {
    let (layer, inputs) = (layer.into(), inputs.iter().map(|dims| dims.to_vec()).collect());
    Case { name: layer.name.to_owned(), layer, inputs, of: Of::Numbers, predicts: None, predicts_bools: false }
}

const ROWS: usize = 7;

/// Far before and behind 1970, at midnight and just before, around the ends of February, in leap years and others.
const NANOS: [i64; ROWS] = [
    0,
    -1,
    1_709_164_800_000_000_000,
    1_709_251_199_999_999_999,
    -2_203_891_200_000_000_000,
    4_107_542_399_000_000_000,
    951_782_400_123_456_789,
];

fn column(of: Of, dims: &[usize], seed: u64) -> (Dtype, ColumnArray) {
    let values = numbers(&random(&[&[ROWS], dims].concat(), seed));
    let floats = |values: Vec<f64>| {
        #[allow(clippy::cast_possible_truncation)]
        let values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
        (Dtype::F32, ColumnArray::of_shape(values, dims))
    };
    match of {
        Of::Numbers => floats(values),
        Of::Missing => {
            floats(values.into_iter().enumerate().map(|(at, it)| if at % 3 == 1 { f64::NAN } else { it }).collect())
        }
        Of::Codes(count) => {
            let codes: Vec<u32> = (0..).zip(&values).map(|(at, _): (u32, _)| at * 5 % count).collect();
            (Dtype::U32, ColumnArray::of_shape(codes, dims))
        }
        Of::Timestamps => (Dtype::Timestamp, NANOS.map(Timestamp::from_nanos).to_vec().into()),
        Of::Spans => (Dtype::TimeDelta, NANOS.map(TimeDelta::from_nanos).to_vec().into()),
        Of::Dates => {
            let days = [0, -1, 19_782, 19_783, -25_509, 47_541, 11_016];
            (Dtype::Date, days.map(Date::from_days).to_vec().into())
        }
    }
}

/// The study of a case, with initial weights or fitted, and its rows.
pub(crate) fn study(case: &Case, precision: Precision) -> (Session, Vec<View>) {
    let mut specs = Vec::new();
    let mut columns: Vec<(String, ColumnArray)> = Vec::new();
    for (position, dims) in case.inputs.iter().enumerate() {
        let (dtype, array) = column(case.of, dims, 7 + position as u64);
        let key: &'static str = format!("x{position}").leak();
        let mut spec = ColumnSpec::new(key, Domain::Feature, dtype, Shape::new(dims));
        spec.allows_missing = case.of == Of::Missing;
        specs.push(spec);
        columns.push((key.to_owned(), array));
    }
    let target = case.predicts.clone().unwrap_or_default();
    let learns = !matches!(case.layer.learns, Learns::Nothing);
    for (key, domain, dims) in [("base", Domain::Feature, vec![2]), ("y", Domain::Target, target)] {
        if case.predicts_bools && domain == Domain::Target {
            let bools: Vec<bool> =
                numbers(&random(&[&[ROWS], dims.as_slice()].concat(), 3)).iter().map(|it| *it > 0.0).collect();
            specs.push(ColumnSpec::new(key, domain, Dtype::Bool, Shape::new(&dims)));
            columns.push((key.to_owned(), ColumnArray::of_shape(bools, &dims)));
            continue;
        }
        specs.push(ColumnSpec::new(key, domain, Dtype::F32, Shape::new(&dims)));
        columns.push((key.to_owned(), column(Of::Numbers, &dims, 3).1));
    }
    let schema = SchemaSpec::at_run_time("Rows", specs);
    let rows = Reader::with_schema(schema).columns(columns).unwrap().view();
    let reads = Reads::of(
        (0..case.inputs.len())
            .map(|position| format!("rows.x{position}"))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str),
    );
    let predicts = case.predicts.is_some();
    let reads = if predicts { reads.predicts("rows.y") } else { reads.output() };
    let reads = if learns && !predicts { reads.frozen() } else { reads };
    let mut graph = GraphBuilder::new("OfLayer").input("rows", schema).precision(precision).optimizer(Adam::lr(1e-3));
    graph = graph.node("layer", case.layer, reads);
    if !predicts {
        graph = graph.node("head", Linear::new(), Reads::of(["rows.base"]).predicts("rows.y"));
    }
    let trained = if predicts { "layer" } else { "head" };
    let experiment =
        ExperimentBuilder::new("OfLayer", graph.spec()).split("rows", Random::ratios([("train", 0.8), ("test", 0.2)]));
    let experiment = if matches!(case.layer.learns, Learns::ByFit(_)) {
        experiment.fit("fit", |fit| fit.feed("rows", "train").nodes(["layer"]))
    } else {
        experiment.train("train", |train| {
            train.feed("rows", Batches::of(4), "train").loss(Mse, [trained, "rows.y"]).epochs(1)
        })
    };
    let mut session = experiment.build(vec![rows.clone()]).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    session.progress(Progress::Silent);
    if matches!(case.layer.learns, Learns::ByFit(_)) {
        session.run().unwrap();
    }
    (session, vec![rows])
}
