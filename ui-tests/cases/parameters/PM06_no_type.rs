// PM06
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
    #[optimizer(Adam::lr(1e-3))]
    pub graph SohNet(pulse: Pulse; width = 64) {
        soh = Mlp::hidden([width])(pulse.voltage) -> pulse.soh;
    }
}

fn main() {}
