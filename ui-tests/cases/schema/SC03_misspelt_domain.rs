// SC03

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[faet]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

fn main() {}
