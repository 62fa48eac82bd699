//! Results that are more than numbers: confusion matrices, curves and values by class, predictions and losses of steps, as
//! a study gives them, and as they come back after it was stopped, saved and loaded.

mod kept;
mod names;
mod of_two_inputs;
mod predictions;
mod series;
mod values;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arrow::array::{Array as _, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use modularml::experiment::{Key, MetricValue, PhaseResult, PredictionTable, Reduce, Series};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::record::{Every, Records};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    #[target]
    #[classes("whole", "broken")]
    shell: Class,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(0.02))]
    graph Net(pulse: Pulse) {
        hidden = Mlp::hidden([16]).output([8])(pulse.voltage);
        soh = Linear(hidden) -> pulse.soh;
        state = Linear(hidden) -> pulse.state;
        shell = Linear(hidden) -> pulse.shell;
    }
}

experiment! {
    experiment Study for Net {
        seed = 7;
        split pulse = Random::ratios(train: 0.6, test: 0.4);
        scale pulse.soh = MinMax fitted on train;
        train warm {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh) + CrossEntropy(state, pulse.state);
            step_loss;
            epochs = 3;
        }
        eval middle { feed pulse = test; predictions; }
        train regress {
            feed pulse = Batches::of(16).shuffled()(train);
            loss = Mse(soh, pulse.soh) + CrossEntropy(state, pulse.state) + CrossEntropy(shell, pulse.shell);
            validate on test every 2 epochs { loss; accuracy = Accuracy(state, pulse.state); }
            epochs = 6;
        }
        eval test {
            feed pulse = test;
            predictions;
            rmse = Rmse(soh, pulse.soh) in raw units;
            confusion = Confusion(state, pulse.state);
            classes = PerClass(state, pulse.state);
            roc = Roc(shell, pulse.shell);
            of_dead = Roc.class(2)(state, pulse.state);
            recall = PrecisionRecall(shell, pulse.shell);
            calibration = Calibration.bins(4).from_logits()(shell, pulse.shell);
        }
    }
}

fn pulses() -> FeatureSet<Pulse> {
    let row = |i: u8| {
        let x = f32::from(i);
        Pulse {
            voltage: [x.sin(), x.cos(), (x * 0.3).sin(), x / 90.0],
            soh: 40.0 + (x * 0.7).sin(),
            state: Class::new(u32::from(i % 3)),
            shell: Class::new(u32::from((x * 0.9).sin() + x / 90.0 > 0.4)),
            cell: i64::from(i % 7),
        }
    };
    FeatureSet::from_rows((0..90).map(row)).unwrap()
}

/// A study of the same rows: a FeatureSet gives its rows ids of their own.
fn study() -> Study {
    static PULSES: LazyLock<FeatureSet<Pulse>> = LazyLock::new(pulses);
    study_of(&PULSES)
}

fn study_of(pulses: &FeatureSet<Pulse>) -> Study {
    let mut study = Study::new(pulses.clone()).unwrap();
    study.progress(Progress::Silent);
    study
}

/// A folder that is removed behind a test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("results-{name}-{}", std::process::id()));
        fs::remove_dir_all(&path).ok();
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn text(table: &PredictionTable, name: &str) -> Vec<String> {
    let column = cast(table.batch().column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
    column.as_string::<i32>().iter().map(|text| text.unwrap().to_owned()).collect()
}

fn numbers(table: &PredictionTable, name: &str) -> Vec<f64> {
    let column = cast(table.batch().column_by_name(name).unwrap(), &DataType::Float64).unwrap();
    assert_eq!(column.null_count(), 0);
    column.as_primitive::<Float64Type>().values().to_vec()
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found}, expected {expected}");
}

/// The same bits.
fn same(found: f64, expected: f64) {
    assert_eq!(found.to_bits(), expected.to_bits(), "{found}, expected {expected}");
}

#[allow(clippy::cast_precision_loss, reason = "few rows")]
fn count(rows: usize) -> f64 {
    rows as f64
}
