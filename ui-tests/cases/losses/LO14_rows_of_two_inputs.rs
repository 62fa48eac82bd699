// LO14

use modularml::{layers::*, losses::*, metrics::*, prelude::*};

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
    graph SohNet(pulse: Pulse, cell: Cell) {
        soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
        life = Linear::new()(cell.capacity) -> cell.life;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        split cell = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        train regress {
            feed pulse = Batches::of(32)(train);
            feed cell = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh) + 0.1 * Mse(life, soh);
            epochs = 20;
        }
        eval test {
            feed pulse = test;
            feed cell = test;
            loss = Mse(soh, pulse.soh);
            rmse = Rmse(life, pulse.soh);
        }
    }
}

fn main() {}
