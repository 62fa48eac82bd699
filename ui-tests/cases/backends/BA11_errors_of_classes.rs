// BA11

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
        state = SupportVectors::cost(1.0).epsilon(0.1)(pulse.voltage) -> pulse.state;
    }
}

fn main() {}
