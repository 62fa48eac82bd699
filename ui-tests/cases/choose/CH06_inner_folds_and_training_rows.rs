// CH06

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
        choose GridSearch by unseen.rmse in KFold::of(3);
        folds pulse = KFold::of(5) into train, left_out;
        split pulse.train = Random::ratios(fit: 0.8, calib: 0.2);
        train regress {
            feed pulse = Batches::of(32)(fit);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
        eval unseen { feed pulse = left_out; rmse = Rmse(soh, pulse.soh); }
        eval again { feed pulse = calib; rmse = Rmse(soh, pulse.soh); }
    }
}

fn main() {}
