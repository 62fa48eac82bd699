// TI07

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    at: Timestamp,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        soh = Sequential::of([Hour::new().cyclic(), Linear])(pulse.voltage) -> pulse.soh;
    }
}

fn main() {}
