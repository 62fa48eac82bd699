// TI03

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[tag(zone = "Europe/Berlin")]
    day: Date,
    #[target]
    soh: f32,
}

fn main() {}
