// TI03

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[tag(zone = "Europe/Berln")]
    at: Timestamp,
    #[target]
    soh: f32,
}

fn main() {}
