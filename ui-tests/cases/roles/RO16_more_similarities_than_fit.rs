// RO16

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        train regress {
            feed pulse = Pairs::of(32).pair([Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell), Similar::to(pulse.cell)])(train);
            loss = Contrastive::margin(1.0)(soh.anchor, soh.pair, pulse.soh.anchor);
            epochs = 20;
        }
    }
}

fn main() {}
