// ME04

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
        a = Linear::to([16])(pulse.voltage);
        b = Linear::to([4])(cell.capacity);
        fused = Concat::axis(-1)(a, b);
        soh = Linear::new()(fused) -> pulse.soh;
    }
}

fn main() {}
