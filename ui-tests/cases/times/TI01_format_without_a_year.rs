// TI01

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[tag(format = "%d.%m. %H:%M")]
    at: Timestamp,
    #[target]
    soh: f32,
}

fn main() {}
