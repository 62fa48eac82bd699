// TA06

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[tag]
    cell: i64,
    #[target]
    soh: f32,
}

#[derive(SampleSchema)]
struct Cell {
    #[feat]
    capacity: f32,
    #[tag]
    cell: i64,
    #[target]
    life: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse, cell: Cell) {
        soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
        aged = Linear::new()(cell.capacity) -> cell.life;
        life = Linear::new()(soh) -> cell.life;
    }
}

fn main() {}
