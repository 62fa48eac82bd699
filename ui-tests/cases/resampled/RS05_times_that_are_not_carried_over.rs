// RS05

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
#[resampled(
    of = Reading,
    every = "10 s",
    limit = "1 min",
    by = cell,
    in_order_of = at
)]
struct Even {
    #[feat(linear)]
    voltage: f32,
    #[tag(group)]
    cell: u32,
}

fn main() {}
