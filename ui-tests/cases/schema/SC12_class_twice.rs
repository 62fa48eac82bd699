// SC12

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    #[classes("worn", "worn")]
    state: Class,
}

fn main() {}
