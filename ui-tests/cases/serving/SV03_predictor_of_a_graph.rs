// SV03

use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
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
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss = Mse(soh, pulse.soh); }
            epochs = 20;
        }
        eval test {
            feed pulse = test;
            rmse = Rmse(soh, pulse.soh);
        }
    }
}

fn serve() -> Result<()> {
    let predictor = Predictor::<SohNet>::load("soh.mml")?;
    Ok(())
}

fn main() {}
