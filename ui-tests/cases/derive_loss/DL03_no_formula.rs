// DL03

use modularml::prelude::*;

#[derive(Loss, Clone, Copy)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target)]
struct Mix;

fn main() {}
