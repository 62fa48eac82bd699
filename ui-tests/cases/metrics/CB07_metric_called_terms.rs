// CB07

use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    #[classes("fresh", "worn")]
    state: Class,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        state = Mlp::hidden([32])(pulse.voltage) -> pulse.state;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = CrossEntropy(state, pulse.state);
            epochs = 20;
        }
        eval test {
            feed pulse = test;
            loss = worn: CrossEntropy(state, pulse.state);
            terms = Accuracy(state, pulse.state);
        }
    }
}

fn main() {}
