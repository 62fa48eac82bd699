// WE05

use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag]
    weight: f32,
    #[tag]
    trust: f32,
    #[tag]
    operator: String,
    #[tag]
    #[classes("a", "b")]
    site: Class,
    #[tag]
    noise: Option<f32>,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
        ridge = NearestNeighbours::k(5)(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        weigh pulse by pulse.weight;
        fit baseline { nodes = [ridge]; feed pulse = train; }
        eval linear { feed pulse = test; mae = L1(ridge, pulse.soh); }
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
        eval test { feed pulse = test; error = L1(soh, pulse.soh); }
    }
}

fn main() {}
