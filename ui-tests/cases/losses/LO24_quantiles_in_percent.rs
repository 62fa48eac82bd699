// LO24

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
        #[output]
        bands = Linear::to([3])(pulse.voltage);
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Quantiles::levels(low: 10.0, median: 50.0, high: 90.0)(bands, pulse.soh);
            epochs = 20;
        }
    }
}

fn main() {}
