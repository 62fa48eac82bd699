//! Trees.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use candle_core::{DType, Device, Tensor};
use modularml::data::{ColumnSpec, Domain, Dtype, Shape};
use modularml::graph::{FitRows, Layer, LayerBuild, LayerSpec, Mode, Predicts};
use modularml::layers::{DecisionTree, ExtraTrees, GradientBoosting, IsolationForest, RandomForest};
use modularml::prelude::Rng;
use modularml::random::{Place, Purpose};

use crate::figure::{Figure, alternate};
use crate::peer::Peer;
use crate::{Request, Result};

const WIDTH: usize = 20;
/// scikit-learn takes minutes for some.
const ROUNDS: usize = 1;

struct Case {
    /// As in `benches/peers/trees.py`.
    peer: &'static str,
    fit: &'static str,
    predict: &'static str,
    layer: LayerSpec,
    of_classes: bool,
}

macro_rules! case {
    ($name:literal, $layer:expr, $of_classes:literal) => {
        Case {
            peer: $name,
            fit: concat!("fit_", $name),
            predict: concat!("predict_", $name),
            layer: $layer.spec(),
            of_classes: $of_classes,
        }
    };
}

fn cases() -> Vec<Case> {
    vec![
        case!("decision_tree", DecisionTree::depth(1000), false),
        case!("decision_tree_classes", DecisionTree::depth(1000), true),
        case!("random_forest", RandomForest::trees(100), false),
        case!("random_forest_classes", RandomForest::trees(100), true),
        case!("extra_trees", ExtraTrees::trees(100), false),
        case!("extra_trees_classes", ExtraTrees::trees(100), true),
        case!("gradient_boosting", GradientBoosting::rounds(100), false),
        case!("gradient_boosting_classes", GradientBoosting::rounds(100), true),
        case!("isolation_forest", IsolationForest::trees(100), false),
    ]
}

/// One figure for fitting and one for predicting by each kind of trees, on 10,000 rows or with `--full` on 100,000.
pub fn run(request: &Request) -> Result<()> {
    let Some(mut peer) = Peer::python("trees.py", "sklearn")? else { return Ok(()) };
    let rows = if request.is_full { 100_000 } else { 10_000 };
    eprintln!("trees: fitted to {rows} rows of {WIDTH} f64, predicting 10,000");
    let learned = Data::new(rows, 1)?;
    let predicted = Data::new(10_000, 2)?;
    for case in cases() {
        let question = format!("{} {rows}", case.peer);
        // Both figures of a round come from one run of each side.
        let (mut ours, mut peers) = (BTreeMap::new(), BTreeMap::new());
        let fit = alternate(
            ROUNDS,
            |round| Ok(ours.entry(round).or_insert(measure(&case, &learned, &predicted)?).0),
            |round| Ok(peers.entry(round).or_insert(answer(&mut peer, &question)?).0),
        )?;
        let predict = alternate(ROUNDS, |round| Ok(ours[&round].1), |round| Ok(peers[&round].1))?;
        for (name, (ours, peer)) in [(case.fit, fit), (case.predict, predict)] {
            println!("{}", Figure { name, ours, peer_name: "scikit-learn", peer, unit: "s", target: 1.0 });
        }
    }
    Ok(())
}

fn answer(peer: &mut Peer, question: &str) -> Result<(f64, f64)> {
    match peer.ask(question)?[..] {
        [fit, predict] => Ok((fit, predict)),
        _ => Err(format!("trees.py did not answer two numbers for {question}").into()),
    }
}

/// Seconds for fitting and for predicting.
fn measure(case: &Case, learned: &Data, predicted: &Data) -> Result<(f64, f64)> {
    let nothing = case.layer.learns.fitting().is_some_and(|fitting| fitting.predicts == Predicts::Nothing);
    let (dtype, output) = if case.of_classes { (Dtype::Class, Shape::new(&[2])) } else { (Dtype::F64, Shape::SCALAR) };
    let classes: &[&str] = if case.of_classes { &["low", "high"] } else { &[] };
    let column = ColumnSpec { classes, ..ColumnSpec::new("y", Domain::Target, dtype, Shape::SCALAR) };
    let rng = |purpose| Rng::new(1, purpose, Place::default());
    let mut layer: Box<dyn Layer> = case.layer.build(LayerBuild {
        inputs: vec![Shape::new(&[WIDTH])],
        column: None,
        target: (!nothing).then_some(column),
        output,
        dtype: DType::F64,
        device: Device::Cpu,
        rng: rng(Purpose::Weights),
    })?;
    let target = if case.of_classes { &learned.classes } else { &learned.y };
    let target = (!nothing).then(|| target.clone());
    let rows = FitRows { inputs: vec![learned.x.clone()], target, weights: None, rng: rng(Purpose::Fit) };
    let start = Instant::now();
    layer.fit(rows)?;
    let fit = start.elapsed().as_secs_f64();
    let start = Instant::now();
    black_box(layer.forward(std::slice::from_ref(&predicted.x), &mut Mode::Eval)?);
    Ok((fit, start.elapsed().as_secs_f64()))
}

struct Data {
    x: Tensor,
    y: Tensor,
    classes: Tensor,
}

impl Data {
    /// Uniform numbers of a `SplitMix64` stream, and a polynomial of five of them with noise; `trees.py` makes the same.
    #[allow(clippy::cast_precision_loss, reason = "53 bits are exact in f64")]
    fn new(rows: usize, seed: u64) -> Result<Self> {
        let mut state = seed << 40;
        let mut unit = || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        };
        let numbers: Vec<f64> = (0..rows * (WIDTH + 1)).map(|_| unit()).collect();
        let (mut x, mut y) = (Vec::with_capacity(rows * WIDTH), Vec::with_capacity(rows));
        for row in numbers.chunks_exact(WIDTH + 1) {
            x.extend_from_slice(&row[..WIDTH]);
            let signal = 10.0 * row[0] * row[1] + 20.0 * (row[2] - 0.5) * (row[2] - 0.5) + 10.0 * row[3] + 5.0 * row[4];
            y.push(signal + 3.0 * row[WIDTH]);
        }
        let classes: Vec<u32> = y.iter().map(|y| u32::from(*y > 13.0)).collect();
        Ok(Self {
            x: Tensor::from_vec(x, (rows, WIDTH), &Device::Cpu)?,
            y: Tensor::from_vec(y, rows, &Device::Cpu)?,
            classes: Tensor::from_vec(classes, rows, &Device::Cpu)?,
        })
    }
}
