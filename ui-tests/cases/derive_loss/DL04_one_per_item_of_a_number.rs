// DL04

use modularml::spec::Shares;
use modularml::{losses::*, prelude::*};

#[derive(Loss, Clone, Copy)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(one_per(scale))]
struct Bands {
    /// How much each label counts.
    #[setting(first)]
    levels: Shares,
    /// How much it counts.
    #[setting(default = 1.0)]
    scale: f64,
}

impl Formula for Bands {
    fn forward(&self, inputs: BandsInputs<'_>) -> Result<PerSample> {
        PerSample::mean_of(inputs.prediction)
    }
}

fn main() {}
