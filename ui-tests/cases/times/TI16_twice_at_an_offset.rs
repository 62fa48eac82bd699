// TI16

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[tag(zone = "+01:00", twice = later)]
    at: Timestamp,
    #[target]
    soh: f32,
}

fn main() {}
