// SC03

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[featrue]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

fn main() {}
