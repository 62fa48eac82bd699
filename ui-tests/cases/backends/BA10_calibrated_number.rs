// BA10

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
}

model_graph! {
    graph SohNet(pulse: Pulse) {
        soh = NearestNeighbours::k(5)(pulse.voltage) -> pulse.soh;
        calibrated = Isotonic(soh) -> pulse.soh;
    }
}

fn main() {}
