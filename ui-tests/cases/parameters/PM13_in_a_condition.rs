// PM13
#![allow(unused_imports)]

use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
pub struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    pub graph SohNet(pulse: Pulse) {
        soh = Mlp::hidden([64])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    pub experiment SohStudy(limit: i64 = 10) for SohNet {
        seed = 42;
        split pulse = ByCondition::splits(train: pulse.cell.lt(limit), test: pulse.cell.ge(limit));
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

fn main() {}
