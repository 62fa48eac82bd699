// SC01

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

fn main() {}
