// SC13

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat(longer = truncate)]
    voltage: Vec<f32>,
    #[target]
    soh: f32,
}

fn main() {}
