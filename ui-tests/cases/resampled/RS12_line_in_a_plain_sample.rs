// RS12

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Reading {
    #[tag(group)]
    cell: u32,
    #[tag]
    at: Timestamp,
    #[feat]
    voltage: f32,
    #[feat]
    #[classes("charge", "rest")]
    mode: Class,
}

#[derive(SampleSchema)]
struct Even {
    #[feat(linear)]
    voltage: f32,
    #[tag]
    at: Timestamp,
}

fn main() {}
