// GR08

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

const OPTIMIZER: Adam = Adam::lr(-1e-3);

model_graph! {
    #[optimizer({OPTIMIZER})]
    graph SohNet(pulse: Pulse) {
        soh = Linear::new()(pulse.voltage) -> pulse.soh;
    }
}

fn main() {}
