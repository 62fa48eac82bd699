//! Linear and kernel models, one thread each; `--full` with 100,000 rows as well.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use candle_core::{DType, Device, Tensor};
use modularml::data::{ColumnSpec, Domain, Dtype, Shape};
use modularml::graph::{FitRows, LayerBuild, LayerSpec, Mode};
use modularml::layers::{
    ElasticNet, GaussianProcess, Lasso, LinearRegression, LogisticRegression, Ridge, SupportVectors,
};
use modularml::random::{Place, Purpose, Rng};

use crate::figure::{Figure, alternate};
use crate::peer::Peer;
use crate::{Request, Result};

const WIDTH: usize = 20;
const ROUNDS: usize = 3;
const CLASSES: &[&str] = &["low", "middle", "high"];

struct Case {
    /// As in `benches/peers/fit_linear.py`.
    peer: &'static str,
    fit: &'static str,
    predict: &'static str,
    rows: usize,
    layer: LayerSpec,
    of_classes: bool,
}

macro_rules! case {
    ($name:literal, $rows:literal, $layer:expr, $of_classes:literal) => {
        Case {
            peer: $name,
            fit: concat!("fit_", $name, "_", $rows),
            predict: concat!("predict_", $name, "_", $rows),
            rows: $rows,
            layer: $layer.spec(),
            of_classes: $of_classes,
        }
    };
}

fn cases(is_full: bool) -> Vec<Case> {
    let mut cases = vec![
        case!("linear_regression", 10_000, LinearRegression::new(), false),
        case!("ridge", 10_000, Ridge::penalty(1.0), false),
        case!("lasso", 10_000, Lasso::penalty(0.01), false),
        case!("elastic_net", 10_000, ElasticNet::penalty(0.01), false),
        case!("logistic_regression", 10_000, LogisticRegression::penalty(1.0), true),
        case!("support_numbers", 10_000, SupportVectors::cost(1.0), false),
        case!("support_classes", 10_000, SupportVectors::cost(1.0), true),
        case!("gaussian_process", 1_000, GaussianProcess::new(), false),
    ];
    if is_full {
        cases.extend(vec![
            case!("linear_regression", 100_000, LinearRegression::new(), false),
            case!("ridge", 100_000, Ridge::penalty(1.0), false),
            case!("lasso", 100_000, Lasso::penalty(0.01), false),
            case!("elastic_net", 100_000, ElasticNet::penalty(0.01), false),
            case!("logistic_regression", 100_000, LogisticRegression::penalty(1.0), true),
        ]);
    }
    cases
}

/// One figure for fitting and one for predicting by each model; none where scikit-learn is not there.
pub fn run(request: &Request) -> Result<()> {
    let Some(mut peer) = Peer::python("fit_linear.py", "sklearn")? else { return Ok(()) };
    for case in cases(request.is_full) {
        let (x, y) = data(&case)?;
        // Both figures of a round come from one run of each side.
        let (mut ours, mut peers) = (BTreeMap::new(), BTreeMap::new());
        let fit = alternate(
            ROUNDS,
            |round| Ok(ours.entry(round).or_insert(measure(&case, &x, &y)?).0),
            |round| Ok(peers.entry(round).or_insert(answer(&mut peer, &case)?).0),
        )?;
        let predict = alternate(ROUNDS, |round| Ok(ours[&round].1), |round| Ok(peers[&round].1))?;
        for (name, (ours, peer)) in [(case.fit, fit), (case.predict, predict)] {
            println!("{}", Figure { name, ours, peer_name: "scikit-learn", peer, unit: "s", target: 1.0 });
        }
    }
    Ok(())
}

fn answer(peer: &mut Peer, case: &Case) -> Result<(f64, f64)> {
    match peer.ask(&format!("{} {}", case.peer, case.rows))?.as_slice() {
        [fit, predict] => Ok((*fit, *predict)),
        other => Err(format!("{} seconds of {}", other.len(), case.peer).into()),
    }
}

/// Seconds to fit and to predict.
fn measure(case: &Case, x: &Tensor, y: &Tensor) -> Result<(f64, f64)> {
    let column = |dtype| ColumnSpec::new("y", Domain::Target, dtype, Shape::SCALAR);
    let (target, output) = if case.of_classes {
        (ColumnSpec { classes: CLASSES, ..column(Dtype::Class) }, Shape::new(&[CLASSES.len()]))
    } else {
        (column(Dtype::F64), Shape::SCALAR)
    };
    let rng = |purpose| Rng::new(1, purpose, Place::default());
    let mut layer = case.layer.build(LayerBuild {
        inputs: vec![Shape::new(&[WIDTH])],
        column: None,
        target: Some(target),
        output,
        dtype: DType::F64,
        device: Device::Cpu,
        rng: rng(Purpose::Weights),
    })?;
    let rows = FitRows { inputs: vec![x.clone()], target: Some(y.clone()), weights: None, rng: rng(Purpose::Fit) };
    let start = Instant::now();
    layer.fit(rows)?;
    let fitted = start.elapsed().as_secs_f64();
    let start = Instant::now();
    black_box(layer.forward(std::slice::from_ref(x), &mut Mode::Eval)?);
    Ok((fitted, start.elapsed().as_secs_f64()))
}

/// What is read and what is predicted.
fn data(case: &Case) -> Result<(Tensor, Tensor)> {
    let all = numbers(case.rows * (WIDTH + 1));
    let (mut x, mut y) = (Vec::with_capacity(case.rows * WIDTH), Vec::with_capacity(case.rows));
    for row in all.chunks_exact(WIDTH + 1) {
        x.extend_from_slice(&row[..WIDTH]);
        let value = row[0] + 2.0 * row[1] - row[2] * row[3] + row[WIDTH];
        let class = f64::from(u8::from(value >= -0.7)) + f64::from(u8::from(value >= 0.7));
        y.push(if case.of_classes { class } else { value });
    }
    Ok((Tensor::from_vec(x, (case.rows, WIDTH), &Device::Cpu)?, Tensor::from_vec(y, case.rows, &Device::Cpu)?))
}

/// A `SplitMix64` stream as a sum of three uniform numbers, less 1.5.
#[allow(clippy::cast_precision_loss, reason = "53 bits are exact")]
fn numbers(count: usize) -> Vec<f64> {
    let unit = |at: u64| {
        let mut z = at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 11) as f64 / (1u64 << 53) as f64
    };
    (0..count as u64).map(|at| (1..=3).map(|part| unit(3 * at + part)).sum::<f64>() - 1.5).collect()
}
