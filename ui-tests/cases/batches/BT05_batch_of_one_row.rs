// BT05

use modularml::{layers::*, losses::*, prelude::*};

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
        code = Sequential::of([Linear::to([16]), BatchNorm, Relu])(pulse.voltage);
        soh = Linear::new()(code) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        train regress {
            feed pulse = Batches::of(1).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
    }
}

fn main() {}
