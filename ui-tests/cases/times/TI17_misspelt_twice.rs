// TI17

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[tag(zone = "Europe/Berlin", twice = earlyer)]
    at: Timestamp,
    #[target]
    soh: f32,
}

fn main() {}
