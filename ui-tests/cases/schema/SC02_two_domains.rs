// SC02

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    #[target]
    soh: f32,
}

fn main() {}
