// TI02

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[tag(format = "epoch s")]
    at: i64,
    #[target]
    soh: f32,
}

fn main() {}
