// TI04

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    at: Timestamp,
    #[target]
    soh: f32,
}

fn main() {}
