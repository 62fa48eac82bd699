// SY04

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

fn build(n: usize) -> usize {
    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        graph SohNet(pulse: Pulse) {
            soh = Mlp::hidden([n])(pulse.voltage) -> pulse.soh;
        }
    }
    n
}

fn main() {}
