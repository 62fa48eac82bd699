// ST11

use modularml::experiment::loss::{Formula, PerSample};
use modularml::{Result, layers::*, losses::*, prelude::*};

#[derive(Loss, Clone, Copy)]
#[inputs(a: Output, b: Output)]
#[shape(unpaired)]
struct Gap;

impl Formula for Gap {
    fn forward(&self, inputs: GapInputs<'_>) -> Result<PerSample> {
        Ok(PerSample((inputs.a.mean(0)? - inputs.b.mean(0)?)?.reshape(1)?))
    }
}

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

#[derive(SampleSchema)]
struct Image {
    #[feat]
    pixels: [f32; 64],
    #[target]
    wear: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse, image: Image) {
        encoder = Mlp::hidden([64]).output([16])(pulse.voltage);
        soh = Linear::new()(encoder) -> pulse.soh;
        wear = Linear::new()(image.pixels) -> image.wear;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        split image = Random::ratios(train: 0.8, test: 0.2);
        train regress {
            feed pulse = Batches::of(32)(train);
            feed image = Batches::of(32)(train);
            schedule = Alternate::cycle();
            loss = Mse(soh, pulse.soh) + Gap(soh, wear);
            epochs = 20;
        }
    }
}

fn main() {}
