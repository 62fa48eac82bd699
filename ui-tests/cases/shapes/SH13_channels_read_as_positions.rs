// SH13

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    wave: [[f32; 50]; 2],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        conv = Conv1d::channels(8).kernel(3)(pulse.wave);
        relu = Relu(conv);
        code = Lstm::hidden(4).last()(relu);
        mean = MeanOfSequence(conv);
        both = Concat::axis(-1)(code, mean);
        soh = Linear(both) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
    }
}

fn main() {}
