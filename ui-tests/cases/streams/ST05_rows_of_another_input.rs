// ST05

use modularml::{layers::*, losses::*, prelude::*};

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
    #[target]
    life: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(pulse: Pulse, cell: Cell) {
        soh = Linear::new()(pulse.voltage) -> pulse.soh;
        life = Linear::new()(cell.capacity) -> cell.life;
    }
}

experiment! {
    experiment Study for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train regress {
            feed pulse = Batches::of(32)(cell.old);
            loss = Mse(soh, pulse.soh);
            epochs = 9;
        }
    }
}

fn main() {}
