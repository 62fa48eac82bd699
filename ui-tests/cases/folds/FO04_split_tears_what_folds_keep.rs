// FO04

use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        folds pulse = KFold::of(5).group_by(pulse.cell) into train, val;
        split pulse.train = Random::ratios(fit: 0.9, stop: 0.1);
        train regress {
            feed pulse = Batches::of(32)(fit);
            loss = Mse(soh, pulse.soh);
            validate on stop every 1 epoch { loss; }
            epochs = 20;
        }
        eval left_out { feed pulse = val; rmse = Rmse(soh, pulse.soh); }
    }
}

fn main() {}
