// SC11

use modularml::prelude::*;

#[derive(SampleSchema)]
enum Pulse {
    Voltage([f32; 101]),
}

fn main() {}
