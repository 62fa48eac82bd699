//! Data into a FeatureSet against writing its buffers.

use std::fs::File;
use std::hint::black_box;
use std::time::Instant;

use modularml::data::{ColumnArray, Reader};
use modularml::prelude::*;
use ndarray::Array2;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::{Pulse, ROWS, WIDTH, batch, values};
use crate::figure::{Figure, alternate};
use crate::{Request, Result};

const ROUNDS: usize = 5;

type Bind<'a> = &'a dyn Fn(usize) -> Result<f64>;

pub fn run(_: &Request) -> Result<()> {
    eprintln!("bind: {ROWS} rows of {WIDTH} f32");
    let plain = values(ROWS);
    let path = std::env::temp_dir().join(format!("modularml-bench-{}.parquet", std::process::id()));
    let all = batch(plain.clone())?;
    let properties = WriterProperties::builder().set_dictionary_enabled(false).build();
    let mut writer = ArrowWriter::try_new(File::create(&path)?, all.schema(), Some(properties))?;
    writer.write(&all)?;
    writer.close()?;
    drop(all);

    let copy = |_: usize| {
        let start = Instant::now();
        black_box(plain.clone());
        Ok(start.elapsed().as_secs_f64())
    };
    let rows = |_: usize| {
        let (rows, _) = plain.as_chunks::<WIDTH>();
        let start = Instant::now();
        black_box(FeatureSet::from_rows(rows.iter().map(|&voltage| Pulse { voltage }))?);
        Ok(start.elapsed().as_secs_f64())
    };
    let parquet = |_: usize| {
        let start = Instant::now();
        black_box(FeatureSet::<Pulse>::from_parquet(&path)?);
        Ok(start.elapsed().as_secs_f64())
    };
    let array = Array2::from_shape_vec((ROWS, WIDTH), plain.clone())?;
    let ndarray = |_: usize| {
        let start = Instant::now();
        black_box(Reader::<Pulse>::new().columns([("voltage", ColumnArray::from(array.view()))])?);
        Ok(start.elapsed().as_secs_f64())
    };
    let ways: [(&str, Bind<'_>); 3] = [("bind_rows", &rows), ("bind_ndarray", &ndarray), ("bind_parquet", &parquet)];
    for (name, bind) in ways {
        let (ours, peer) = alternate(ROUNDS, bind, copy)?;
        println!("{}", Figure { name, ours, peer_name: "copy", peer, unit: "s", target: 2.0 });
    }
    std::fs::remove_file(&path)?;
    Ok(())
}
