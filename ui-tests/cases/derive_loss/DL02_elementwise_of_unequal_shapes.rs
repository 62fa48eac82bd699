// DL02

use modularml::{losses::*, prelude::*};

#[derive(Loss, Clone, Copy)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(elementwise)]
struct Gap;

impl Formula for Gap {
    fn forward(&self, inputs: GapInputs<'_>) -> Result<PerSample> {
        PerSample::mean_of(&(inputs.prediction - inputs.target)?)
    }
}

fn main() {}
