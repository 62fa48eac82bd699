// SC08

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    raw: [f32; 101],
    #[target]
    soh: f32,
}

fn main() {}
