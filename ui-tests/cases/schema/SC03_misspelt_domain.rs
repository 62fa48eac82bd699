// SC03

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[targte]
    soh: f32,
}

fn main() {}
