// SC09

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat(rename = "v")]
    voltage: [f32; 101],
    #[feat(rename = "v")]
    volts: f32,
}

fn main() {}
