// SC06

use modularml::prelude::*;

use std::time::Instant;

#[derive(SampleSchema)]
struct Pulse {
    #[feature]
    voltage: [f32; 101],
    #[tag]
    when: Instant,
}

fn main() {}
