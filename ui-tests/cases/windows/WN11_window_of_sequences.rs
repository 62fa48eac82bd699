// WN11

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Reading {
    #[tag(group)]
    cell: u32,
    #[tag]
    second: i64,
    #[feat(length = 4)]
    current: Vec<f32>,
    #[feat]
    voltage: f32,
}

#[derive(SampleSchema)]
#[windows(of = Reading, length = 256, by = cell)]
struct Piece {
    #[feat(window = current)]
    current: [f32; 256],
    #[tag(group)]
    cell: u32,
}

fn main() {}
