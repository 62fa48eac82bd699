// SC06

use modularml::prelude::*;

use std::time::Instant;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[tag]
    when: Instant,
}

fn main() {}
