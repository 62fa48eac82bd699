// TI05

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[tag]
    at: [Timestamp; 3],
    #[target]
    soh: f32,
}

fn main() {}
