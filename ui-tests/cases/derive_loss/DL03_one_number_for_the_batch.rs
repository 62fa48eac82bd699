// DL03

use modularml::{losses::*, prelude::*};

#[derive(Loss, Clone, Copy)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target)]
struct Mix;

impl Formula for Mix {
    fn forward(&self, inputs: MixInputs<'_>) -> Result<f64> {
        Ok(inputs.prediction.mean_all()?.to_scalar()?)
    }
}

fn main() {}
