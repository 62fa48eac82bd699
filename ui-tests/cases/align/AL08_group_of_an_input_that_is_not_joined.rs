// AL08

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag(group)]
    cell: i64,
}

#[derive(SampleSchema)]
struct Image {
    #[feat]
    pixels: [f32; 64],
    #[tag]
    cell: i64,
    #[tag]
    year: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse, image: Image) {
        a = Linear::to([16])(pulse.voltage);
        b = Linear::to([4])(image.pixels);
        soh = Linear(a) -> pulse.soh;
        #[allow(reconstruct)]
        copy = Linear(b) -> image.pixels;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, test: 0.3).group_by(image.year);
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
    }
}

fn main() {}
