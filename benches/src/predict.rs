//! One row: what a prediction of it costs, alone and on all threads, and how soon a model is there.

use std::time::Instant;

use candle_core::{DType, Device, Module as _, Tensor};
use candle_nn::{Linear, VarBuilder, VarMap};
use modularml::layers::{Concat, Mlp};
use modularml::losses::Mse;
use modularml::metrics::Rmse;
use modularml::prelude::*;

use crate::figure::{Figure, alternate};
use crate::{Request, Result};

const ROUNDS: usize = 7;
const ROWS: u32 = 2_000;
const LOADS: u32 = 20;

/// A pulse, as in the examples.
#[derive(SampleSchema, Clone)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    temperature: f32,
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        code = Mlp::hidden([64, 32]).output([16])(pulse.voltage);
        warm = Mlp::hidden([8]).output([4])(pulse.temperature);
        soh = Mlp::hidden([16])(both) -> pulse.soh;
        both = Concat::axis(-1)(code, warm);
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 1;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        scale pulse.voltage = Standard fitted on train;
        scale pulse.soh = Standard fitted on train;
        train regress {
            feed pulse = Batches::of(32).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 1;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh) in raw units; }
    }
}

fn pulse(row: u16) -> Pulse {
    let at = f32::from(row) * 0.01;
    Pulse {
        voltage: std::array::from_fn(|place| (at + f32::from(u8::try_from(place).unwrap_or_default()) * 0.1).sin()),
        temperature: 20.0 + at,
        soh: at.cos(),
        cell: row.into(),
    }
}

pub const PARTS: &[&str] = &["one", "threads", "load"];

pub fn run(request: &Request) -> Result<()> {
    let mut study = SohStudy::new(FeatureSet::from_rows((0..500).map(pulse))?)?;
    study.progress(Progress::Silent).run()?;
    if request.wants("one") {
        one(&study)?;
    }
    if request.wants("threads") {
        threads(&study.predictor()?)?;
    }
    if request.wants("load") {
        load(&study)?;
    }
    Ok(())
}

/// The microseconds of a call, over many of them.
fn each(mut call: impl FnMut(usize) -> Result<f64>) -> Result<f64> {
    let mut sum = 0.0;
    let start = Instant::now();
    for row in 0..ROWS as usize {
        sum += call(row)?;
    }
    let elapsed = start.elapsed().as_secs_f64() * 1e6 / f64::from(ROWS);
    assert!(f64::is_finite(sum));
    Ok(elapsed)
}

/// The same maps by hand, over a tensor that is there.
struct Maps(Vec<Linear>);

impl Maps {
    fn new(widths: &[usize], vars: &VarBuilder<'_>) -> Result<Self> {
        let maps = widths.windows(2).enumerate();
        let map = |(at, both): (usize, &[usize])| candle_nn::linear(both[0], both[1], vars.pp(at));
        Ok(Self(maps.map(map).collect::<candle_core::Result<_>>()?))
    }

    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let mut x = x.clone();
        for (at, map) in self.0.iter().enumerate() {
            x = map.forward(&x)?;
            if at + 1 < self.0.len() {
                x = x.relu()?;
            }
        }
        Ok(x)
    }
}

fn one(study: &SohStudy) -> Result<()> {
    let predictor = study.predictor()?;
    let pulses: Vec<Pulse> = (0..64).map(pulse).collect();
    let ours = |_| each(|row| Ok(predictor.predict_one(&pulses[row % pulses.len()])?.soh.number()?));
    let batch = |_| {
        each(|row| {
            let rows = FeatureSet::from_rows([pulses[row % pulses.len()].clone()])?;
            Ok(study.predict(&rows)?.soh.to_vec1::<f32>()?[0].into())
        })
    };
    let (variables, device) = (VarMap::new(), Device::Cpu);
    let vars = VarBuilder::from_varmap(&variables, DType::F32, &device);
    let code = Maps::new(&[101, 64, 32, 16], &vars.pp("code"))?;
    let warm = Maps::new(&[1, 8, 4], &vars.pp("warm"))?;
    let soh = Maps::new(&[20, 16, 1], &vars.pp("soh"))?;
    // Values alone, as a server would have them: no gradient is kept.
    let by_hand = |_| {
        each(|row| {
            let pulse = &pulses[row % pulses.len()];
            let voltage = Tensor::from_slice(&pulse.voltage, (1, 101), &device)?;
            let temperature = Tensor::from_slice(&[pulse.temperature], (1, 1), &device)?;
            let both = Tensor::cat(&[code.forward(&voltage)?, warm.forward(&temperature)?], 1)?;
            Ok(soh.forward(&both)?.flatten_all()?.to_vec1::<f32>()?[0].into())
        })
    };
    let (ours_us, peer) = alternate(ROUNDS, ours, batch)?;
    print("predict_one", ours_us, ("predict of a FeatureSet", peer), "us", 0.5);
    let (ours_us, peer) = alternate(ROUNDS, ours, by_hand)?;
    print("predict_one_candle", ours_us, ("candle", peer), "us", 1.5);
    Ok(())
}

/// Rows of all threads against those of one, in the same time.
fn threads(predictor: &Predictor<SohStudy>) -> Result<()> {
    let count = std::thread::available_parallelism()?.get();
    let row = pulse(7);
    let timed = |threads: usize| {
        let start = Instant::now();
        let done: std::result::Result<Vec<()>, Error> = std::thread::scope(|scope| {
            let work = || (0..ROWS).try_for_each(|_| predictor.predict_one(&row).map(drop));
            let started: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            started.into_iter().map(|thread| thread.join().unwrap_or(Ok(()))).collect()
        });
        done?;
        Ok(start.elapsed().as_secs_f64() * 1e6 / (f64::from(ROWS) * f64::from(u32::try_from(threads)?)))
    };
    let (all, alone) = alternate(ROUNDS, |_| timed(count), |_| timed(1))?;
    print("predict_one_threads", all, ("one thread", alone), "us", 1.0);
    Ok(())
}

/// A file of a model alone, and the model out of a file of everything.
fn load(study: &SohStudy) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("modularml-bench-predict-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let [model, whole] = ["model.mml", "whole.mml"].map(|name| folder.join(name));
    study.save_model(&model)?;
    study.save(&whole)?;
    let timed = |path: &std::path::Path| {
        let start = Instant::now();
        for _ in 0..LOADS {
            drop(Predictor::<SohStudy>::load(path)?);
        }
        Ok(start.elapsed().as_secs_f64() * 1e3 / f64::from(LOADS))
    };
    let (ours, _) = alternate(ROUNDS, |_| timed(&model), |_| timed(&whole))?;
    print("predictor_load", ours, ("bound", 5.0), "ms", 1.0);
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn print(name: &'static str, ours: f64, (peer_name, peer): (&'static str, f64), unit: &'static str, target: f64) {
    println!("{}", Figure { name, ours, peer_name, peer, unit, target });
}
