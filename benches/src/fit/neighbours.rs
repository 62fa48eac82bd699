//! Neighbours, naive Bayes, components and groups: fitting, and giving what they give.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use candle_core::{DType, Device, Tensor};
use modularml::data::{ColumnSpec, Domain, Dtype, Shape};
use modularml::graph::{FitRows, LayerBuild, LayerSpec, Mode, Predicts};
use modularml::layers::{Covariance, GaussianMixture, KMeans, NaiveBayes, NearestNeighbours, Pca};
use modularml::prelude::*;
use modularml::random::{Place, Purpose};

use crate::figure::{Figure, alternate};
use crate::peer::Peer;
use crate::{Request, Result};

const WIDTH: usize = 20;
const ROUNDS: usize = 3;
const CLASSES: usize = 4;

struct Case {
    /// As in `benches/peers/neighbours.py`.
    peer: &'static str,
    layer: LayerSpec,
    /// How many numbers it gives a row.
    outputs: usize,
    /// The rows that it gives them for.
    asked: usize,
    /// Names of fitting and giving, of the smaller and the larger number of rows.
    names: [[&'static str; 2]; 2],
}

macro_rules! case {
    ($name:literal, $layer:expr, $outputs:expr, $asked:expr) => {
        Case {
            peer: $name,
            layer: $layer.spec(),
            outputs: $outputs,
            asked: $asked,
            names: [
                [concat!("fit_", $name, "_10000"), concat!("give_", $name, "_10000")],
                [concat!("fit_", $name, "_100000"), concat!("give_", $name, "_100000")],
            ],
        }
    };
}

fn cases() -> Vec<Case> {
    let mixture = GaussianMixture::components(4).steps(5).tolerance(0.0);
    vec![
        case!("nearest", NearestNeighbours::k(5), CLASSES, 1000),
        case!("bayes", NaiveBayes::new(), CLASSES, usize::MAX),
        case!("pca", Pca::components(8), 8, usize::MAX),
        case!("k_means", KMeans::clusters(8).restarts(1).steps(20).tolerance(0.0), 8, usize::MAX),
        case!("mixture_full", mixture, 4, usize::MAX),
        case!("mixture_diagonal", mixture.covariance(Covariance::Diagonal), 4, usize::MAX),
    ]
}

/// Two figures for each model and number of rows; none where scikit-learn is not there.
pub fn run(_: &Request) -> Result<()> {
    let Some(mut peer) = Peer::python("neighbours.py", "sklearn")? else { return Ok(()) };
    for (size, rows) in [10_000, 100_000].into_iter().enumerate() {
        eprintln!("neighbours: {rows} rows of {WIDTH} f64");
        let numbers = numbers(rows);
        for case in cases() {
            // Both figures of a round come from one run of each side.
            let (mut ours, mut peers) = (BTreeMap::new(), BTreeMap::new());
            let fit = alternate(
                ROUNDS,
                |round| Ok(ours.entry(round).or_insert(measure(&case, &numbers)?).0),
                |round| Ok(peers.entry(round).or_insert(answer(&mut peer, &case, rows)?).0),
            )?;
            let give = alternate(ROUNDS, |round| Ok(ours[&round].1), |round| Ok(peers[&round].1))?;
            for (name, (ours, peer)) in case.names[size].into_iter().zip([fit, give]) {
                println!("{}", Figure { name, ours, peer_name: "scikit-learn", peer, unit: "s", target: 1.0 });
            }
        }
    }
    Ok(())
}

/// Seconds for fitting and for giving.
fn measure(case: &Case, numbers: &[f64]) -> Result<(f64, f64)> {
    let rows = numbers.len() / WIDTH;
    let input = Tensor::from_slice(numbers, (rows, WIDTH), &Device::Cpu)?;
    let is_of_classes = !matches!(case.layer.learns.fitting().map(|fitting| fitting.predicts), Some(Predicts::Nothing));
    let column = ColumnSpec::new("class", Domain::Target, Dtype::Class, Shape::SCALAR);
    let build = LayerBuild {
        inputs: vec![Shape::new(&[WIDTH])],
        column: None,
        target: is_of_classes.then_some(ColumnSpec { classes: &["a", "b", "c", "d"], ..column }),
        output: Shape::new(&[case.outputs]),
        dtype: DType::F64,
        device: Device::Cpu,
        rng: Rng::new(1, Purpose::Weights, Place::default()),
    };
    let mut layer = case.layer.build(build)?;
    let classes = (0..u32::try_from(rows)?).map(|row| row % 4);
    let target = is_of_classes.then(|| Tensor::from_iter(classes, &Device::Cpu)).transpose()?;
    let rng = Rng::new(1, Purpose::Fit, Place::default());
    let start = Instant::now();
    layer.fit(FitRows { inputs: vec![input.clone()], target, weights: None, rng })?;
    let fit = start.elapsed().as_secs_f64();
    let asked = input.narrow(0, 0, case.asked.min(rows))?.contiguous()?;
    let start = Instant::now();
    black_box(layer.forward(&[asked], &mut Mode::Eval)?);
    Ok((fit, start.elapsed().as_secs_f64()))
}

fn answer(peer: &mut Peer, case: &Case, rows: usize) -> Result<(f64, f64)> {
    match peer.ask(&format!("{} {rows}", case.peer))?[..] {
        [fit, give] => Ok((fit, give)),
        _ => Err(format!("neighbours.py did not answer two numbers for {}", case.peer).into()),
    }
}

/// Sums of three uniform numbers of a `SplitMix64` stream, less 1, and in the first five columns a half for each class before
/// that of the row; `neighbours.py` makes the same.
#[allow(clippy::cast_precision_loss, reason = "53 bits are exact in f64")]
fn numbers(rows: usize) -> Vec<f64> {
    let mut state = 0u64;
    let mut unit = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    };
    let apart = |at: usize| if at % WIDTH < 5 { 0.5 * (at / WIDTH % CLASSES) as f64 } else { 0.0 };
    (0..rows * WIDTH).map(|at| unit() + unit() + unit() - 1.0 + apart(at)).collect()
}
