// CH03

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
    #[optimizer(Adam::lr(lr))]
    graph SohNet(pulse: Pulse; width: usize = 32, lr: f64 = 1e-3) {
        soh = Mlp::hidden([width])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        vary width in [16, 32];
        choose GridSearch by regress.val.terms.l2_penlty;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh) + L2Penalty(soh);
            validate on val every 1 epoch { loss; rmse = Rmse(soh, pulse.soh); }
            epochs = 20;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

fn main() {}
