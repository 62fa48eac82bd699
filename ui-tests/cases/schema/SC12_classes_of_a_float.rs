// SC12

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    #[classes("fresh", "worn")]
    soh: f32,
}

fn main() {}
