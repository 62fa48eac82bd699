// WN11

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
    voltage: [f64; 256],
    #[tag(group)]
    cell: u32,
}

fn main() {}
