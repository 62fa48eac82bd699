// SC16

use modularml::prelude::*;

#[derive(NamedArray)]
struct Signals {
    voltage: f32,
    soh: f32,
}

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    signals: Signals,
    #[target]
    soh: f32,
}

fn main() {}
