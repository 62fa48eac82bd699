// WN14

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Reading {
    #[tag(group)]
    cell: u32,
    #[tag]
    second: i64,
    #[tag]
    #[classes("charge", "rest")]
    mode: Class,
    #[feat]
    voltage: f32,
}

#[derive(SampleSchema)]
#[windows(of = Reading, length = 256, by = cell)]
struct Piece {
    #[feat(window = voltage)]
    voltage: [f32; 256],
    #[target(last)]
    #[classes("rest", "charge")]
    mode: Class,
    #[tag(group)]
    cell: u32,
}

fn main() {}
