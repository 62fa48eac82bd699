//! Columns that are scaled, and gathered for one node, against one array of as many numbers.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, FixedSizeListArray, Float32Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use candle_core::DType;
use modularml::data::{Reader, SchemaSpec};
use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::{Linear, Stack};
use modularml::losses::Mse;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};

use super::ROWS;
use crate::figure::{Figure, alternate};
use crate::{Request, Result};

/// How many columns, and numbers of the array.
const COLUMNS: usize = 60;
const ROUNDS: usize = 9;
const BATCH: usize = 256;
/// How many batches one measurement gathers.
const BATCHES: usize = 512;

/// One array.
#[derive(SampleSchema)]
struct Whole {
    /// The numbers.
    #[feat]
    all: [f32; COLUMNS],
    /// What is predicted.
    #[target]
    y: f32,
}

/// Declares a field for each number, and a group of them.
macro_rules! columns {
    ($($name:ident)*) => {
        /// A field a number.
        #[derive(SampleSchema)]
        struct Fields {
            $(
                /// A number.
                #[feat]
                $name: f32,
            )*
            /// What is predicted.
            #[target]
            y: f32,
        }

        /// The numbers in one array, whose positions have names.
        #[derive(NamedArray)]
        struct Group {
            $(
                /// A number.
                $name: f32,
            )*
        }

        const NAMES: [&str; COLUMNS] = [$(stringify!($name)),*];
    };
}

columns! {
        c00 c01 c02 c03 c04 c05 c06 c07 c08 c09 c10 c11 c12 c13 c14 c15 c16 c17 c18 c19 c20 c21 c22 c23 c24 c25
        c26 c27 c28 c29 c30 c31 c32 c33 c34 c35 c36 c37 c38 c39 c40 c41 c42 c43 c44 c45 c46 c47 c48 c49 c50 c51
        c52 c53 c54 c55 c56 c57 c58 c59
}

/// The numbers in a group.
#[derive(SampleSchema)]
struct Grouped {
    /// The numbers.
    #[feat]
    all: Group,
    /// What is predicted.
    #[target]
    y: f32,
}

/// A sample, the columns of it that are read, and its rows.
struct Sample {
    schema: SchemaSpec,
    columns: Vec<&'static str>,
    rows: View,
}

pub fn run(_: &Request) -> Result<()> {
    eprintln!("columns: {ROWS} rows of {COLUMNS} f32");
    let (whole, apart) = (one_array()?, one_each()?);
    let rows = Reader::<Whole>::new().batches([whole])?.view();
    let array = Sample { schema: Whole::SCHEMA, columns: vec!["all"], rows };
    let rows = Reader::<Grouped>::new().batches([apart.clone()])?.view();
    let group = Sample { schema: Grouped::SCHEMA, columns: vec!["all"], rows };
    let rows = Reader::<Fields>::new().batches([apart])?.view();
    let fields = Sample { schema: Fields::SCHEMA, columns: NAMES.to_vec(), rows };
    for (scaled, gathered, sample) in [
        ("columns_group_scaled", "columns_group_gathered", group),
        ("columns_fields_scaled", "columns_fields_gathered", fields),
    ] {
        let seconds = |sample: &Sample| {
            let start = Instant::now();
            black_box(sample.scaled()?);
            Ok(start.elapsed().as_secs_f64())
        };
        let (ours, peer) = alternate(ROUNDS, |_| seconds(&sample), |_| seconds(&array))?;
        println!("{}", Figure { name: scaled, ours, peer_name: "array", peer, unit: "s", target: 1.2 });
        let (own, of_array) = (sample.scaled()?.split("row", "all")?, array.scaled()?.split("row", "all")?);
        let ours = |round| sample.gather(&own, round);
        let (ours, peer) = alternate(ROUNDS, ours, |round| array.gather(&of_array, round + ROUNDS))?;
        println!("{}", Figure { name: gathered, ours, peer_name: "array", peer, unit: "us", target: 1.2 });
    }
    Ok(())
}

