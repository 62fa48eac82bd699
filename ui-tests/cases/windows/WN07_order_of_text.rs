// WN07

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Reading {
    #[tag(group)]
    cell: u32,
    #[tag]
    day: String,
    #[feat]
    current: f32,
    #[feat]
    voltage: f32,
}

#[derive(SampleSchema)]
#[windows(of = Reading, length = 256, in_order_of = day)]
struct Piece {
    #[feat(window = voltage)]
    voltage: [f32; 256],
}

fn main() {}
