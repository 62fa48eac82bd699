// SC12

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: f32,
    #[target]
    #[classes("fresh", "worn")]
    states: [Class; 3],
}

fn main() {}
