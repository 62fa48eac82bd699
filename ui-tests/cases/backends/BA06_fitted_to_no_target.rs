// BA06

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

model_graph! {
    graph SohNet(pulse: Pulse) {
        #[output]
        soh = Ridge::penalty(1.0)(pulse.voltage);
    }
}

fn main() {}
