// DL01

use modularml::{losses::*, prelude::*};

#[derive(Loss, Clone, Copy)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target)]
struct Mix;

impl Formula for Mix {
    fn forward(&self, inputs: MixInputs<'_>) -> Result<PerSample> {
        Ok(PerSample(inputs.prediction.sub(inputs.truth)?.abs()?))
    }
}

fn main() {}
