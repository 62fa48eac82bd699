//! Weights of losses are products of numbers, constants and expressions.

use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::spec::PhaseKind;

const SMALL: f64 = 0.25;

/// A point.
#[derive(SampleSchema)]
struct Point {
    /// What is known.
    #[feat]
    x: f32,
    /// What is predicted.
    #[target]
    y: f32,
}

model_graph! {
    /// A line.
    #[optimizer(Sgd::lr(0.1))]
    graph Line(point: Point) { y = Linear::new()(point.x) -> point.y; }
}

/// An experiment whose weights are given to a macro.
macro_rules! study {
    ($name:ident, $weight:expr, $literal:literal) => {
        experiment! {
            experiment $name for Line {
                seed = 1;
                split point = Random::ratios(train: 0.5, test: 0.5);
                train fit {
                    feed point = Batches::of(4)(train);
                    loss = $weight * Mse(y, point.y) + $literal * L1(y, point.y)
                        + 0.5 * 0.1 * SMALL * L2Penalty(y) + (1.0 / 4.0) * 2 * L1Penalty(y) + Huber::delta(1.0)(y, point.y);
                    epochs = 1;
                }
            }
        }
    };
}

study!(Study, 0.5 + 1.0, 3.0);

#[test]
fn a_weight_is_the_product_of_its_factors() {
    let spec = Study::spec();
    let PhaseKind::Train(train) = &spec.phases.items()[0].kind else { panic!("it trains") };
    let weights: Vec<f64> = train.loss.iter().map(|term| term.weight).collect();
    assert_eq!(weights, [1.5, 3.0, 0.5 * 0.1 * 0.25, 0.5, 1.0]);
}
