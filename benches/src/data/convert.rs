//! Files larger than what may be in memory: conversion to a store and one shuffled epoch over it.
//!
//! Each file is converted by a process of its own, which watches its memory.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use candle_core::DType;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::memory::Watch;
use super::{Pulse, WIDTH, batch, values};
use crate::figure::Figure;
use crate::{Request, Result};

/// The word with which this program calls itself.
pub const CHILD: &str = "--convert";
/// The bound of the anonymous memory in MB.
const BOUND: f64 = 400.0;
const BATCH: usize = 256;
/// How many rows of a file are made at once.
const MADE_AT_ONCE: usize = 10_000;

pub fn run(request: &Request) -> Result<()> {
    let bytes: u64 = if request.is_full { 2_000_000_000 } else { 200_000_000 };
    eprintln!("convert: {} MB of CSV and of Parquet", bytes / 1_000_000);
    let folder = std::env::temp_dir().join(format!("modularml-bench-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let done = convert(&folder, bytes);
    std::fs::remove_dir_all(&folder)?;
    done
}

fn convert(folder: &Path, bytes: u64) -> Result<()> {
    for (name, format, write) in [
        ("convert_csv_memory", "csv", write_csv as fn(&Path, u64) -> Result<()>),
        ("convert_parquet_memory", "parquet", write_parquet),
    ] {
        let (from, to) = (folder.join(format!("pulses.{format}")), folder.join("pulses.arrow"));
        write(&from, bytes)?;
        let child = Command::new(std::env::current_exe()?).args([CHILD, format]).args([&from, &to]).output()?;
        let output = String::from_utf8(child.stdout)?;
        if !child.status.success() {
            return Err(String::from_utf8_lossy(&child.stderr).into());
        }
        eprint!("{output}");
        let last = output.lines().last().and_then(|line| line.strip_prefix("anonymous_mb = "));
        let ours = last.ok_or("the conversion did not say its memory")?.parse()?;
        println!("{}", Figure { name, ours, peer_name: "bound", peer: BOUND, unit: "MB", target: 1.0 });
        std::fs::remove_file(&from)?;
    }
    Ok(())
}

/// Converts one file and goes through the store once, in shuffled batches.
pub fn child(words: &[String]) -> Result<()> {
    let [format, from, to] = words else { return Err("expected a format and two paths".into()) };
    let watch = Watch::start();
    let start = Instant::now();
    let conversion = Reader::<Pulse>::new().to_store(to);
    let pulses = if format == "csv" { conversion.csv(from)? } else { conversion.parquet(from)? };
    println!("{format}: {} rows converted in {:.1} s", pulses.len(), start.elapsed().as_secs_f64());
    let start = Instant::now();
    let view = pulses.view();
    let mut order: Vec<u32> = view.rows().to_vec();
    Rng::new(1, Purpose::Sample, Place::default()).shuffle(&mut order);
    let mut sum = 0.0;
    for positions in order.chunks(BATCH) {
        let voltage = view.take(positions)?.tensor("voltage", Representation::Raw, DType::F32)?;
        sum += f64::from(voltage.mean_all()?.to_scalar::<f32>()?);
    }
    let batches = order.len().div_ceil(BATCH);
    println!("{batches} shuffled batches in {:.1} s, their means add up to {sum:.1}", start.elapsed().as_secs_f64());
    println!("anonymous_mb = {:.1}", watch.finish()?);
    Ok(())
}

fn write_csv(path: &Path, bytes: u64) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let header: Vec<String> = (0..WIDTH).map(|i| format!("voltage_{i}")).collect();
    writeln!(file, "{}", header.join(","))?;
    let mut text = String::new();
    for row in values(MADE_AT_ONCE).chunks_exact(WIDTH) {
        for (i, value) in row.iter().enumerate() {
            write!(text, "{}{value:.6}", if i == 0 { "" } else { "," })?;
        }
        text.push('\n');
    }
    for _ in 0..bytes.div_ceil(text.len() as u64) {
        file.write_all(text.as_bytes())?;
    }
    file.flush()?;
    Ok(())
}

fn write_parquet(path: &Path, bytes: u64) -> Result<()> {
    let rows = batch(values(MADE_AT_ONCE))?;
    let properties = WriterProperties::builder().set_dictionary_enabled(false).build();
    let mut writer = ArrowWriter::try_new(File::create(path)?, rows.schema(), Some(properties))?;
    for _ in 0..bytes.div_ceil((MADE_AT_ONCE * WIDTH * size_of::<f32>()) as u64) {
        writer.write(&rows)?;
    }
    writer.close()?;
    Ok(())
}
