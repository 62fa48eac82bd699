// TI02

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[tag(format = "%d.%m.%Y %H:%M")]
    day: Date,
    #[target]
    soh: f32,
}

fn main() {}
