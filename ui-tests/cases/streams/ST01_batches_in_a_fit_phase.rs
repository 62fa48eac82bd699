// ST01

use modularml::{layers::*, losses::*, prelude::*};

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
    graph SohNet(pulse: Pulse) {
        soh = Ridge::penalty(0.1)(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        fit closed {
            feed pulse = Batches::of(32)(train);
            nodes = [soh];
        }
        eval unseen { feed pulse = test; mae = L1(soh, pulse.soh); }
    }
}

fn main() {}
