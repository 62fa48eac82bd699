// WE07

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 8],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

#[derive(SampleSchema)]
struct Image {
    #[feat]
    pixels: [f32; 8],
    #[tag]
    cell: i64,
    #[tag]
    weight: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(pulse: Pulse, image: Image) {
        align pulse with image by cell;
        both = Concat::axis(-1)(pulse.voltage, image.pixels);
        soh = Linear(both) -> pulse.soh;
    }
}

experiment! {
    experiment Study for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, test: 0.3).group_by(pulse.cell);
        weigh image by image.weight;
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            validate on test every 1 epoch { loss; }
            epochs = 20;
        }
    }
}

fn main() {}