impl Sample {
    /// A study that reads all columns in one node, each scaled; it has no steps taken.
    fn scaled(&self) -> Result<Session> {
        let reads: Vec<String> = self.columns.iter().map(|column| format!("row.{column}")).collect();
        let reads: Vec<&str> = reads.iter().map(String::as_str).collect();
        let graph = GraphBuilder::new("Net").input("row", self.schema).optimizer(Adam::lr(1e-3));
        let (graph, read) = match reads.as_slice() {
            [one] => (graph, *one),
            several => (graph.node("together", Stack::axis(0), Reads::of(several.iter().copied())), "together"),
        };
        let graph = graph.node("y", Linear::new(), Reads::of([read]).predicts("row.y"));
        let splits = const { &[("all", Whole::COLUMNS.y.ge(0.0))] };
        let study = ExperimentBuilder::new("Study", graph.spec()).split("row", ByCondition::splits(splits));
        let study = reads.iter().fold(study, |study, column| study.scale(column, [Standard::new()], "all"));
        let study = study
            .train("fit", |phase| phase.feed("row", Batches::of(BATCH).shuffled(), "all").loss(Mse, ["y", "row.y"]));
        Ok(study.build(vec![self.rows.clone()])?)
    }

    /// Microseconds a shuffled batch of the columns as one tensor.
    #[allow(clippy::cast_precision_loss, reason = "a few hundred batches")]
    fn gather(&self, rows: &View, round: usize) -> Result<f64> {
        let mut order: Vec<u32> = (0..u32::try_from(rows.len())?).collect();
        Rng::new(round as u64, Purpose::Sample, Place::default()).shuffle(&mut order);
        let start = Instant::now();
        for positions in order.chunks_exact(BATCH).take(BATCHES) {
            let batch = rows.take(positions)?;
            let columns = self.columns.iter().map(|key| batch.tensor(key, Representation::Transformed, DType::F32));
            let columns = columns.collect::<modularml::Result<Vec<_>>>()?;
            black_box(if columns.len() == 1 { columns } else { vec![Tensor::stack(&columns, 1)?] });
        }
        Ok(start.elapsed().as_secs_f64() * 1e6 / BATCHES as f64)
    }
}

/// The number in a row and column; no two rows are alike.
#[allow(clippy::cast_precision_loss, reason = "values are made up")]
fn number(row: usize, column: usize) -> f32 {
    ((row * COLUMNS + column) % 9973) as f32 / 9973.0
}

fn target() -> ArrayRef {
    Arc::new(Float32Array::from_iter_values((0..ROWS).map(|row| number(row, 0))))
}

/// The rows with all numbers in one array.
fn one_array() -> Result<RecordBatch> {
    let values = (0..ROWS * COLUMNS).map(|i| number(i / COLUMNS, i % COLUMNS));
    let item = Arc::new(Field::new("item", DataType::Float32, false));
    let values = Arc::new(Float32Array::from_iter_values(values));
    let all = FixedSizeListArray::try_new(item, COLUMNS.try_into()?, values, None)?;
    let schema = Schema::new(vec![
        Field::new("all", arrow::array::Array::data_type(&all).clone(), false),
        Field::new("y", DataType::Float32, false),
    ]);
    Ok(RecordBatch::try_new(Arc::new(schema), vec![Arc::new(all), target()])?)
}

/// The rows with a column for each number.
fn one_each() -> Result<RecordBatch> {
    let of_column =
        |column| -> ArrayRef { Arc::new(Float32Array::from_iter_values((0..ROWS).map(|row| number(row, column)))) };
    let fields = NAMES.iter().chain(&["y"]).map(|name| Field::new(*name, DataType::Float32, false));
    let schema = Schema::new(fields.collect::<Vec<_>>());
    let columns = (0..COLUMNS).map(of_column).chain([target()]).collect();
    Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
}
