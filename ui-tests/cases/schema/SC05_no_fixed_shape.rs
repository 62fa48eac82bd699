// SC05

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: Vec<f32>,
    #[target]
    soh: f32,
}

fn main() {}
