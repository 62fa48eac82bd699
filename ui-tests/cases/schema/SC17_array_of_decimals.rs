// SC17

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[tag]
    prices: [Decimal<2>; 3],
    #[target]
    soh: f32,
}

fn main() {}
