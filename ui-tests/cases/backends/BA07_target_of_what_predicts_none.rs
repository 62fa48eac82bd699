// BA07

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
        odd = IsolationForest::trees(100)(pulse.voltage) -> pulse.soh;
    }
}

fn main() {}
