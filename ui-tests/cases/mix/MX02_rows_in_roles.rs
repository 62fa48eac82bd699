// MX02

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    #[classes("charge", "rest")]
    kind: Class,
    #[feat(length = 50)]
    path: Vec<[f32; 1]>,
    #[target]
    soh: f32,
    #[tag(group)]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        voltage = Mlp::hidden([32]).output([4])(pulse.voltage);
        soh = Linear(voltage) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15).group_by(pulse.cell);
        train regress {
            feed pulse = Triplets::of(32).same(pulse.cell)(train);
            loss = Mse(soh.anchor, pulse.soh.anchor);
            mix = Mixup::alpha(0.2);
            epochs = 20;
        }
    }
}

fn main() {}
