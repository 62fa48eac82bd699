// SC09

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feature(rename = "v")]
    voltage: [f32; 101],
    #[feature(rename = "v")]
    volts: f32,
}

fn main() {}
