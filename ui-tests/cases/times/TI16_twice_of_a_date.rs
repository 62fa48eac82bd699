// TI16

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[tag(twice = missing)]
    day: Date,
    #[target]
    soh: f32,
}

fn main() {}
