// DL02

use modularml::{Result, losses::*, prelude::*};

#[derive(Loss, Clone, Copy)]
#[inputs(prediction: Output)]
#[shape(unpaired)]
struct Energy;

impl Formula for Energy {
    fn forward(&self, inputs: EnergyInputs<'_>) -> Result<PerSample> {
        PerSample::mean_of(&inputs.prediction.sqr()?)
    }
}

fn main() {}
