// DL01

use modularml::{losses::*, prelude::*};

#[derive(Loss, Clone, Copy)]
struct Mix;

impl Formula for Mix {
    fn forward(&self, inputs: MixInputs<'_>) -> Result<PerSample> {
        Ok(PerSample((inputs.prediction - inputs.target)?.abs()?))
    }
}

fn main() {}
