//! Training with candle's autograd alone gives the weights that training with gradients beside it gives.

use std::collections::BTreeMap;

use modularml::experiment::ExperimentBuilder;
use modularml::graph::{GraphBuilder, Precision, Reads, with_candle_autograd};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;

/// So wide and long that results of a batch have their gradients beside candle: from 8192 numbers on.
const STEPS: usize = 24;
const BATCH: usize = 32;

#[derive(SampleSchema)]
struct Sample {
    #[feat]
    x: [[f64; 4]; STEPS],
    #[target]
    y: f64,
}

fn sample(row: usize) -> Sample {
    let x = std::array::from_fn(|step| {
        std::array::from_fn(|column| {
            let place = u32::try_from(row * 31 + step * 7 + column * 3).expect("a small number");
            f64::from(place).sin()
        })
    });
    Sample { y: x[0][0] + x[STEPS - 1][3] * x[3][1], x }
}

/// The weights of a graph with all that goes beside candle: several readers of a result, operations of many inputs,
/// changed shapes, modules of candle among ours.
fn trained(precision: Precision) -> BTreeMap<String, Vec<f64>> {
    let samples = FeatureSet::from_rows((0..BATCH * 2 + 5).map(sample)).expect("samples");
    let graph = GraphBuilder::new("Net")
        .precision(precision)
        .input("sample", Sample::SCHEMA)
        .optimizer(Sgd::lr(0.05).momentum(0.9))
        .node("states", Gru::hidden(16), ["sample.x"])
        .node("encoded", TransformerEncoder::heads(2).feed_forward(32), ["states"])
        .node("both", Add::new(), ["states", "encoded"])
        .node("turned", Transpose, ["both"])
        .node("pooled", GlobalAvgPool::new(), ["turned"])
        .node("y", Mlp::hidden([300, 300]), Reads::of(["pooled"]).predicts("sample.y"))
        .spec();
    let study = ExperimentBuilder::new("Study", graph).seed(3).split("sample", Random::ratios([("train", 1.0)]));
    let study = study.train("regress", |phase| {
        let phase = phase.feed("sample", Batches::of(BATCH).shuffled(), "train").loss(Mse, ["y", "sample.y"]);
        phase.add_loss(0.01, L2Penalty, ["encoded"]).accumulate(2).clip(ByNorm::of(1.0)).epochs(4)
    });
    let mut study = study.build(vec![samples.view()]).expect("a study");
    study.progress(Progress::Silent).run().expect("trained");
    let state = study.graph().state().expect("a state").into_iter();
    let numbers = |tensor: Tensor| tensor.to_dtype(modularml::candle_core::DType::F64)?.flatten_all()?.to_vec1();
    state.map(|(name, tensor)| (name, numbers(tensor).expect("numbers"))).collect()
}

fn furthest(a: &BTreeMap<String, Vec<f64>>, b: &BTreeMap<String, Vec<f64>>) -> f64 {
    assert!(a.keys().eq(b.keys()));
    let pairs = a.values().zip(b.values()).flat_map(|(a, b)| a.iter().zip(b));
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn weights_are_the_same_to_rounding() {
    for (precision, rounding) in [(Precision::F64, 1e-12), (Precision::F32, 1e-5)] {
        let (beside, alone) = (trained(precision), with_candle_autograd(|| trained(precision)));
        let off = furthest(&beside, &alone);
        assert!(off < rounding, "{precision:?}: weights are off by {off:e}");
    }
}
