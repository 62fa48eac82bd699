// PM05
#![allow(unused_imports)]

use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
pub struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(lr))]
    pub graph SohNet(pulse: Pulse; width: usize = 64, lr: f64 = 1e-3) {
        soh = Mlp::hidden([64])(pulse.voltage) -> pulse.soh;
    }
}

fn main() {}
