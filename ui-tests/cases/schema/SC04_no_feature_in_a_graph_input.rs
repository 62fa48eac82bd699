// SC04

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

#[derive(SampleSchema)]
struct Cell {
    #[feat]
    capacity: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse, cell: Cell) {
        soh = Linear::new()(cell.capacity) -> pulse.soh;
    }
}

fn main() {}
