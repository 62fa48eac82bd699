// RO01

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
        encoder = Mlp::hidden([64]).output([16])(pulse.voltage);
        soh = Linear(encoder) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        train pretrain {
            feed pulse = Triplets::of(64).same(pulse.cell)(train);
            loss = TripletMargin::margin(0.2)(encoder.anchor, encoder.positive, encoder.negative);
            validate on val every 1 epoch {
                feed pulse = Triplets::of(64).same(pulse.cell)(val);
                loss = TripletMargin::margin(0.2)(encoder.anchr, encoder.positive, encoder.negative);
            }
            epochs = 20;
        }
    }
}

fn main() {}
