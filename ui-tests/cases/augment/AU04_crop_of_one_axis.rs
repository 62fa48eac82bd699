// AU04

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    temperature: f32,
    #[feat]
    cycles: i64,
    #[feat]
    unread: f32,
    #[feat(length = 50)]
    path: Vec<[f32; 1]>,
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        voltage = Mlp::hidden([32]).output([4])(pulse.voltage);
        thermal = Linear::to([4])(pulse.temperature);
        age = Linear::to([4])(pulse.cycles.as_number());
        steps = PositionwiseLinear::to(4)(pulse.path);
        path = MeanOfSequence(steps);
        all = Concat::axis(-1)(voltage, thermal, age, path);
        soh = Linear(all) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        augment pulse.voltage = ResizedCrop::axis(0);
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
    }
}

fn main() {}
