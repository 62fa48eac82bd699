// WN06

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Reading {
    #[tag(group)]
    cell: u32,
    #[tag]
    second: i64,
    #[tag]
    spectrum: [f32; 8],
    #[feat]
    voltage: f32,
}

#[derive(SampleSchema)]
#[windows(of = Reading, length = 256, by = spectrum)]
struct Piece {
    #[feat(window = voltage)]
    voltage: [f32; 256],
}

fn main() {}
