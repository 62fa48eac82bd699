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
        soh = SupportVectors::cost(1.0).kernel(Kernel::Linear).gamma(0.5)(pulse.voltage) -> pulse.soh;
    }
}

fn main() {}
