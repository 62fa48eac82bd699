// SC03

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feature]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

fn main() {}
