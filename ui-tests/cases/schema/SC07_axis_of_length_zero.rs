// SC07

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 0],
    #[target]
    soh: f32,
}

fn main() {}
