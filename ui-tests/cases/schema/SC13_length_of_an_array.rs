// SC13

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat(length = 101)]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

fn main() {}
