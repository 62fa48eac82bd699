//! Constants stand for a component, a setting, a weight and a length.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

const LENGTH: usize = 101;
const WIDTH: usize = 64;
const RATE: f64 = 1e-3;
const DECAY: f64 = 0.01;
const EPOCHS: usize = 4 * 5;
const ENCODER: Mlp = Mlp::hidden([WIDTH, WIDTH / 2]).output([16]).activation(Activation::Gelu);
const SPLIT: Random = Random::ratios([("train", 0.75), ("test", 0.25)]);
const RANGE: MinMax = MinMax::new().low(-1.0);
const BATCHES: Batches = Batches::of(WIDTH / 2);
const ERROR: Rmse = Rmse::new();
const OPTIMIZER: Adam = Adam::lr(RATE).beta1(0.95);

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; LENGTH],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer({OPTIMIZER})]
    graph Fixed(pulse: Pulse) {
        encoder = {ENCODER}(pulse.voltage);
        soh = Mlp::hidden([WIDTH]).dropout(0.5 * 0.2)(encoder) -> pulse.soh;
    }
}

experiment! {
    experiment FixedStudy for Fixed {
        seed = 40 + 2;
        split pulse = {SPLIT}.seed(3);
        scale pulse.voltage = [{RANGE}, Segmented::at([0, 50, LENGTH], Standard.over([0])), MinMax.low(-1.0)] fitted on train;
        train regress {
            feed pulse = {BATCHES}(train);
            loss = Mse(soh, pulse.soh) + DECAY * L2Penalty(soh);
            epochs = EPOCHS;
        }
        eval test { feed pulse = test; loss = Mse(soh, pulse.soh) + 0.5 * L1(soh, pulse.soh); rmse = {ERROR}(soh, pulse.soh); }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Fixed::new(1).map(drop), &FixedStudy::spec());
}
