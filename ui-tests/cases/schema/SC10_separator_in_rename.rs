// SC10

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat(rename = "cell.voltage")]
    voltage: [f32; 101],
}

fn main() {}
