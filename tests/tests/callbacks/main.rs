//! The built-in callbacks: what they write, record and end, against numbers that follow otherwise.

#![allow(clippy::cast_precision_loss, reason = "counts are small")]

/// A study that shows nothing.
macro_rules! silent {
    ($study:ident) => {{
        let mut study = $study::new(pulses()).unwrap();
        study.progress(Progress::Silent);
        study
    }};
}

mod acts;
mod best;
mod ending;
mod failing;
mod norms_and_rates;
mod rehearsal;
mod seen;
mod written;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use acts::Acts;
use modularml::experiment::{BuildCallback, Callback, EpochInfo, Moment, Next, StepInfo, Watched};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::record::{Every, Records};
use modularml_tests::numbers;
use seen::Seen;
use serde_json::Value;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Sgd::lr(0.05))]
    graph Net(pulse: Pulse) {
        hidden = Linear::to([5])(pulse.voltage);
        #[allow(own_optimizer)]
        #[optimizer(Sgd::lr(0.02))]
        soh = Linear(hidden) -> pulse.soh;
    }
}

fn pulses() -> FeatureSet<Pulse> {
    let row = |i: u8| {
        let x = f32::from(i);
        Pulse { voltage: [x.sin(), x.cos(), (x * 0.3).sin(), x / 60.0], soh: (x * 0.7).sin() + x / 40.0 }
    };
    FeatureSet::from_rows((0..60).map(row)).unwrap()
}

/// A folder that is removed behind a test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("callbacks-{name}-{}", std::process::id()));
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

/// The names of the files in a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn events(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("events.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The rows of `metrics.csv` of a name: epoch, step, value.
fn recorded(folder: &Path, name: &str) -> Vec<(usize, Option<usize>, f64)> {
    let text = fs::read_to_string(folder.join("metrics.csv")).unwrap();
    assert_eq!(text.lines().next(), Some("phase,epoch,name,value,step"));
    let rows = text.lines().map(|line| line.split(',').collect::<Vec<_>>()).filter(|row| row[2] == name);
    rows.map(|row| (row[1].parse().unwrap(), row[4].parse().ok(), row[3].parse().unwrap())).collect()
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1e-3), "{found}, {expected} was expected");
}

/// All weights of a node.
fn of_node(weights: &BTreeMap<String, Vec<f64>>, node: &str) -> Vec<f64> {
    weights.iter().filter(|(name, _)| name.split('.').next() == Some(node)).flat_map(|(_, own)| own.clone()).collect()
}

/// The tensors of a file.
fn snapshot(path: &Path) -> BTreeMap<String, Vec<f64>> {
    let tensors = candle_core::safetensors::load(path, &candle_core::Device::Cpu).unwrap();
    tensors.iter().map(|(name, tensor)| (name.clone(), numbers(tensor))).collect()
}
