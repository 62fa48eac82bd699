// NO08

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

#[derive(SampleSchema)]
struct Cell {
    #[feat]
    capacity: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse, cell: Cell) {
        soh = Linear::new()(pulse.voltage) -> pulse.soh;
    }
}

fn main() {}
