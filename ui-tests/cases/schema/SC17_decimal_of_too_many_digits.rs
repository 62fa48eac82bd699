// SC17

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[tag]
    price: Decimal<19>,
    #[target]
    soh: f32,
}

fn main() {}
