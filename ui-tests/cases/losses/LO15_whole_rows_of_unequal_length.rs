// LO15

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat(length = 50)]
    steps: Vec<[f32; 2]>,
    #[target(length = 50)]
    course: Vec<f32>,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        code = Lstm::hidden(8)(pulse.steps);
        other = Lstm::hidden(8)(pulse.steps);
        course = Linear::new()(code) -> pulse.course;
        last = LastOfSequence(other);
        soh = Linear::new()(last) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(course, pulse.course) + Mse(soh, pulse.soh) + InfoNce::temperature(0.1)(code, other);
            epochs = 20;
        }
        eval check {
            feed pulse = test;
            shares = SoftCrossEntropy::new()(course, pulse.course);
        }
    }
}

fn main() {}
