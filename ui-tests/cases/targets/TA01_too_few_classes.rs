// TA01

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        state = Linear::to([2])(pulse.voltage) -> pulse.state;
    }
}

fn main() {}
