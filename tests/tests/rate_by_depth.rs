//! Rates by depth: each layer changes by the rate that it should have, against steps of a single rate.

use std::collections::BTreeMap;

use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::{GraphBuilder, OptimizerSpec, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml_tests::numbers;

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: [[f32; 2]; 3],
    #[target]
    y: f32,
}

/// What each layer of [`session`] has behind it on the longest way to `y`.
const DEPTHS: [(&str, i32); 7] = [
    ("y.", 0),
    ("side.", 1),
    ("block.2.", 1),
    ("block.0.", 2),
    ("memory.weight_ih_l1", 3),
    ("memory.weight_hh_l1", 3),
    ("memory.weight_ih_l0", 4),
];

/// A chain of a recurrent node of two layers, a list and a head, beside a short way to the head.
fn session(optimizer: impl Into<OptimizerSpec>, epochs: usize) -> Session {
    let rows = (0..16u8).map(|row| f32::from(row) / 16.0);
    let points = FeatureSet::from_rows(rows.map(|x| Point { x: [[x, 1.0], [x * x, 0.5], [1.0 - x, x]], y: 3.0 * x }));
    let elements = const { &[Linear::to([4]).spec(), Tanh.spec(), Linear::to([3]).spec()] };
    let graph = GraphBuilder::new("Net")
        .input("point", Point::SCHEMA)
        .optimizer(optimizer)
        .node("memory", Lstm::hidden(3).layers(2).last(), ["point.x"])
        .node("block", Sequential::of(elements), ["memory"])
        .node("side", Linear::to([2]), ["point.x"])
        .node("both", Concat::axis(-1), ["block", "side"])
        .node("y", Linear::new(), Reads::of(["both"]).predicts("point.y"));
    let mut session = ExperimentBuilder::new("Study", graph.spec())
        .seed(3)
        .split("point", Random::ratios([("train", 1.0)]))
        .train("fit", |t| t.feed("point", Batches::of(16), "train").loss(Mse, ["y", "point.y"]).epochs(epochs))
        .build(vec![points.unwrap().view()])
        .unwrap();
    session.progress(Progress::Silent);
    session
}

type Weights = BTreeMap<String, Vec<f64>>;

fn weights(session: &Session) -> Weights {
    session.graph().state().unwrap().iter().map(|(name, tensor)| (name.clone(), numbers(tensor))).collect()
}

/// How far each parameter moves in one step from the same weights.
fn moves(optimizer: impl Into<OptimizerSpec>) -> Weights {
    let mut session = session(optimizer, 1);
    let before = weights(&session);
    session.run().unwrap();
    let after = weights(&session);
    let moved = |(name, before): (&String, &Vec<f64>)| {
        (name.clone(), after[name].iter().zip(before).map(|(after, before)| after - before).collect())
    };
    before.iter().map(moved).collect()
}

fn check(by_depth: &Weights, plain: &Weights, what: &str) {
    for (prefix, depth) in DEPTHS {
        let names: Vec<_> = plain.keys().filter(|name| name.starts_with(prefix)).collect();
        assert!(!names.is_empty(), "{prefix} is no parameter: {:?}", plain.keys());
        for name in names {
            for (found, plain) in by_depth[name].iter().zip(&plain[name]) {
                let expected = 0.5f64.powi(depth) * plain;
                assert!((found - expected).abs() < 1e-6, "{what}, {name}: {found}, {expected}");
            }
            assert!(plain[name].iter().any(|moved| moved.abs() > 1e-4), "{what}, {name} does not move");
        }
    }
}

#[test]
fn a_step_is_that_of_the_rate_of_the_layer() {
    check(&moves(Sgd::lr(0.4).rate_by_depth(0.5)), &moves(Sgd::lr(0.4)), "Sgd");
    check(&moves(Adam::lr(0.01).rate_by_depth(0.5)), &moves(Adam::lr(0.01)), "Adam");
    // The decay of AdamW is the rate times the decay, and becomes smaller with it.
    let decaying = AdamW::lr(0.01).weight_decay(0.5).no_decay_on_biases();
    check(&moves(decaying.rate_by_depth(0.5)), &moves(decaying), "AdamW");
    check(&moves(Lion::lr(0.01).rate_by_depth(0.5)), &moves(Lion::lr(0.01)), "Lion");
}

#[test]
fn a_factor_of_one_changes_no_bit_and_states_stay_by_parameter() {
    let bits = |optimizer: Adam| {
        let mut session = session(optimizer, 4);
        session.run().unwrap();
        weights(&session).into_values().flatten().map(f64::to_bits).collect::<Vec<_>>()
    };
    assert_eq!(bits(Adam::lr(0.01).rate_by_depth(1.0)), bits(Adam::lr(0.01)));
    // Of several steps each parameter counts its own: what is not scaled moves as without.
    assert_ne!(bits(Adam::lr(0.01).rate_by_depth(0.5)), bits(Adam::lr(0.01)));
    let (mut one, mut two) =
        (session(Adam::lr(0.01).rate_by_depth(0.5), 4), session(Adam::lr(0.01).rate_by_depth(0.5), 4));
    one.run().unwrap();
    let mut run = two.start().unwrap();
    run.step().unwrap();
    let state = run.state().unwrap();
    let mut other = session(Adam::lr(0.01).rate_by_depth(0.5), 4);
    other.resume(&state).unwrap().finish().unwrap();
    assert_eq!(weights(&one), weights(&other));
}
