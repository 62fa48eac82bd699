// WN17

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Reading {
    #[tag(group)]
    cell: u32,
    #[tag]
    second: i64,
    #[feat]
    current: f32,
    #[feat]
    voltage: f32,
}

#[derive(SampleSchema)]
#[windows(of = Reading, length = 256, by = cell)]
struct Piece {
    #[feat(window = voltage)]
    voltage: [f32; 256],
    #[target(window = voltage, first, last)]
    end: f32,
    #[tag(group)]
    cell: u32,
}

fn main() {}
