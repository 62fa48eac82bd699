// DL02

use modularml::{losses::*, prelude::*};

#[derive(Loss, Clone, Copy)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == targte)]
struct Mix;

impl Formula for Mix {
    fn forward(&self, inputs: MixInputs<'_>) -> Result<PerSample> {
        Ok(PerSample((inputs.prediction - inputs.target)?.abs()?))
    }
}

fn main() {}
