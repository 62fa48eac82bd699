//! Fitting and transforming by each scaler, against scikit-learn on the same numbers, one thread each.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use modularml::data::Shape;
use modularml::process::{
    BinWidth, Binarizer, Imputer, KBins, MaxAbs, MinMax, Normalizer, OneHot, Ordinal, Power, Quantile, Replacement,
    Robust, ScalerSpec, Standard, TrainingRows,
};

use crate::figure::{Figure, alternate};
use crate::peer::Peer;
use crate::{Request, Result};

const ROWS: usize = 1_000_000;
const WIDTH: usize = 16;
const ROUNDS: usize = 3;

/// What a scaler works on.
#[derive(Clone, Copy)]
enum Given {
    Numbers,
    Positive,
    Categories,
    Holes,
}

struct Case {
    /// As in `benches/peers/scalers.py`.
    peer: &'static str,
    fit: &'static str,
    transform: &'static str,
    scaler: ScalerSpec,
    given: Given,
}

macro_rules! case {
    ($name:literal, $scaler:expr, $given:ident) => {
        Case {
            peer: $name,
            fit: concat!("fit_", $name),
            transform: concat!("transform_", $name),
            scaler: $scaler.spec(),
            given: Given::$given,
        }
    };
}

fn cases() -> Vec<Case> {
    vec![
        case!("standard", Standard::new(), Numbers),
        case!("min_max", MinMax::new(), Numbers),
        case!("max_abs", MaxAbs::new(), Numbers),
        case!("robust", Robust::new(), Numbers),
        case!("normalizer", Normalizer::new(), Numbers),
        case!("quantile_uniform", Quantile::new(), Numbers),
        case!("quantile_normal", Quantile::new().normal(), Numbers),
        case!("power_yeo_johnson", Power::new(), Numbers),
        case!("power_box_cox", Power::new().box_cox(), Positive),
        case!("binarizer", Binarizer::new(), Numbers),
        case!("k_bins_uniform", KBins::new().strategy(BinWidth::Uniform), Numbers),
        case!("k_bins_quantile", KBins::new(), Numbers),
        case!("k_bins_k_means", KBins::new().strategy(BinWidth::KMeans), Numbers),
        case!("one_hot", OneHot::new(), Categories),
        case!("ordinal", Ordinal::new(), Categories),
        case!("imputer_mean", Imputer::new(), Holes),
        case!("imputer_median", Imputer::new().strategy(Replacement::Median), Holes),
    ]
}

/// One figure for fitting and one for transforming by each scaler; none where scikit-learn is not there.
pub fn run(_: &Request) -> Result<()> {
    let Some(mut peer) = Peer::python("scalers.py", "sklearn")? else { return Ok(()) };
    eprintln!("scalers: {ROWS} rows of {WIDTH} f64");
    let numbers = numbers();
    for case in cases() {
        let values = given(&numbers, case.given);
        // Both figures of a round come from one run of each side.
        let (mut ours, mut peers) = (BTreeMap::new(), BTreeMap::new());
        let fit = alternate(
            ROUNDS,
            |round| Ok(ours.entry(round).or_insert(measure(&case, &values)?).0),
            |round| Ok(peers.entry(round).or_insert(answer(&mut peer, case.peer)?).0),
        )?;
        let transform = alternate(ROUNDS, |round| Ok(ours[&round].1), |round| Ok(peers[&round].1))?;
        for (name, (ours, peer)) in [(case.fit, fit), (case.transform, transform)] {
            println!("{}", Figure { name, ours, peer_name: "scikit-learn", peer, unit: "s", target: 1.0 });
        }
    }
    Ok(())
}

/// Seconds for fitting and for transforming in place.
fn measure(case: &Case, values: &[f64]) -> Result<(f64, f64)> {
    let rows = TrainingRows::of(values, Shape::new(&[WIDTH]))?;
    let start = Instant::now();
    let fitted = case.scaler.fit(&rows)?;
    let fit = start.elapsed().as_secs_f64();
    let mut copy = values.to_vec();
    let start = Instant::now();
    fitted.transform(&mut copy)?;
    black_box(&copy);
    Ok((fit, start.elapsed().as_secs_f64()))
}

fn answer(peer: &mut Peer, name: &str) -> Result<(f64, f64)> {
    match peer.ask(name)?[..] {
        [fit, transform] => Ok((fit, transform)),
        _ => Err(format!("scalers.py did not answer two numbers for {name}").into()),
    }
}

/// Sums of three uniform numbers of a `SplitMix64` stream, less 1; `scalers.py` makes the same.
#[allow(clippy::cast_precision_loss, reason = "53 bits are exact in f64")]
fn numbers() -> Vec<f64> {
    let mut state = 0u64;
    let mut unit = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    };
    (0..ROWS * WIDTH).map(|_| unit() + unit() + unit() - 1.0).collect()
}

fn given(numbers: &[f64], given: Given) -> Vec<f64> {
    let each = |to: fn(f64) -> f64| numbers.iter().map(|&value| to(value)).collect();
    match given {
        Given::Numbers => numbers.to_vec(),
        Given::Positive => each(|value| value + 2.0),
        Given::Categories => each(|value| (value * 4.0).floor()),
        Given::Holes => {
            numbers.iter().enumerate().map(|(at, &value)| if at % 37 == 0 { f64::NAN } else { value }).collect()
        }
    }
}
