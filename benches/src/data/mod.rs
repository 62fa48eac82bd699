//! From a file to a batch: gathers, splits, reading, and conversion in bounded memory.

mod bind;
mod columns;
mod convert;
mod gather;
mod memory;
mod samplers;
mod scalers;
mod split;
mod windows;

use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeListArray, Float32Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use modularml::prelude::*;

use crate::{Request, Result};

pub use convert::{CHILD, child};

/// The size of the data that the issue of speed is about.
const ROWS: usize = 1_000_000;
const WIDTH: usize = 101;

/// A voltage pulse of 101 points.
#[derive(SampleSchema, Clone)]
struct Pulse {
    /// Volts over time.
    #[feat]
    voltage: [f32; WIDTH],
}

pub const PARTS: &[&str] = &["gather", "windows", "split", "bind", "scalers", "columns", "samplers", "convert"];

pub fn run(request: &Request) -> Result<()> {
    type Part = fn(&Request) -> Result<()>;
    let parts: [Part; 8] =
        [gather::run, windows::run, split::run, bind::run, scalers::run, columns::run, samplers::run, convert::run];
    for (name, run) in PARTS.iter().zip(parts) {
        if request.wants(name) {
            run(request)?;
        }
    }
    Ok(())
}

/// The values of so many pulses, row after row; no two rows are alike.
#[allow(clippy::cast_precision_loss, reason = "values are made up")]
fn values(rows: usize) -> Vec<f32> {
    (0..rows * WIDTH).map(|i| 3.0 + (i % 9973) as f32 / 9973.0).collect()
}

/// Pulses as a record batch that takes the values over.
fn batch(values: Vec<f32>) -> Result<RecordBatch> {
    let item = Arc::new(Field::new("item", DataType::Float32, false));
    let lists = FixedSizeListArray::try_new(item, WIDTH.try_into()?, Arc::new(Float32Array::from(values)), None)?;
    let schema = Schema::new(vec![Field::new("voltage", arrow::array::Array::data_type(&lists).clone(), false)]);
    Ok(RecordBatch::try_new(Arc::new(schema), vec![Arc::new(lists) as ArrayRef])?)
}
